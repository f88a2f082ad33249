//! How the fields of a payload are read, whatever is in them.

use autoplay_protocol::json::Value;
use autoplay_protocol::payload::{ActionsPayload, Payload, SlimAction, SummaryPayload};

fn batch(data: &str) -> ActionsPayload {
    match Payload::read(data, "actions") {
        Ok((Payload::Actions(batch), _)) => batch,
        other => panic!("{data}: {other:?}"),
    }
}

fn summary(data: &str) -> SummaryPayload {
    match Payload::read(data, "summary") {
        Ok((Payload::Summary(summary), _)) => summary,
        other => panic!("{data}: {other:?}"),
    }
}

fn action(fields: &str) -> SlimAction {
    batch(&format!(r#"{{"actions": [{{{fields}}}]}}"#)).actions.remove(0)
}

const BATCH: &str = r#"{
    "type": "actions", "product_id": "taskboat", "session_id": "s1", "user_id": "ada", "email": "ada@example.test",
    "conversation_id": "c1", "count": 1, "forwarded_at": 1767225601.5, "actions": [{
        "index": 3, "type": "click", "title": "Click Export button", "description": "User clicked Export button",
        "timestamp_start": 1767225600.25, "timestamp_end": 1767225600.5, "raw_url": "https://a.test/p/7?q=x",
        "canonical_url": "https://a.test/p/:id", "session_id": "s2", "user_id": "bob", "email": "bob@example.test",
        "conversation_id": "c2"
    }]
}"#;

#[test]
fn a_batch_is_read_in_full() {
    let expected = ActionsPayload {
        product_id: "taskboat".to_owned(),
        session_id: Some("s1".to_owned()),
        user_id: Some("ada".to_owned()),
        email: Some("ada@example.test".to_owned()),
        conversation_id: Some("c1".to_owned()),
        count: 1,
        forwarded_at: 1_767_225_601.5,
        actions: vec![SlimAction {
            index: 3,
            kind: "click".to_owned(),
            title: "Click Export button".to_owned(),
            description: "User clicked Export button".to_owned(),
            timestamp_start: 1_767_225_600.25,
            timestamp_end: 1_767_225_600.5,
            raw_url: "https://a.test/p/7?q=x".to_owned(),
            canonical_url: "https://a.test/p/:id".to_owned(),
            session_id: Some("s2".to_owned()),
            user_id: Some("bob".to_owned()),
            email: Some("bob@example.test".to_owned()),
            conversation_id: Some("c2".to_owned()),
            ..SlimAction::default()
        }],
        ..ActionsPayload::default()
    };
    assert_eq!(batch(BATCH), expected);
}

#[test]
fn a_summary_is_read_in_full() {
    let expected = SummaryPayload {
        product_id: "p".to_owned(),
        session_id: Some("s".to_owned()),
        summary: "Visited 3 pages.".to_owned(),
        replaces: 20,
        forwarded_at: 1_767_225_600.5,
        extra: [("model", "extractive")].into_iter().collect(),
    };
    let data = r#"{"type":"summary","product_id":"p","session_id":"s","summary":"Visited 3 pages.","replaces":20,
        "forwarded_at":1767225600.5,"model":"extractive"}"#;
    assert_eq!(summary(data), expected);
}

