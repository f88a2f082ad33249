use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::http;
use crate::support::recording::{self, PROJECT_KEYS};
use crate::support::stream::{Stream, subscribe};
use crate::support::{Connector, Product};

fn register(connector: &Connector) -> Product {
    connector.register_with(&json!({
        "product_id": "taskboat",
        "contact_email": "owner@example.com",
        "project_keys": PROJECT_KEYS,
    }))
}

fn send_everything(connector: &Connector) {
    for request in recording::requests() {
        let headers: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer =
            http::request(connector.address, &request.method, &request.target, &headers, &request.body)
                .expect("an answer");
        assert!(
            matches!(answer.status, 200 | 204),
            "{} {}: {}",
            request.method,
            request.target,
            answer.text()
        );
        assert_eq!(answer.header("access-control-allow-origin"), Some("http://app.taskboat.test"));
    }
}

/// Reads until so many actions have come, and gives them by session, in the order in which they came.
fn actions_by_session(stream: &mut Stream, count: usize) -> BTreeMap<String, Vec<Value>> {
    let mut sessions: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut seen = 0;
    while seen < count {
        let event = stream.next_event().expect("the stream goes on").json();
        if event["type"] != "actions" {
            continue;
        }
        let actions = event["actions"].as_array().expect("actions");
        assert_eq!(event["count"], actions.len());
        assert!(actions.len() <= 50);
        seen += actions.len();
        let session = event["session_id"].as_str().expect("a session").to_owned();
        sessions.entry(session).or_default().extend(actions.iter().cloned());
    }
    assert_eq!(seen, count, "not one action more");
    sessions
}

/// How many actions the recording has, by session; from the decoded events, which the connector never sees.
fn expected() -> BTreeMap<String, usize> {
    let mut sessions = BTreeMap::new();
    for event in recording::events() {
        let name = event["event"].as_str().expect("a name");
        if !name.starts_with('$') || ["$autocapture", "$pageview", "$rageclick"].contains(&name) {
            let session = event["properties"]["$session_id"].as_str().expect("a session").to_owned();
            *sessions.entry(session).or_default() += 1;
        }
    }
    sessions
}

#[test]
fn every_recorded_event_that_is_an_action_arrives_once_and_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = register(&connector);
    let mut live = subscribe(connector.address, &product, "", &[]).expect("a stream");
    send_everything(&connector);

    let expected = expected();
    assert_eq!(expected.values().sum::<usize>(), 270);
    let sessions = actions_by_session(&mut live, 270);
    let counts: BTreeMap<String, usize> =
        sessions.iter().map(|(id, actions)| (id.clone(), actions.len())).collect();
    assert_eq!(counts, expected);
    for actions in sessions.values() {
        let indices: Vec<u64> =
            actions.iter().map(|action| action["index"].as_u64().expect("an index")).collect();
        assert_eq!(indices, (0..actions.len() as u64).collect::<Vec<_>>());
    }

    let mut replayed = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    assert_eq!(actions_by_session(&mut replayed, 270), sessions, "replay and live agree");
}

#[test]
fn a_request_that_is_sent_again_adds_nothing_even_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connector = Connector::start(folder.path());
    let product = register(&connector);
    send_everything(&connector);
    send_everything(&connector);
    connector.process.kill();

    let connector = Connector::start(folder.path());
    send_everything(&connector);
    let answer = connector.click(&product, "last", "2026-11-24T11:00:00Z", "The end");
    assert_eq!(answer.json(), json!({ "accepted": 1, "filtered": 0, "duplicates": 0 }));
    let mut stream = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    let sessions = actions_by_session(&mut stream, 271);
    assert_eq!(sessions["last"].len(), 1);
}

#[test]
fn the_same_events_through_posthogs_webhook_give_as_many_actions() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = register(&connector);
    let (mut accepted, mut filtered, mut duplicates) = (0, 0, 0);
    for body in recording::webhooks() {
        let path = format!("/webhook/{}", product.id);
        let answer = connector.post(&path, &[("x-posthog-secret", &product.secret)], body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let tally = answer.json();
        let count = |name: &str| tally[name].as_u64().expect(name);
        accepted += count("accepted");
        filtered += count("filtered");
        duplicates += count("duplicates");
    }
    assert_eq!((accepted, filtered, duplicates), (270, 40, 0));
    let mut stream = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    let sessions = actions_by_session(&mut stream, 270);
    let counts: BTreeMap<String, usize> =
        sessions.iter().map(|(id, actions)| (id.clone(), actions.len())).collect();
    assert_eq!(counts, expected());
}

/// What the recorded users typed into fields.
const TYPED: [&str; 10] = [
    "not-a-real-password",
    "Call the printer",
    "Example GmbH",
    "4111",
    "Brazil",
    "invoice",
    "catálogo 日本",
    "someone@example.net",
    "refund",
    "Rückerstattung",
];

#[test]
fn nothing_that_was_typed_arrives() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = register(&connector);
    send_everything(&connector);
    let mut stream = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    for action in actions_by_session(&mut stream, 270).values().flatten() {
        for field in ["title", "description", "canonical_url"] {
            let text = action[field].as_str().expect("a text").to_lowercase();
            for typed in TYPED {
                assert!(!text.contains(&typed.to_lowercase()), "{field}: {text}");
            }
        }
    }
}
