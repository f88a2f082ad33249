//! The decoder gives what the files in `conformance/` expect, however a stream is cut into pieces.

use std::fs;
use std::path::Path;
use std::time::Duration;

use autoplay_protocol::sse::{DEFAULT_MAX_EVENT_BYTES, Decoder, Item};
use autoplay_testkit::{split_at, split_at_random};
use serde_json::{Value, json};

/// A way to cut a stream into pieces.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Whole,
    ByteByByte,
    WithEmptyPieces,
    AtRandom { seed: u64 },
    Once { at: usize },
}

impl Cut {
    /// The ways to try. Short streams are also cut in two at each place, so that no place is missed.
    fn all(case: &Value) -> impl Iterator<Item = Self> {
        let longest = streams(case).iter().map(Vec::len).max().unwrap_or(0);
        [Self::Whole, Self::ByteByByte, Self::WithEmptyPieces]
            .into_iter()
            .chain((0..20).map(|seed| Self::AtRandom { seed }))
            .chain((1..longest.min(300)).map(|at| Self::Once { at }))
    }

    fn pieces(self, stream: &[u8]) -> Vec<&[u8]> {
        match self {
            Self::Whole => vec![stream],
            Self::ByteByByte => stream.chunks(1).collect(),
            Self::WithEmptyPieces => stream.chunks(2).flat_map(|pair| [pair, b""]).collect(),
            Self::AtRandom { seed } => split_at_random(stream, seed),
            Self::Once { at } => split_at(stream, &[at.min(stream.len())]),
        }
    }
}

#[test]
fn every_case_is_decoded_as_expected_whatever_the_pieces() {
    let mut failures = Vec::new();
    for (file, case) in cases() {
        let expected = expected(&case);
        for cut in Cut::all(&case) {
            let seen = decode(&case, cut);
            if seen != expected {
                failures.push(format!(
                    "{file}: {}, {cut:?}\nexpected {expected}\n    seen {seen}\n",
                    case["name"]
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn cases() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let mut cases = Vec::new();
    for entry in fs::read_dir(&folder).expect("the folder of the conformance streams exists") {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut document: Value =
            serde_json::from_slice(&fs::read(&path).unwrap()).expect("the file is JSON");
        let list = document["cases"].as_array_mut().expect("a file has cases");
        assert!(!list.is_empty(), "{file} has no cases");
        cases.extend(list.drain(..).map(|case| (file.clone(), case)));
    }
    assert!(!cases.is_empty(), "no conformance streams in {}", folder.display());
    cases
}

/// What a case expects, with absent keys filled in.
fn expected(case: &Value) -> Value {
    const KEYS: [&str; 11] = [
        "name",
        "stream",
        "streams",
        "expect",
        "last_event_id",
        "retry_ms",
        "comments",
        "positions",
        "oversized",
        "max_event_bytes",
        "known_id",
    ];
    for key in case.as_object().expect("a case is an object").keys() {
        assert!(KEYS.contains(&key.as_str()), "{}: there is no key {key:?}", case["name"]);
    }
    let list = |key: &str| case[key].as_array().cloned().unwrap_or_default();
    let mut events = case["expect"].as_array().expect("a case expects events").clone();
    for event in &mut events {
        event["data"] = text(&event["data"]);
    }
    json!({
        "events": events,
        "last_event_id": case["last_event_id"].as_str().expect("a case has a last event id"),
        "retry_ms": case["retry_ms"],
        "comments": list("comments").iter().map(text).collect::<Vec<_>>(),
        "positions": list("positions"),
        "oversized": list("oversized"),
    })
}

fn decode(case: &Value, cut: Cut) -> Value {
    let limit =
        case["max_event_bytes"].as_u64().map_or(DEFAULT_MAX_EVENT_BYTES, |max| max.try_into().unwrap());
    let mut decoder = Decoder::with_max_event_bytes(limit);
    decoder.set_last_event_id(case["known_id"].as_str().unwrap_or_default());
    let (mut events, mut comments, mut positions, mut oversized) = (vec![], vec![], vec![], vec![]);
    let mut retry = Value::Null;
    for stream in streams(case) {
        decoder.reset();
        for piece in cut.pieces(&stream) {
            let mut items = decoder.feed(piece);
            while let Some(item) = items.next() {
                match item {
                    Item::Event(event) => {
                        events.push(json!({ "event": event.event, "data": event.data, "id": event.id }));
                    }
                    Item::Comment(text) => comments.push(text.to_owned()),
                    Item::Empty { id, has_id, .. } => positions.extend(has_id.then(|| id.to_owned())),
                    Item::Oversized { bytes, id } => oversized.push(json!({ "bytes": bytes, "id": id })),
                    Item::Retry(delay) => retry = millis(delay),
                }
            }
        }
    }
    json!({
        "events": events,
        "last_event_id": decoder.last_event_id(),
        "retry_ms": retry,
        "comments": comments,
        "positions": positions,
        "oversized": oversized,
    })
}

fn millis(delay: Duration) -> Value {
    u64::try_from(delay.as_millis()).expect("read from 64 bits").into()
}

fn streams(case: &Value) -> Vec<Vec<u8>> {
    match case.get("streams") {
        Some(streams) => streams.as_array().expect("streams are a list").iter().map(bytes).collect(),
        None => vec![bytes(&case["stream"])],
    }
}

fn text(value: &Value) -> Value {
    String::from_utf8(bytes(value)).expect("what is expected is text").into()
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Array(parts) => parts.iter().flat_map(part).collect(),
        _ => panic!("neither a text nor a list of parts: {value}"),
    }
}

fn part(value: &Value) -> Vec<u8> {
    let byte = |number: &Value| number.as_u64().and_then(|number| number.try_into().ok()).expect("a byte");
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Array(numbers) => numbers.iter().map(byte).collect(),
        _ => {
            let times = value["times"].as_u64().expect("a part that is repeated has a number");
            value["repeat"]
                .as_str()
                .expect("a part is repeated")
                .repeat(times.try_into().unwrap())
                .into_bytes()
        }
    }
}
