use std::io::Write as _;

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

const LIMIT: usize = 1 << 20;
const RECEIVED: i64 = 1_795_516_030_000;
/// Its base64 needs `+`, `/` and padding.
const EVENT: &str = r#"{"event":"paid ~~~???>>>","properties":{"distinct_id":"ü","token":"phc_x"}}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn request(body: impl AsRef<[u8]>) -> Request {
    decode(body.as_ref(), "", RECEIVED, LIMIT).unwrap()
}

fn one(body: impl AsRef<[u8]>) -> BrowserEvent {
    let mut events = request(body).events;
    assert_eq!(events.len(), 1);
    events.remove(0).unwrap()
}

fn error(body: impl AsRef<[u8]>) -> DecodeError {
    decode(body.as_ref(), "", RECEIVED, LIMIT).unwrap_err()
}

#[test]
fn every_form_of_body_gives_the_same_event() {
    let base64 = BASE64_STANDARD.encode(EVENT);
    assert!(base64.contains('+') || base64.contains('/'));
    let zipped = gzip(EVENT.as_bytes());
    let bodies: Vec<Vec<u8>> = vec![
        EVENT.into(),
        format!("\u{feff} {EVENT}\n").into(),
        zipped.clone(),
        base64.clone().into(),
        format!("{base64}\r\n").into(),
        BASE64_STANDARD_NO_PAD.encode(EVENT).into(),
        BASE64_URL_SAFE.encode(EVENT).into(),
        BASE64_URL_SAFE_NO_PAD.encode(EVENT).into(),
        format!("data={}", form_encoded(&base64)).into(),
        format!("data={base64}").into(),
        format!("data={}", base64.replace('+', " ")).into(),
        format!("ip=1&data={}&compression=base64", form_encoded(&base64)).into(),
        format!("compression=base64&data={}", BASE64_URL_SAFE_NO_PAD.encode(EVENT)).into(),
        format!("data={}", form_encoded(EVENT)).into(),
        format!("data={EVENT}&ip=1").into(),
        format!("data={}&compression=gzip-js", form_encoded(&BASE64_STANDARD.encode(&zipped))).into(),
        BASE64_STANDARD.encode(&zipped).into(),
        gzip(format!("data={}", form_encoded(&base64)).as_bytes()),
    ];
    for body in bodies {
        let request = request(&body);
        assert_eq!(request.project_key.as_deref(), Some("phc_x"));
        assert_eq!(request.events, [Ok(one(EVENT))], "{}", String::from_utf8_lossy(&body));
    }
    assert_eq!(one(EVENT).event, "paid ~~~???>>>");
    assert_eq!(one(EVENT).distinct_id, "ü");
}

