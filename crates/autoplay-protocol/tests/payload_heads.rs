//! A head takes and refuses what the payload does, and says the same of it.

use autoplay_protocol::payload::{Corrections, Head, Kind, Malformed, Payload};
use proptest::prelude::*;

/// What both say of an event: its type, product, session and user as far as its payload has them.
type Said = (Kind, String, Option<String>, Option<String>, Corrections);

fn said_by_payload(data: &str, name: &str) -> Result<Said, Malformed> {
    let (payload, corrections) = Payload::read(data, name)?;
    Ok(match payload {
        Payload::Actions(batch) => {
            (Kind::Actions, batch.product_id, batch.session_id, batch.user_id, corrections)
        }
        Payload::Summary(summary) => {
            (Kind::Summary, summary.product_id, summary.session_id, None, corrections)
        }
        Payload::Gap(_) => (Kind::Gap, String::new(), None, None, corrections),
        Payload::Other { .. } => (Kind::Other, String::new(), None, None, corrections),
    })
}

fn said_by_head(data: &str, name: &str) -> Result<Said, Malformed> {
    let head = Head::read(data, name)?;
    let owned = |text: Option<std::borrow::Cow<'_, str>>| text.map(std::borrow::Cow::into_owned);
    let (product, session, user) =
        (head.product_id.into_owned(), owned(head.session_id), owned(head.user_id));
    Ok(match head.kind {
        Kind::Actions => (head.kind, product, session, user, head.corrections),
        Kind::Summary => (head.kind, product, session, None, head.corrections),
        Kind::Gap | Kind::Other => (head.kind, String::new(), None, None, head.corrections),
    })
}

#[track_caller]
fn agree(data: &str) {
    for name in ["message", "actions", "summary", "gap", "usertour_trigger"] {
        assert_eq!(said_by_head(data, name), said_by_payload(data, name), "{data} as {name}");
    }
}

#[test]
fn they_agree_on_odd_events() {
    for data in [
        "",
        "null",
        "[]",
        "17 ",
        "{}",
        "{} {}",
        " {\"type\": \"actions\"}\n",
        r#"{"type":"summary","actions":7}"#,
        r#"{"type":"actions","actions":7}"#,
        r#"{"type":"actions","actions":7,"actions":[{},[],3,{"type":[[{}]]}],"count":"2"}"#,
        r#"{"type":"actions","actions":[{}],"actions":null,"count":true}"#,
        r#"{"type":7,"actions":7}"#,
        r#"{"type":"actions","type":"summary","session_id":12345678901234567890}"#,
        r#"{"session_id":"","user_id":1.50,"product_id":NaN,"type":"\u0061ctions"}"#,
        r#"{"session_id":"\ud83d","session_id":null,"user_id":{"a":[1,{"b":[]}]}}"#,
        r#"{"type":"gap","reason":3,"user_id":"u"}"#,
        r#"{"type":"actions","actions":[{"timestamp_start":01}]}"#,
        r#"{"type":"actions","actions":[{"title":"\x"}]}"#,
        "{\"type\":\"actions\",\"actions\":[{\"title\":\"\n\"}]}",
        r#"{"type":"actions","actions":[{}"#,
        r#"{"type":"actions","actions":[{]}"#,
        r#"{"a":[[{}],{"b":[}]}"#,
        r#"{"a":[[{}],{"b":[]}]]"#,
    ] {
        agree(data);
    }
}

#[test]
fn they_agree_on_how_deep_is_too_deep() {
    for depth in [498, 499, 500] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let inner = [&open.repeat(depth), "1", &close.repeat(depth)].concat();
            agree(&format!("{{\"actions\":[{{\"x\":{inner}}}]}}"));
            agree(&format!("{{\"x\":{inner}}}"));
            agree(&format!("{{\"user_id\":{inner},\"type\":[{inner}]}}"));
        }
    }
}

/// Pieces of payloads in any order: most are no JSON, but nearly.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"type\":",
        "\"actions\"",
        "\"actions\":[",
        "\"summary\"",
        "\"session_id\":",
        "\"user_id\":\"u\"",
        "\"count\":",
        "1",
        "-1.5e3",
        "NaN",
        "null",
        "true",
        " ",
        "\\u00e9",
        "é",
        "\\",
        "{\"index\":0}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn they_agree_on_nearly_json(text in pieces()) {
        agree(&text);
        agree(&format!("{{\"type\":\"actions\",\"session_id\":\"s\",{text}}}"));
        agree(&format!("{{\"type\":\"actions\",\"actions\":[{{\"x\":{text}}}]}}"));
    }

    #[test]
    fn they_agree_on_a_batch_with_one_byte_changed(at in 0..190_usize, byte in 0x20..0x7f_u8) {
        let mut bytes = br#"{"type":"actions","product_id":"shop","session_id":"s","user_id":7,"count":2,"forwarded_at":1.5,"actions":[{"index":0,"type":"click","extra":{"a":[1,true,null,"x"]}},{"title":"\u00e9\n","raw_url":""}]}"#.to_vec();
        bytes[at] = byte;
        agree(&String::from_utf8(bytes).expect("ASCII"));
    }
}
