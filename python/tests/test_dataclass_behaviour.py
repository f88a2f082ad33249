"""A payload that arrived is an ordinary dataclass object, whatever is done first with it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
import typing
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from autoplay_sdk import ActionsPayload, SlimAction, SummaryPayload

Operation = Callable[[Any], Any]


def plain_class(cls: type) -> type:
    """Return an ordinary dataclass with the same name and fields."""
    fields = dataclasses.fields(cls)
    return dataclasses.make_dataclass(
        cls.__name__,
        [
            (field.name, field.type, dataclasses.field(default=field.default, default_factory=field.default_factory))
            for field in fields
        ],
    )


PLAIN = {cls: plain_class(cls) for cls in (ActionsPayload, SummaryPayload, SlimAction)}


def plain_twin(payload: Any) -> Any:
    return PLAIN[type(payload)](**{field.name: getattr(payload, field.name) for field in dataclasses.fields(payload)})


def first(payload: Any) -> str:
    return dataclasses.fields(payload)[0].name


def last(payload: Any) -> str:
    return dataclasses.fields(payload)[-1].name


def outcome(operation: Operation, payload: Any) -> Any:
    try:
        return operation(payload)
    except (AttributeError, TypeError) as error:
        return type(error), str(error)


def matched(payload: Any) -> Any:
    cls = type(payload)
    match payload:
        case cls(product_id=product, session_id=session):
            return product, session
        case cls(title=title, session_id=session):
            return title, session
    return None


def matched_by_position(payload: Any) -> Any:
    cls = type(payload)
    match payload:
        case cls(one, two, three):
            return one, two, three
    return None


def after(*steps: Operation) -> Operation:
    """Do all steps and return the outcome of each, and what the object's attributes are then."""

    def operation(payload: Any) -> Any:
        return [outcome(step, payload) for step in steps], list(vars(payload).items())

    return operation


def assign(name: str, value: object) -> Operation:
    return lambda payload: setattr(payload, name, value)


def delete(which: Callable[[Any], str]) -> Operation:
    return lambda payload: delattr(payload, which(payload))


def read(which: Callable[[Any], str]) -> Operation:
    return lambda payload: getattr(payload, which(payload))


def set_dict(payload: Any) -> Any:
    payload.__dict__ = {"only": 1}
    return payload.only, hasattr(payload, first(payload))


OPERATIONS: dict[str, Operation] = {
    "repr": repr,
    "str": str,
    "equal to itself": lambda p: p == copy.copy(p),
    "equal to another": lambda p: p == dataclasses.replace(p, session_id="another"),
    "unequal": lambda p: p != dataclasses.replace(p, session_id="another"),
    "equal to something else": lambda p: p == 1,
    "ordered": lambda p: p < p,
    "hash": hash,
    "vars": lambda p: list(vars(p).items()),
    "__dict__ changed": after(lambda p: p.__dict__.update(session_id="mine"), read(lambda _: "session_id")),
    "__dict__ popped": after(lambda p: p.__dict__.pop(first(p)), read(first)),
    "__dict__ replaced": set_dict,
    "read first": read(first),
    "read last": read(last),
    "read in turn": lambda p: [getattr(p, field.name) for field in dataclasses.fields(p)],
    "read unknown": lambda p: p.unknown,
    "hasattr": lambda p: (hasattr(p, first(p)), hasattr(p, "unknown")),
    "getattr with a default": lambda p: getattr(p, "unknown", 7),
    "assign": after(assign("session_id", "mine"), read(lambda _: "session_id")),
    "assign unknown": after(assign("note", "mine"), read(lambda _: "note")),
    "assign both": after(assign("note", 1), assign("session_id", 2), assign("extra", 3)),
    "delete": after(delete(first), read(first), delete(first)),
    "delete last": after(delete(last), read(last), repr),
    "delete one with a default": after(delete(lambda _: "extra"), read(lambda _: "extra")),
    "delete unknown": after(delete(lambda _: "unknown")),
    "delete assigned": after(assign("session_id", 1), delete(lambda _: "session_id"), read(lambda _: "session_id")),
    "initialise again": after(lambda p: p.__init__(*dataclasses.astuple(p))),
    "fields": lambda p: [(f.name, f.type, f.init, f.compare) for f in dataclasses.fields(p)],
    "is_dataclass": dataclasses.is_dataclass,
    "asdict": lambda p: list(dataclasses.asdict(p).items()),
    "astuple": dataclasses.astuple,
    "replace": lambda p: vars(dataclasses.replace(p, extra={"a": 1})),
    "replace unknown": lambda p: dataclasses.replace(p, unknown=1),
    "match": matched,
    "match by position": matched_by_position,
    "match_args": lambda p: p.__match_args__,
    "copy": lambda p: vars(copy.copy(p)),
    "copy shares": lambda p: copy.copy(p).extra is p.extra,
    "deepcopy": lambda p: vars(copy.deepcopy(p)),
    "deepcopy does not share": lambda p: copy.deepcopy(p).extra is p.extra,
    "mutate extra": after(lambda p: p.extra.update(a=1)),
    "weakref": lambda p: weakref.ref(p)() is p,
    "dir has the fields": lambda p: {f.name for f in dataclasses.fields(p)} <= set(dir(p)),
    "class attribute": lambda p: [getattr(type(p), f.name, None) for f in dataclasses.fields(p)],
    "class attribute of a field without default": lambda p: getattr(type(p), first(p)),
    "class": lambda p: type(p).__name__,
}
if sys.version_info >= (3, 13):
    OPERATIONS["copy.replace"] = lambda p: vars(copy.replace(p, extra={"a": 1}))
