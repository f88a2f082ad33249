//! A head takes and refuses what the payload does, and says the same of it. A glance says the same where nothing is
//! said twice, and refuses nothing that they take.

use autoplay_protocol::payload::{Checked, Corrections, Glance, Head, Kind, Malformed, Payload};
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

/// What is checked now and built later is what is built at once, and has the same text.
#[track_caller]
fn agree_checked(data: &str, name: &str) {
    let checked = Checked::read(data.to_owned(), name);
    let built = Payload::read(data, name);
    let (Ok((checked, corrections)), Ok((payload, found))) = (&checked, &built) else {
        assert_eq!(checked.err(), built.err(), "{data} as {name}");
        return;
    };
    assert_eq!(corrections, found, "{data} as {name}");
    let text = match payload {
        Payload::Actions(batch) => batch.to_text(),
        Payload::Summary(summary) => summary.to_text(),
        Payload::Gap(_) | Payload::Other { .. } => String::new(),
    };
    assert_eq!(checked.to_text(), text, "{data} as {name}");
    if !data.contains("NaN") && checked.kind() != Kind::Other {
        assert_eq!(checked.build(), *payload, "{data} as {name}");
    }
}

#[track_caller]
fn agree(data: &str) {
    for name in ["message", "actions", "summary", "gap", "usertour_trigger"] {
        assert_eq!(said_by_head(data, name), said_by_payload(data, name), "{data} as {name}");
        agree_checked(data, name);
        let head = Head::read(data, name);
        for glance in [Glance::at_type(data, name), Glance::at_owner(data, name)] {
            match (glance, &head) {
                (Err(malformed), head) => assert_eq!(Err(malformed), *head, "{data} as {name}"),
                (Ok(glance), Ok(head)) if says_nothing_twice(data) => {
                    assert_eq!(glance.kind, head.kind, "{data} as {name}");
                }
                (Ok(_), _) => {}
            }
        }
        if let (Ok(glance), Ok(head), true) = (Glance::at_owner(data, name), head, says_nothing_twice(data)) {
            assert_eq!(glance.owner, head.session_id.or(head.user_id), "{data} as {name}");
        }
    }
}

/// Whether a glance has to see what reading sees, as far as that is easily told.
fn says_nothing_twice(data: &str) -> bool {
    let once = |name| data.matches(name).count() <= 1;
    !data.contains('\\') && once("\"type\"") && once("\"session_id\"") && once("\"user_id\"")
}

#[test]
fn a_glance_sees_no_further_than_it_has_to() {
    let cut = r#"{"type":"actions","product_id":"shop","session_id":"s","user_id":"u","actions":[{"#;
    let glance = Glance::at_type(cut, "message").unwrap();
    assert_eq!((glance.kind, glance.owner), (Kind::Actions, None));
    let glance = Glance::at_owner(cut, "message").unwrap();
    assert_eq!((glance.kind, glance.owner.as_deref()), (Kind::Actions, Some("s")));
    let late =
        r#"{"session_id":null,"user_id":7,"actions":[{"type":"click","session_id":"x"}],"type":"summary"}"#;
    let glance = Glance::at_owner(late, "actions").unwrap();
    assert_eq!((glance.kind, glance.owner.as_deref()), (Kind::Summary, Some("7")));
    assert_eq!(Glance::at_type("{}", "gap").unwrap().kind, Kind::Gap);
    for broken in [r#"{"type":"actions""#, r#"{"type":}"#, r#"{"a":[1,],"type":"actions"}"#, "{} x", "7", ""]
    {
        let refused = Payload::read(broken, "message").unwrap_err();
        assert_eq!(Glance::at_type(broken, "message").unwrap_err(), refused, "{broken}");
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
