//! Which payload an event carries, and which events are malformed.

use autoplay_protocol::json::{JsonErrorKind, MAX_DEPTH};
use autoplay_protocol::payload::{ActionsPayload, Corrections, Gap, Malformed, Payload, SummaryPayload};

fn batch(data: &str) -> (ActionsPayload, Corrections) {
    match Payload::read(data, "actions") {
        Ok((Payload::Actions(batch), corrections)) => (batch, corrections),
        other => panic!("{data}: {other:?}"),
    }
}

fn no_actions() -> Payload {
    Payload::Actions(ActionsPayload::default())
}

fn summary(text: &str) -> Payload {
    Payload::Summary(SummaryPayload { summary: text.to_owned(), ..SummaryPayload::default() })
}

fn other(kind: &str) -> Payload {
    Payload::Other { kind: kind.to_owned() }
}

fn check(cases: &[(&str, &str, Payload)]) {
    for (data, name, expected) in cases {
        let read = Payload::read(data, name).unwrap_or_else(|error| panic!("{data}: {error}"));
        assert_eq!(read, (expected.clone(), Corrections::default()), "{data} as {name}");
    }
}

#[test]
fn the_type_decides_wherever_it_stands() {
    check(&[
        (r#"{"type":"actions"}"#, "message", no_actions()),
        (r#"{"type":"actions"}"#, "summary", no_actions()),
        (r#"{"actions":[],"type":"actions"}"#, "gap", no_actions()),
        (r#"{"summary":"x","type":"summary"}"#, "actions", summary("x")),
        (r#"{"type":"summary","summary":"x"}"#, "actions", summary("x")),
        (r#"{"type":"usertour_trigger","actions":5}"#, "actions", other("usertour_trigger")),
        (r#"{"actions":5,"type":"usertour_trigger"}"#, "actions", other("usertour_trigger")),
        (r#"{"ty\u0070e":"action\u0073"}"#, "message", no_actions()),
        (r#"{"type":"ACTIONS"}"#, "actions", other("ACTIONS")),
    ]);
}

#[test]
fn without_a_type_the_name_of_the_event_decides() {
    check(&[
        ("{}", "actions", no_actions()),
        (r#"{"summary":"x"}"#, "summary", summary("x")),
        ("{}", "gap", Payload::Gap(Gap::default())),
        ("{}", "message", other("message")),
        (r#"{"actions":5}"#, "message", other("message")),
        ("{}", "", other("")),
        ("{}", "Actions", other("Actions")),
    ]);
}

#[test]
fn of_several_types_the_last_decides() {
    check(&[
        (r#"{"type":"actions","summary":"x","type":"summary"}"#, "message", summary("x")),
        (r#"{"type":"summary","type":"actions"}"#, "message", no_actions()),
        (r#"{"type":"summary","actions":[],"type":"actions"}"#, "message", no_actions()),
        (r#"{"type":"actions","actions":5,"type":"gap"}"#, "message", Payload::Gap(Gap::default())),
        (r#"{"type":"actions","type":false}"#, "actions", other("")),
    ]);
}

#[test]
fn a_type_that_is_no_text_is_one_that_nobody_knows() {
    for odd in ["null", "7", "true", r#"["actions"]"#, r#"{"type":"actions"}"#, r#""""#] {
        check(&[(&format!(r#"{{"type":{odd},"actions":5}}"#), "actions", other(""))]);
        check(&[(&format!(r#"{{"actions":5,"type":{odd}}}"#), "actions", other(""))]);
    }
}

#[test]
fn a_gap_is_read_with_what_it_tells() {
    let gap =
        Gap { reason: "retention".to_owned(), requested_id: None, oldest_id: Some("1-ab-9".to_owned()) };
    let data = r#"{"type":"gap","reason":"retention","oldest_id":"1-ab-9"}"#;
    assert_eq!(gap.to_json(), data);
    check(&[(data, "gap", gap)].map(|(data, name, gap)| (data, name, Payload::Gap(gap))));

    let odd = Gap { requested_id: Some("7".to_owned()), ..Gap::default() };
    assert_eq!(odd.to_json(), r#"{"type":"gap","reason":"","requested_id":"7","oldest_id":null}"#);
    let data = r#"{"reason":["odd"],"requested_id":7,"oldest_id":null,"more":{}}"#;
    check(&[(data, "gap", Payload::Gap(odd))]);
}

#[test]
fn actions_may_be_missing_or_null_and_are_a_list_otherwise() {
    for data in ["{}", r#"{"actions":null}"#, r#"{"actions":[]}"#, r#"{"actions":5,"actions":[]}"#] {
        check(&[(data, "actions", no_actions())]);
    }
    for odd in ["5", "{}", r#""[]""#, "false", "NaN"] {
        let data = format!(r#"{{"type":"actions", "actions": {odd}, "count":1}}"#);
        let error = Payload::read(&data, "message").expect_err("malformed");
        assert_eq!(error, Malformed::ActionsNoList { offset: 30 }, "{odd}");
    }
}

#[test]
fn of_several_lists_of_actions_the_last_counts() {
    let (again, corrections) = batch(r#"{"actions":[{},1,{}],"actions":[{"index":5}],"count":1}"#);
    assert_eq!((again.actions.len(), again.actions[0].index), (1, 5));
    assert!(corrections.is_empty());
    let error = Payload::read(r#"{"actions":[{}],"actions":7}"#, "actions").expect_err("malformed");
    assert_eq!(error, Malformed::ActionsNoList { offset: 26 });
}

#[test]
fn elements_that_are_no_objects_are_left_out() {
    let (batch, corrections) =
        batch(r#"{"actions":[1,{"index":1},null,"x",[{"index":9}],{"index":2},true],"count":7}"#);
    assert_eq!(batch.actions.iter().map(|action| action.index).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(batch.count, 2);
    assert_eq!(corrections, Corrections { count: Some(7), left_out: 5 });
    assert_eq!(
        corrections.to_string(),
        "`count` said 7, which is not the number of actions; \
         5 of the elements of `actions` were no objects and are left out"
    );
}

#[test]
fn a_wrong_count_is_corrected() {
    let cases = [
        (r#"{"actions":[{},{}],"count":2}"#, None),
        (r#"{"count":"2","actions":[{},{}]}"#, None),
        (r#"{"actions":[{},{}],"count":2.5}"#, None),
        (r#"{"count":9,"count":2,"actions":[{},{}]}"#, None),
        (r#"{"actions":[{},{}],"count":3}"#, Some(3)),
        (r#"{"count":-1,"actions":[{},{}]}"#, Some(-1)),
        (r#"{"actions":[{},{}],"count":null}"#, Some(0)),
        (r#"{"actions":[{},{}]}"#, Some(0)),
    ];
    for (data, said) in cases {
        let (batch, corrections) = batch(data);
        assert_eq!(batch.count, 2, "{data}");
        assert_eq!(corrections, Corrections { count: said, left_out: 0 }, "{data}");
        assert_eq!(corrections.is_empty(), said.is_none());
    }
}

#[test]
fn a_count_that_nothing_stands_behind_takes_no_memory() {
    for count in ["9000000000000000000", "1e18", "-1"] {
        let data =
            format!(r#"{{"count":{count},"actions":[{{}},{{}}],"session_id":"{}"}}"#, "s".repeat(10_000));
        let room = batch(&data).0.actions.capacity();
        assert!((2..1_000).contains(&room), "{count}: {room}");
    }
}

#[test]
fn json_that_is_no_object_is_malformed() {
    for data in ["[]", "null", "7", r#""actions""#, r#" [{"type":"actions"}]"#] {
        let error = Payload::read(data, "actions").expect_err(data);
        let offset = data.len() - data.trim_start().len();
        assert_eq!(error, Malformed::NoObject { offset }, "{data}");
    }
}

#[test]
fn what_is_no_json_is_malformed() {
    let cases = [
        ("", JsonErrorKind::UnexpectedEnd, 0),
        ("{", JsonErrorKind::UnexpectedEnd, 1),
        ("[1", JsonErrorKind::UnexpectedEnd, 2),
        ("not json", JsonErrorKind::InvalidLiteral, 0),
        (r#"{"type":"actions"} {}"#, JsonErrorKind::TrailingText, 19),
        (r#"{"type":"other","x":[1,]}"#, JsonErrorKind::UnexpectedCharacter, 23),
        (r#"{"actions":[{"title":"a"b"}]}"#, JsonErrorKind::UnexpectedCharacter, 24),
        (r#"{"actions":5,"actions":[{]}"#, JsonErrorKind::UnexpectedCharacter, 25),
    ];
    for (data, kind, offset) in cases {
        let error = Payload::read(data, "actions").expect_err(data);
        assert!(matches!(error, Malformed::Json(json) if json.kind() == kind), "{data}: {error:?}");
        assert_eq!(error.offset(), offset, "{data}");
    }
}

#[test]
fn nesting_is_counted_from_the_outermost_object() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let deepest = [
        format!(r#"{{"x":{}}}"#, nested(MAX_DEPTH - 1)),
        format!(r#"{{"product_id":{}}}"#, nested(MAX_DEPTH - 1)),
        format!(r#"{{"actions":{}}}"#, nested(MAX_DEPTH - 1)),
        format!(r#"{{"actions":[{{"x":{}}}]}}"#, nested(MAX_DEPTH - 3)),
        format!(r#"{{"actions":[{{"title":{}}}]}}"#, nested(MAX_DEPTH - 3)),
    ];
    let read_all = move || {
        for data in deepest {
            let deeper = [data.replace("[]", "[[]]"), data.replace("[]", &nested(10_000))];
            for name in ["actions", "summary", "gap", "other"] {
                assert!(Payload::read(&data, name).is_ok(), "{name}");
                for data in &deeper {
                    let error = Payload::read(data, name).expect_err("too deep");
                    let Malformed::Json(json) = error else { panic!("{error:?}") };
                    assert_eq!(json.kind(), JsonErrorKind::TooDeep);
                }
            }
        }
    };
    let small_stack = std::thread::Builder::new().stack_size(256 * 1024).spawn(read_all).expect("a thread");
    small_stack.join().expect("all are read or refused");
}