#[test]
fn json_in_a_form_keeps_its_own_ampersand() {
    assert_eq!(one(r#"data={"event":"a&b=c+d"}&ip=1"#).event, "a&b=c+d");
    assert_eq!(one("data=%7B%22event%22%3A%22a+b%2Bc%26d%22%7D").event, "a b+c&d");
}

#[test]
fn one_event_a_list_and_an_envelope_are_all_taken() {
    for body in [
        r#"{"event":"a"}"#,
        r#"[{"event":"a"}]"#,
        r#"{"api_key":"k","batch":[{"event":"a"}],"sent_at":"x"}"#,
        r#"{"api_key":"k","event":"a","batch":null}"#,
    ] {
        assert_eq!(one(body).event, "a", "{body}");
    }
    for body in ["[]", r#"{"batch":[]}"#] {
        assert!(request(body).events.is_empty());
    }
}

#[test]
fn a_bad_event_costs_none_of_the_good_ones() {
    let body = r#"[null, 7, "x", [], {}, {"event":""}, {"event":" \n"}, {"event":7}, {"event":"good"},
        {"event":"also","properties":7,"timestamp":{},"uuid":[],"distinct_id":null}]"#;
    let events = request(body).events;
    let reasons: Vec<&str> =
        events.iter().filter_map(|event| event.as_ref().err()).map(|e| e.reason()).collect();
    assert_eq!(reasons[..4], ["not_an_object"; 4]);
    assert_eq!(reasons[4..], ["no_name"; 4]);
    let names: Vec<&str> =
        events.iter().filter_map(|event| event.as_ref().ok()).map(|e| e.event.as_str()).collect();
    assert_eq!(names, ["good", "also"]);
}

#[test]
fn the_project_key_is_found_wherever_clients_put_it() {
    for body in [
        r#"{"api_key":"phc_x","batch":[{"event":"a","properties":{"token":"other"}}]}"#,
        r#"{"token":"phc_x","event":"a"}"#,
        r#"[{"event":"a","api_key":"phc_x"}]"#,
        r#"[7, {"event":"a"}, {"properties":{"token":"phc_x"}}, {"api_key":"other"}]"#,
        r#"{"api_key":"","batch":[{"event":"a","token":"phc_x"}]}"#,
    ] {
        assert_eq!(request(body).project_key.as_deref(), Some("phc_x"), "{body}");
    }
    assert_eq!(request(r#"{"event":"a"}"#).project_key, None);
}

#[test]
fn the_browsers_clock_is_corrected() {
    let sent = |timestamp: &str| {
        one(format!(
            r#"{{"batch":[{{"event":"a","timestamp":{timestamp}}}],"sent_at":"2001-01-01T00:00:10Z"}}"#
        ))
    };
    let early = sent(r#""2001-01-01T00:00:07Z""#);
    assert_eq!((early.timestamp_ms, early.browser_ms), (RECEIVED - 3_000, Some(978_307_207_000)));
    assert_eq!(sent(r#""2001-01-01T02:00:11+02:00""#).timestamp_ms, RECEIVED + 1_000);
    assert_eq!(sent("978307207000").timestamp_ms, RECEIVED - 3_000);
    for unreadable in ["null", "\"\"", "\"soon\"", "{}", "true", "NaN", "1e300"] {
        assert_eq!(sent(unreadable).timestamp_ms, RECEIVED, "{unreadable}");
    }
}

#[test]
fn without_sent_at_the_browsers_clock_is_believed() {
    for (json, expected) in [
        (r#"{"event":"a","timestamp":"2026-11-24T10:27:09.082Z"}"#, 1_795_516_029_082),
        (r#"{"event":"a","timestamp":"2026-11-24T10:27:09.082Z","sent_at":"never"}"#, 1_795_516_029_082),
        (r#"{"event":"a","timestamp":"9999-12-31T23:59:59Z"}"#, 253_402_300_799_000),
        (r#"{"event":"a","timestamp":"1970-01-01T00:00:00Z"}"#, 0),
        (r#"{"event":"a"}"#, RECEIVED),
    ] {
        let event = one(json);
        assert_eq!((event.timestamp_ms, event.browser_ms), (expected, None), "{json}");
    }
    let far = r#"{"event":"a","timestamp":"9999-12-31T23:59:59Z","sent_at":"0001-01-01T00:00:00Z"}"#;
    assert_eq!(one(far).timestamp_ms, 253_402_300_799_999);
}

#[test]
fn old_clients_count_back_from_their_own_clock() {
    for (query, offset, expected) in [
        ("compression=gzip-js&ip=1&_=1795516000500&ver=1.96.1", "1318", 1_795_515_999_182),
        ("_=1795516000500", "\"1318\"", 1_795_515_999_182),
        ("_=never", "1318", RECEIVED - 1_318),
        ("", "1318", RECEIVED - 1_318),
        ("", "NaN", RECEIVED),
        ("", "\"x\"", RECEIVED),
        ("", "1e300", -62_135_596_800_000),
    ] {
        let body = format!(r#"[{{"event":"a","offset":{offset}}}]"#);
        let event = decode(body.as_bytes(), query, RECEIVED, LIMIT).unwrap().events.remove(0).unwrap();
        assert_eq!(event.timestamp_ms, expected, "{query} {offset}");
    }
    let query = "sent_at=1795516000500";
    let body = br#"[{"event":"a","timestamp":"2026-11-24T10:26:39Z"}]"#;
    let event = decode(body, query, RECEIVED, LIMIT).unwrap().events.remove(0).unwrap();
    assert_eq!(event.timestamp_ms, RECEIVED - 1_500);
}

#[test]
fn a_body_over_the_limit_is_refused_however_it_is_packed() {
    let large = format!("[{}1]", " ".repeat(LIMIT));
    let base64 = BASE64_STANDARD.encode(gzip(large.as_bytes()));
    let bomb = gzip(&vec![b' '; 200 << 20]);
    let bodies = [
        large.clone().into_bytes(),
        gzip(large.as_bytes()),
        base64.clone().into(),
        format!("data={base64}").into(),
        bomb,
    ];
    for body in bodies {
        assert_eq!(error(body), DecodeError::TooLarge);
    }
    let fits = format!("{}[]", " ".repeat(LIMIT - 2));
    assert!(request(gzip(fits.as_bytes())).events.is_empty());
}

#[test]
fn what_cannot_be_decoded_says_why() {
    let zipped = gzip(EVENT.as_bytes());
    for (body, reason) in [
        (&b""[..], "empty"),
        (b" \r\n", "empty"),
        (b"data=", "empty"),
        (b"{", "not_json"),
        (b"[{\"event\":\"a\"}", "not_json"),
        (b"hello world!", "unknown_form"),
        (b"ip=1&compression=base64", "unknown_form"),
        (b"42", "unknown_form"),
        (&zipped[..zipped.len() / 2], "not_gzip"),
        (b"\x1f\x8b", "not_gzip"),
        (b"\xff\xfe\x00", "unknown_form"),
    ] {
        assert_eq!(error(body).reason(), reason, "{body:?}");
    }
    let mut layers = EVENT.as_bytes().to_vec();
    for _ in 0..10 {
        layers = gzip(&layers);
    }
    assert_eq!(error(layers).reason(), "unknown_form");
}

#[test]
fn what_only_looks_broken_is_read() {
    let deep = format!(r#"{{"event":"a","properties":{{"x":{}1{}}}}}"#, "[".repeat(400), "]".repeat(400));
    assert_eq!(one(deep).event, "a");
    assert_eq!(one(b"{\"event\":\"a\xff\"}").event, "a\u{fffd}");
    assert_eq!(one(r#"{"event":"a\ud83d","properties":{"n":NaN}}"#).event, "a\u{fffd}");
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(error(format!(r#"{{"event":"a","x":{deep}}}"#)).reason(), "not_json");
    assert_eq!(request(format!("[{deep},{EVENT}]")).events, [Err(Unreadable::NotAnObject), Ok(one(EVENT))]);
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_refused(body in prop::collection::vec(any::<u8>(), 0..300), query in ".{0,40}") {
        let _ = decode(&body, &query, RECEIVED, LIMIT);
        let _ = decode(&[b"data=", &body[..]].concat(), &query, RECEIVED, LIMIT);
        let _ = decode(&[&GZIP, &body[..]].concat(), &query, RECEIVED, LIMIT);
        let _ = decode(BASE64_STANDARD.encode(&body).as_bytes(), &query, RECEIVED, LIMIT);
    }

    #[test]
    fn any_json_near_an_event_is_read(fields in prop::collection::vec((field_name(), field_value()), 0..12)) {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let fields = fields.join(",");
        let body = format!("{{\"event\":\"a\",\"x\":1,{fields}{}\"properties\":{{{fields}}}}}", if fields.is_empty() { "" } else { "," });
        let request = decode(body.as_bytes(), "", RECEIVED, LIMIT).unwrap();
        prop_assert_eq!(request.events.len(), 1);
    }
}

fn field_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "uuid",
        "timestamp",
        "offset",
        "sent_at",
        "distinct_id",
        "email",
        "$set",
        "$set_once",
        "$elements",
        "$elements_chain",
        "elements_chain",
        "$current_url",
        "current_url",
        "$session_id",
        "$event_type",
        "person",
        "element_id",
        "button_or_link_text",
        "alias",
        "token",
        "api_key",
    ])
}

fn field_value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "null",
        "true",
        "7",
        "-1e400",
        "NaN",
        "\"\"",
        "\"text\"",
        "\"2026-11-24\"",
        "[]",
        "[{}]",
        "[[1]]",
        "{}",
        "{\"email\":\"a@x.example\"}",
        "{\"properties\":{\"email\":7}}",
        "\"https://x.example/1\"",
        "\"a:b=\\\"c\\\"\"",
    ])
}
