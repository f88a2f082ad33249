"""What comes over the wire is read by the lenient rules, and so is a dictionary of one's own."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from typing import Any

import pytest
from autoplay_sdk import ActionsPayload, Gap, RawEvent, SlimAction, SummaryPayload, _native
from samples import arrived


def batch(fields: str, event: str = "message") -> Any:
    return _native.read_payload('{"type":"actions",' + fields + "}", event)


def value_in_extra(value: str) -> Any:
    """Read any JSON value, as a field that nobody knows."""
    return batch(f'"more":{value}').extra["more"]


TEXTS = [
    ('"a"', "a"),
    ('""', ""),
    ("5", "5"),
    ("2.0", "2.0"),
    ("1e22", "1e+22"),
    ("NaN", "nan"),
    ("true", ""),
    ("null", ""),
    ("[]", ""),
    ('{"a":1}', ""),
]
INTEGERS = [
    ("7", 7),
    ("-7", -7),
    ("7.9", 7),
    ("true", 1),
    ("false", 0),
    ('"12"', 12),
    ('" +12\\n"', 12),
    ('"-3.7"', -3),
    ('"12 apples"', 0),
    ('"1_000"', 0),
    ('"inf"', 0),
    ('""', 0),
    ("NaN", 0),
    ("Infinity", 0),
    ("1e400", 0),
    ("null", 0),
    ("[3]", 0),
]
FLOATS = [
    ("1.5", 1.5),
    ("3", 3.0),
    ("true", 1.0),
    ('"1e3"', 1000.0),
    ('".5"', 0.5),
    ("100000000000000000000", 1e20),
    ("1e400", math.inf),
    ("1" + "0" * 400, math.inf),
    ("-1" + "0" * 400, -math.inf),
    ('"nan"', 0.0),
    ("null", 0.0),
    ("[]", 0.0),
]
FIELDS = (
    [("title", text, expected) for text, expected in TEXTS]
    + [("index", text, expected) for text, expected in INTEGERS]
    + [("timestamp_start", text, expected) for text, expected in FLOATS]
)


@pytest.mark.parametrize(("field", "text", "expected"), FIELDS)
def test_a_field_takes_what_can_be_made_its_type(field: str, text: str, expected: object) -> None:
    document = f'{{"{field}":{text}}}'
    wired = batch(f'"actions":[{document}],"count":1').actions[0]
    own = SlimAction.from_dict(json.loads(document))
    for action in (wired, own):
        value = getattr(action, field)
        assert (type(value), value) == (type(expected), expected)


@pytest.mark.parametrize(
    ("text", "of_payload", "of_action"),
    [('""', None, ""), ("5", "5", "5"), ("null", None, None), ("true", None, None), ("[]", None, None)],
)
def test_an_identity_that_is_empty_says_nothing_in_a_batch(text: str, of_payload: object, of_action: object) -> None:
    document = f'{{"type":"actions","session_id":{text},"count":1,"actions":[{{"session_id":{text}}}]}}'
    for payload in (_native.read_payload(document), ActionsPayload.from_dict(json.loads(document))):
        assert payload.session_id == of_payload
        assert payload.actions[0].session_id == of_action


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9223372036854775808", 9223372036854775808),
        ("-" + "9" * 60, -int("9" * 60)),
        ("1.0", 1.0),
        ("1e400", math.inf),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ('[null,true,false,"x",{}]', [None, True, False, "x", {}]),
        ('{"a":1,"b":2,"a":3}', {"a": 3, "b": 2}),
        ('"\\ud83d"', "\N{REPLACEMENT CHARACTER}"),
        ('"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        ('"\\u0000"', "\0"),
    ],
)
def test_extra_holds_what_the_json_says(text: str, expected: object) -> None:
    value = value_in_extra(text)
    assert (type(value), value) == (type(expected), expected)


def test_extra_holds_nan() -> None:
    assert math.isnan(value_in_extra("NaN"))


def test_a_number_longer_than_python_reads_is_what_it_is_as_a_float() -> None:
    assert value_in_extra("9" * 5000) == math.inf


def test_of_duplicate_fields_the_last_wins() -> None:
    assert batch('"session_id":"a","session_id":"b"').session_id == "b"


def test_nesting_is_read_500_deep_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        return "[" * (depth - 1) + "]" * (depth - 1)  # the object around it counts as well

    value = value_in_extra(nested(500))
    depth = 1
    while value:
        value = value[0]
        depth += 1
    assert depth == 499
    with pytest.raises(ValueError, match="nested too deep"):
        value_in_extra(nested(501))


def test_surrogates_and_bytes_that_are_no_text_are_replaced() -> None:
    assert _native.read_payload(b'{"type":"summary","summary":"a\xff"}').summary == "a\N{REPLACEMENT CHARACTER}"
    assert batch('"session_id":"a\\udc00b"').session_id == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    "text", ["", "[]", "5", '{"type":"actions","actions":5}', '{"type":"actions","actions":{}}', "{"]
)
def test_what_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|list"):
        _native.read_payload(text)


@pytest.mark.parametrize("actions", [5, {}, "abc", True])
def test_a_dictionary_whose_actions_are_no_list_is_refused(actions: object) -> None:
    with pytest.raises(ValueError, match="`actions` is no list"):
        ActionsPayload.from_dict({"actions": actions})


@pytest.mark.parametrize("cls", [ActionsPayload, SummaryPayload, SlimAction])
@pytest.mark.parametrize("data", [[], None, "{}", 5])
def test_only_dictionaries_are_taken(cls: Any, data: object) -> None:
    with pytest.raises(TypeError, match="data: give a dict"):
        cls.from_dict(data)


def test_elements_that_are_no_objects_are_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    document = {
        "session_id": "s1",
        "product_id": "p",
        "count": 2,
        "actions": [{"index": 4}, None, 5, "x", {"index": 5}],
    }
    with caplog.at_level(logging.WARNING, "autoplay_sdk"):
        payload = ActionsPayload.from_dict(document)
    assert [action.index for action in payload.actions] == [4, 5]
    assert payload == _native.read_payload(json.dumps({"type": "actions", **document}))
    [record] = caplog.records
    assert "left out" in record.message
    assert (record.__dict__["session_id"], record.__dict__["product_id"]) == ("s1", "p")


def test_a_wrong_count_is_corrected_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    made: list[Callable[[], ActionsPayload]] = [
        lambda: ActionsPayload.from_dict({"count": 7, "actions": [{}]}),
        lambda: ActionsPayload("p", None, None, None, [SlimAction("t", "d", "u")], 7, 0.0),
    ]
    for make in made:
        caplog.clear()
        with caplog.at_level(logging.WARNING, "autoplay_sdk"):
            assert make().count == 1
        assert ["count=7" in record.message for record in caplog.records] == [True]
    assert batch('"count":7,"actions":[{}]').count == 1


def test_the_type_decides_and_where_there_is_none_the_name_of_the_event() -> None:
    assert type(_native.read_payload('{"type":"summary"}', "actions")) is SummaryPayload
    assert type(_native.read_payload("{}", "actions")) is ActionsPayload
    assert _native.read_payload('{"a":1}', "usertour_trigger") == RawEvent("usertour_trigger", '{"a":1}')
    gap = _native.read_payload('{"type":"gap","reason":"retention","oldest_id":"1-a-7"}')
    assert gap == Gap("retention", oldest_id="1-a-7")
    match gap:
        case Gap(reason, None, oldest):
            assert (reason, oldest) == ("retention", "1-a-7")
        case _:
            pytest.fail("did not match")


def test_a_raw_event_does_not_show_its_data() -> None:
    assert "secret" not in repr(RawEvent("note", '{"email":"secret@x"}', "7"))
    assert repr(Gap("epoch", "1-a-7")) == 'Gap(reason="epoch", requested_id="1-a-7", oldest_id=None)'


@pytest.mark.parametrize("name", ["ActionsPayload", "SummaryPayload", "SlimAction"])
def test_to_dict_is_what_from_dict_takes(name: str) -> None:
    payload = arrived(name)
    document = payload.to_dict()
    assert json.loads(json.dumps(document)) == document
    assert type(payload).from_dict(document) == payload


def test_in_to_dict_fields_win_over_extra() -> None:
    assert SlimAction("t", "d", "u", extra={"title": "x", "more": 1}).to_dict()["title"] == "t"


def test_merging_concatenates_numbers_and_takes_what_is_first_known() -> None:
    one = ActionsPayload("p", None, None, "a@b", [SlimAction("a", "", "", index=5)], 1, 20.0, extra={"x": 1})
    two = ActionsPayload(
        "q", "s", "u", "c@d", [SlimAction("b", "", ""), SlimAction("c", "", "")], 2, 10.0, "c1", {"x": 2, "y": 3}
    )
    merged = ActionsPayload.merge([one, two])
    assert [(action.title, action.index) for action in merged.actions] == [("a", 0), ("b", 1), ("c", 2)]
    assert (merged.product_id, merged.session_id, merged.user_id, merged.email) == ("p", "s", "u", "a@b")
    assert (merged.count, merged.forwarded_at, merged.conversation_id, merged.extra) == (
        3,
        20.0,
        "c1",
        {"x": 1, "y": 3},
    )
    assert one.actions[0].index == 5
    with pytest.raises(ValueError, match="at least one"):
        ActionsPayload.merge([])
