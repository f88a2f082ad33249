//! Every stream of `conformance/` by way of HTTP, client and callbacks, with reconnects where a case has several
//! connections.

use std::fs;
use std::path::Path;

use autoplay_testkit::{FaultServer, Script};
use serde_json::{Value, json};

use crate::harness::{LIMIT, Service, each_client};

/// Longer streams are sent in one piece: the pauses between pieces add up.
const WORTH_SPLITTING: usize = 4 * 1024;

/// The longest pause that a test waits for.
const LONGEST_PAUSE_MS: u64 = 1_000;

#[test]
fn every_stream_is_told_as_expected() {
    let cases = cases();
    assert!(cases.len() > 100, "{} cases", cases.len());
    each_client(|service| {
        for (name, case) in &cases {
            check(service, name, case);
        }
    });
}

fn check(service: &Service, name: &str, case: &Value) {
    let bodies = bodies(case);
    let connections = bodies.len();
    let scripts = bodies.iter().zip(1..).map(|(body, seed)| match body.len() {
        ..WORTH_SPLITTING => Script::sse().send_split(body, seed),
        _ => Script::sse().send(body),
    });
    let server = FaultServer::start(scripts).then_always(Script::new().read_request().head(204, &[]));
    let mut stream = service.stream(&server, json!({"lastEventId": case["known_id"]}));

    let expected_events = case["expect"].as_array().expect("a case expects events");
    let expected_comments = case["comments"].as_array().map_or(&[][..], Vec::as_slice);
    let (mut events, mut comments) = (Vec::new(), Vec::new());
    for _ in 0..expected_events.len() + expected_comments.len() {
        let mut message = stream.message();
        match message["kind"].as_str() {
            Some("event") => events.push(message["event"].take()),
            Some("comment") => comments.push(message["comment"].take()),
            _ => panic!("{name}: {message}"),
        }
    }
    let as_told =
        |event: &Value| json!({"type": event["event"], "data": text(&event["data"]), "id": event["id"]});
    assert_eq!(events, expected_events.iter().map(as_told).collect::<Vec<_>>(), "{name}");
    assert_eq!(comments, expected_comments.iter().map(text).collect::<Vec<_>>(), "{name}");

    // The request that ends it shows the place that the streams before it have led to.
    let last = server.wait_for_request(connections + 1, LIMIT);
    let place = case["last_event_id"].as_str().expect("a case has a last event id");
    // No header can hold a control character but the tab, and blanks around a value are no part of it.
    let sendable = !place.is_empty() && !place.chars().any(|char| char.is_ascii_control() && char != '\t');
    assert_eq!(last.header("last-event-id"), sendable.then_some(place.trim_matches([' ', '\t'])), "{name}");
    stream.delete();
    assert!(stream.is_all_seen(), "{name}: more was told than expected");
}

/// The cases that set neither a limit, which the suite can't, nor a long pause.
fn cases() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let files = fs::read_dir(folder).expect("the folder of the conformance streams exists");
    let files = files.map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files
        .flat_map(|path| {
            let mut document: Value =
                serde_json::from_slice(&fs::read(&path).unwrap()).expect("the file is JSON");
            let cases = document["cases"].as_array_mut().expect("a file has cases");
            let pause = |case: &Value| case["retry_ms"].as_u64().unwrap_or(0);
            cases.retain(|case| case.get("max_event_bytes").is_none() && pause(case) <= LONGEST_PAUSE_MS);
            std::mem::take(cases)
        })
        .map(|case| (case["name"].as_str().expect("a case has a name").to_owned(), case))
        .collect()
}

fn bodies(case: &Value) -> Vec<Vec<u8>> {
    match case.get("streams") {
        Some(streams) => streams.as_array().expect("streams are a list").iter().map(bytes).collect(),
        None => vec![bytes(&case["stream"])],
    }
}

fn text(value: &Value) -> Value {
    String::from_utf8(bytes(value)).expect("what is expected is text").into()
}

/// A text: a string, or parts of which each is a string, bytes, or a string to be repeated.
fn bytes(value: &Value) -> Vec<u8> {
    let byte = |number: &Value| number.as_u64().and_then(|number| number.try_into().ok()).expect("a byte");
    let part = |part: &Value| match part {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Array(numbers) => numbers.iter().map(byte).collect(),
        _ => {
            let times = part["times"].as_u64().expect("how often it is repeated");
            part["repeat"].as_str().expect("what is repeated").repeat(times.try_into().unwrap()).into_bytes()
        }
    };
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Array(parts) => parts.iter().flat_map(part).collect(),
        _ => panic!("neither a text nor a list of parts: {value}"),
    }
}