if sys.version_info >= (3, 11):
    OPERATIONS["__getstate__"] = lambda p: list(p.__getstate__().items())

BEFORE: dict[str, Operation] = {
    "unread": lambda _: None,
    "read": repr,
    "shown as text": lambda p: p.to_text(),
}


def plainly(result: Any) -> Any:
    """Compare what is in it by its repr: twins are of another class, so never equal."""
    return repr(result)


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_gives_what_it_gives_on_a_plain_dataclass(
    name: str, before: str, arrive: Callable[[], Any]
) -> None:
    payload = arrive()
    assert type(payload) in PLAIN
    BEFORE[before](payload)
    twin = plain_twin(arrive())
    assert plainly(outcome(OPERATIONS[name], payload)) == plainly(outcome(OPERATIONS[name], twin))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("before", BEFORE)
def test_pickles_hold_all_fields(before: str, protocol: int, arrive: Callable[[], Any]) -> None:
    payload, expected = arrive(), arrive()
    BEFORE[before](payload)
    payload.note = "kept"
    back = pickle.loads(pickle.dumps(payload, protocol))
    assert type(back) is type(payload)
    assert back == expected
    assert back.note == "kept"


def test_a_pickle_of_an_older_version_has_an_empty_extra(arrive: Callable[[], Any]) -> None:
    payload = arrive()
    del payload.extra
    assert pickle.loads(pickle.dumps(payload)).extra == {}


def test_equal_payloads_differ_in_extra_only_if_it_differs(arrive: Callable[[], Any]) -> None:
    one, other = arrive(), arrive()
    assert one == other
    other.extra["more"] = 1
    assert one != other


def test_python_objects_are_the_truth_once_they_are_there() -> None:
    batch = ActionsPayload.from_dict(
        {"session_id": "s1", "actions": [{"type": "click", "description": "x"}], "count": 1}
    )
    assert batch.to_text() == "Session s1 — 1 actions\n[0] click: x — "
    batch.session_id = ""
    batch.actions[0].description = "y"
    batch.actions.append(SlimAction("t", "d", "https://taskboat.test/", index=1))
    assert batch.to_text() == "Session unknown — 2 actions\n[0] click: y — \n[1] : d — https://taskboat.test/"


def test_an_assignment_before_the_first_read_shows_in_the_text(arrive: Callable[[], Any]) -> None:
    payload, expected = arrive(), arrive()
    for changed in (payload, expected):
        if isinstance(changed, SummaryPayload):
            changed.summary = "changed"
        elif isinstance(changed, SlimAction):
            changed.description = "changed"
        else:
            changed.session_id = "changed"
    repr(expected)
    assert "changed" in expected.to_text()
    assert payload.to_text() == expected.to_text()


def test_a_subclass_is_made_by_its_own_constructor() -> None:
    @dataclasses.dataclass
    class Marked(SummaryPayload):
        mark: str = "own"

        def __post_init__(self) -> None:
            self.mark = f"{self.mark} {self.replaces}"

    marked = Marked.from_dict({"summary": "text", "replaces": 3})
    assert (type(marked), marked.mark, marked.to_text()) == (Marked, "own 3", "text")
    assert dataclasses.replace(marked, mark="other").mark == "other 3"


@pytest.mark.parametrize("cls", PLAIN)
def test_annotations_can_be_evaluated_by_frameworks(cls: Any) -> None:
    hints = typing.get_type_hints(cls)
    assert list(hints) == [field.name for field in dataclasses.fields(cls)]
    for method in (cls.from_dict, cls.to_dict, cls.to_text):
        assert "return" in typing.get_type_hints(method) or method is cls.to_text