#[test]
fn a_text_field_of_another_type_takes_its_default() {
    for odd in ["null", "{}", r#"["x"]"#, "true"] {
        let fields = format!(
            r#""type":{odd},"title":{odd},"description":{odd},"raw_url":{odd},"canonical_url":{odd},
            "session_id":{odd},"user_id":{odd},"email":{odd},"conversation_id":{odd}"#
        );
        assert_eq!(action(&fields), SlimAction::default(), "{odd}");
        let fields = format!(
            r#"{{"product_id":{odd},"session_id":{odd},"user_id":{odd},"email":{odd},"conversation_id":{odd}}}"#
        );
        assert_eq!(batch(&fields), ActionsPayload::default(), "{odd}");
        let fields = format!(r#"{{"product_id":{odd},"session_id":{odd},"summary":{odd}}}"#);
        assert_eq!(summary(&fields), SummaryPayload::default(), "{odd}");
    }
}

#[test]
fn a_number_field_of_another_type_takes_its_default() {
    for odd in ["null", "{}", "[1]", r#""soon""#, r#""""#] {
        let fields = format!(r#""index":{odd},"timestamp_start":{odd},"timestamp_end":{odd}"#);
        assert_eq!(action(&fields), SlimAction::default(), "{odd}");
        let fields = format!(r#"{{"count":{odd},"forwarded_at":{odd}}}"#);
        assert_eq!(batch(&fields), ActionsPayload::default(), "{odd}");
        let fields = format!(r#"{{"replaces":{odd},"forwarded_at":{odd}}}"#);
        assert_eq!(summary(&fields), SummaryPayload::default(), "{odd}");
    }
}

#[test]
fn numbers_are_taken_as_texts() {
    let expected = SlimAction {
        kind: "1".to_owned(),
        title: "1.5".to_owned(),
        description: "0".to_owned(),
        raw_url: "2.0".to_owned(),
        session_id: Some("123456789012345678901234567890".to_owned()),
        user_id: Some("0".to_owned()),
        email: Some("1e+16".to_owned()),
        ..SlimAction::default()
    };
    let fields = r#""type":1,"title":1.50,"description":-0,"raw_url":2.0,
        "session_id":123456789012345678901234567890,"user_id":0,"email":1e16"#;
    assert_eq!(action(fields), expected);
    let batch = batch(r#"{"product_id": 42, "session_id": 7}"#);
    assert_eq!((&*batch.product_id, batch.session_id.as_deref()), ("42", Some("7")));
}

#[test]
fn bools_and_texts_are_taken_as_numbers() {
    let expected = SlimAction { index: 4, timestamp_start: 1.5, timestamp_end: 1.0, ..SlimAction::default() };
    assert_eq!(action(r#""index":"4","timestamp_start":"1.5","timestamp_end":true"#), expected);
    let summary = summary(r#"{"replaces":true,"forwarded_at":7}"#);
    assert_eq!((summary.replaces, summary.forwarded_at.to_bits()), (1, 7.0_f64.to_bits()));
}

#[test]
fn an_integer_field_holds_the_nearest_integer_without_the_fraction() {
    let cases =
        [("2.9", 2), ("-2.9", -2), ("1e30", i64::MAX), ("-99999999999999999999", i64::MIN), ("NaN", 0)];
    for (text, index) in cases {
        assert_eq!(action(&format!(r#""index":{text}"#)).index, index, "{text}");
    }
}

#[test]
fn empty_identities_are_none_where_they_name_the_batch_and_stay_elsewhere() {
    let empty = Some(String::new());
    let batch = batch(
        r#"{"session_id":"","user_id":"","email":"","conversation_id":"",
        "actions":[{"session_id":"","user_id":"","email":"","conversation_id":""}]}"#,
    );
    assert_eq!((batch.session_id, batch.user_id, batch.email), (None, None, None));
    assert_eq!(batch.conversation_id, empty);
    let action = &batch.actions[0];
    assert_eq!((&action.session_id, &action.user_id), (&empty, &empty));
    assert_eq!((&action.email, &action.conversation_id), (&empty, &empty));
    assert_eq!(summary(r#"{"session_id":""}"#).session_id, None);
}

#[test]
fn fields_that_nobody_knows_are_kept_in_order() {
    let batch = batch(
        r#"{"b":1,"a":[{"x":null}],"b":2,"summary":"s","actions":[{"z":NaN,"kind":"k"}],"type":"actions"}"#,
    );
    let kept: Vec<_> = batch.extra.iter().map(|(name, value)| (name, value.to_json())).collect();
    let expected = [("b", "2"), ("a", r#"[{"x":null}]"#), ("summary", r#""s""#)];
    assert_eq!(kept, expected.map(|(name, json)| (name, json.to_owned())));
    assert_eq!(batch.actions[0].extra.get("kind"), Some(&Value::from("k")));
    assert_eq!(batch.actions[0].kind, "");
}

#[test]
fn fields_that_nobody_knows_are_part_of_equality() {
    assert_eq!(batch(r#"{"a":1,"b":2}"#), batch(r#"{"b":2,"a":1}"#));
    assert_ne!(batch(r#"{"a":1}"#), batch(r#"{"a":2}"#));
    assert_ne!(batch(r#"{"a":1}"#), batch("{}"));
    assert_ne!(action(r#""a":1"#), action(r#""a":null"#));
}

#[test]
fn what_browsers_and_servers_send_costs_no_event() {
    let odd = action(
        r#""title":"Click \ud83d","timestamp_start":NaN,"timestamp_end":-Infinity,"user_id":"a","user_id":"b",
        "huge":1e999,"index":18446744073709551616"#,
    );
    assert_eq!(odd.title, "Click \u{fffd}");
    assert!(odd.timestamp_start.is_nan() && odd.timestamp_end.is_infinite());
    assert_eq!((odd.user_id.as_deref(), odd.index), (Some("b"), i64::MAX));
    assert_eq!(odd.extra.get("huge").map(Value::to_json).as_deref(), Some("1e999"));
}

#[test]
fn neither_errors_nor_debug_show_an_e_mail_address() {
    let shown = format!("{:?}", batch(BATCH));
    assert!(!shown.contains("@example.test"), "{shown}");
    assert!(shown.contains("email: Some(<hidden>)") && shown.contains("taskboat"), "{shown}");

    let broken = r#"{"email":"ada@example.test","actions":"ada@example.test"}"#;
    let error = Payload::read(broken, "actions").expect_err("malformed");
    assert!(!format!("{error} {error:?}").contains("ada"));
    assert_eq!(error.to_string(), "`actions` is no list (at byte 38)");
}
