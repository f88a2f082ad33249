//! Payloads as text and as JSON, and several batches as one.

use autoplay_protocol::json::Value;
use autoplay_protocol::payload::{ActionsPayload, NothingToMerge, SlimAction, SummaryPayload};

fn click() -> SlimAction {
    SlimAction {
        index: 3,
        kind: "click".to_owned(),
        title: "Click Export button".to_owned(),
        description: "User clicked Export button".to_owned(),
        timestamp_start: 1_767_225_600.25,
        raw_url: "https://a.test/p/7?q=x".to_owned(),
        canonical_url: "https://a.test/p/:id".to_owned(),
        email: Some("ada@example.test".to_owned()),
        ..SlimAction::default()
    }
}

fn batch(actions: Vec<SlimAction>) -> ActionsPayload {
    ActionsPayload {
        product_id: "taskboat".to_owned(),
        session_id: Some("s1".to_owned()),
        forwarded_at: 1_767_225_601.0,
        actions,
        ..ActionsPayload::default()
    }
}

#[test]
fn a_batch_as_text() {
    let pageview = SlimAction { index: -1, kind: "pageview".to_owned(), ..SlimAction::default() };
    let lines = [
        "Session s1 — 2 actions",
        "[3] click: User clicked Export button — https://a.test/p/:id",
        "[-1] pageview:  — ",
    ];
    assert_eq!(click().to_text(), lines[1]);
    assert_eq!(batch(vec![click(), pageview]).to_text(), lines.join("\n"));
}

#[test]
fn a_batch_of_an_unknown_session_as_text() {
    for session_id in [None, Some(String::new())] {
        let batch = ActionsPayload { session_id, count: 9, ..ActionsPayload::default() };
        assert_eq!(batch.to_text(), "Session unknown — 0 actions");
    }
}

#[test]
fn a_summary_as_text_is_the_summary() {
    let summary = SummaryPayload { summary: "Visited 3 pages.".to_owned(), ..SummaryPayload::default() };
    assert_eq!(summary.to_text(), "Visited 3 pages.");
}

#[test]
fn json_is_compact_and_in_the_order_of_the_contract() {
    let mut action = click();
    action.extra.insert("weight", 1.0);
    let mut batch = ActionsPayload { count: 1, ..batch(vec![action]) };
    batch.extra.insert("zone", "eu\n");
    assert_eq!(
        batch.to_json(),
        concat!(
            r#"{"type":"actions","product_id":"taskboat","session_id":"s1","user_id":null,"email":null,"#,
            r#""conversation_id":null,"count":1,"forwarded_at":1767225601.0,"actions":[{"index":3,"type":"click","#,
            r#""title":"Click Export button","description":"User clicked Export button","#,
            r#""timestamp_start":1767225600.25,"timestamp_end":0.0,"raw_url":"https://a.test/p/7?q=x","#,
            r#""canonical_url":"https://a.test/p/:id","session_id":null,"user_id":null,"#,
            r#""email":"ada@example.test","conversation_id":null,"weight":1.0}],"zone":"eu\n"}"#,
        )
    );
    let summary = SummaryPayload { replaces: 3, forwarded_at: f64::NAN, ..SummaryPayload::default() };
    assert_eq!(
        summary.to_json(),
        r#"{"type":"summary","product_id":"","session_id":null,"summary":"","replaces":3,"forwarded_at":null}"#
    );
}

#[test]
fn a_known_name_among_the_extra_fields_does_not_hide_the_field() {
    let members = |json: String| Value::parse(&json).expect("valid").as_object().expect("an object").len();
    let names = |json: &str| -> Vec<String> {
        let value = Value::parse(json).expect("valid");
        value.as_object().expect("an object").iter().map(|(name, _)| name.to_owned()).collect()
    };
    let mut batch = batch(vec![click()]);
    let mut summary = SummaryPayload::default();
    let expected = (batch.to_json(), batch.actions[0].to_json(), summary.to_json());
    for name in names(&expected.0) {
        batch.extra.insert(name, "shadow");
    }
    for name in names(&expected.1) {
        batch.actions[0].extra.insert(name, "shadow");
    }
    for name in names(&expected.2) {
        summary.extra.insert(name, "shadow");
    }
    assert_eq!((batch.to_json(), batch.actions[0].to_json(), summary.to_json()), expected);
    assert_eq!(members(expected.0), 9);
}

#[test]
fn merging_joins_the_actions_and_keeps_the_first_known_identity() {
    let first = ActionsPayload {
        product_id: "p".to_owned(),
        session_id: None,
        user_id: Some(String::new()),
        forwarded_at: 5.0,
        extra: [("a", 1)].into_iter().collect(),
        ..batch(vec![click(), click()])
    };
    let second = ActionsPayload {
        user_id: Some("ada".to_owned()),
        forwarded_at: 9.0,
        extra: [("a", 2), ("b", 2)].into_iter().collect(),
        ..batch(vec![click()])
    };
    let third = ActionsPayload {
        user_id: Some("eve".to_owned()),
        email: Some("eve@example.test".to_owned()),
        forwarded_at: 7.0,
        ..second.clone()
    };
    let merged = ActionsPayload::merge([first, second, third]).expect("three batches");
    let expected = ActionsPayload {
        product_id: "p".to_owned(),
        session_id: Some("s1".to_owned()),
        user_id: Some("ada".to_owned()),
        email: Some("eve@example.test".to_owned()),
        conversation_id: None,
        count: 4,
        forwarded_at: 9.0,
        actions: (0..4).map(|index| SlimAction { index, ..click() }).collect(),
        extra: [("a", 1), ("b", 2)].into_iter().collect(),
    };
    assert_eq!(merged, expected);
}

#[test]
fn merging_takes_one_batch_and_more_but_not_none() {
    let alone = ActionsPayload::merge([batch(vec![click(), click()])]).expect("one batch");
    assert_eq!((alone.count, alone.actions[0].index, alone.actions[1].index), (2, 0, 1));
    assert_eq!(ActionsPayload::merge([]), Err(NothingToMerge));
}
