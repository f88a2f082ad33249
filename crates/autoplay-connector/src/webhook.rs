//! What PostHog's webhook destination sends: a flat object of strings, an envelope `{"batch": […]}`, a bare list, or one
//! nested event.

use crate::bounds;
use crate::browser_event::{BrowserEvent, Unreadable, read};
use crate::posthog::{DecodeError, arrival, events};

/// Decodes the body of a webhook that arrived at `received_ms` (Unix milliseconds). An event that cannot be read costs
/// none of the others.
pub fn decode(body: &[u8], received_ms: i64) -> Result<Vec<Result<BrowserEvent, Unreadable>>, DecodeError> {
    let body = body.trim_ascii();
    if body.is_empty() {
        return Err(DecodeError::Empty);
    }
    let value = bounds::parse(body)?;
    let arrival = arrival(&value, "", received_ms);
    Ok(events(&value)?.iter().map(|event| read(event, arrival)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::elements::{Element, from_chain};

    const RECEIVED: i64 = 1_795_516_030_000;

    fn one(body: &str) -> BrowserEvent {
        let mut events = decode(body.as_bytes(), RECEIVED).unwrap();
        assert_eq!(events.len(), 1, "{body}");
        events.remove(0).unwrap()
    }

    fn flat(name: &str, value: &str) -> BrowserEvent {
        one(&format!(
            r#"{{"event":"$autocapture","event_type":"click","timestamp":"2026-11-24T10:27:09.258Z","session_id":"s",
                "distinct_id":"d","email":"","current_url":"","referrer":"","{name}":{value}}}"#
        ))
    }

    #[test]
    fn all_forms_of_body_give_the_same_event() {
        let top = r#""event":"$autocapture","timestamp":"2026-11-24T10:27:09.258Z","distinct_id":"d""#;
        let inner = r#""$event_type":"Click","$session_id":"s","$window_id":"w","$current_url":"https://x.example/a","email":"e@x.example","$elements_chain":"button:text=\"Pay\"""#;
        let nested = format!(r#"{{{top},"properties":{{{inner}}}}}"#);
        let lifted = inner.replace('$', "").replacen("Click", "click", 1);
        let flat = format!(r#"{{{top},{lifted},"element_id":"no"}}"#);
        let expected = BrowserEvent {
            event: "$autocapture".to_owned(),
            event_type: "click".to_owned(),
            timestamp_ms: 1_795_516_029_258,
            received_ms: RECEIVED,
            session_id: Some("s".to_owned()),
            window_id: Some("w".to_owned()),
            distinct_id: "d".to_owned(),
            email: Some("e@x.example".to_owned()),
            current_url: "https://x.example/a".to_owned(),
            elements: from_chain(r#"button:text="Pay""#),
            content: one(&flat).content,
            ..BrowserEvent::default()
        };
        for body in [
            flat,
            nested.clone(),
            format!("[{nested}]"),
            format!(r#"{{"batch":[{nested}]}}"#),
            format!(r#"{{"event":{nested},"person":{{"properties":{{"email":"other@x.example"}}}}}}"#),
        ] {
            assert_eq!(one(&body), expected, "{body}");
        }
    }

    #[test]
    fn what_stands_at_the_top_wins_if_it_says_something() {
        let body = |top: &str| {
            format!(r#"{{"event":"a","session_id":{top},"properties":{{"$session_id":"inner"}}}}"#)
        };
        assert_eq!(one(&body("\"top\"")).session_id.as_deref(), Some("top"));
        for nothing in ["\"\"", "\"  \"", "null", "{}", "[]"] {
            assert_eq!(one(&body(nothing)).session_id.as_deref(), Some("inner"), "{nothing}");
        }
        // Without a `$` it is the site's own property, and none of ours.
        let own =
            one(r#"{"event":"a","properties":{"session_id":"own","event_type":"own","current_url":"own"}}"#);
        assert_eq!((own.session_id, own.event_type, own.current_url), (None, String::new(), String::new()));
    }

    #[test]
    fn numbers_are_taken_where_texts_belong() {
        let event = one(
            r#"{"event":"a","distinct_id":7,"session_id":42,"timestamp":1795516029.258,"uuid":12345678901234567890123}"#,
        );
        assert_eq!((event.distinct_id.as_str(), event.session_id.as_deref()), ("7", Some("42")));
        assert_eq!(event.timestamp_ms, 1_795_516_029_258);
        assert_eq!(event.uuid.as_deref(), Some("12345678901234567890123"));
    }

    #[test]
    fn the_fields_that_were_cut_out_serve_only_without_a_chain() {
        let tag = |tag: &str, text: &str, id: &str, name: &str| {
            let [tag, text, id, name] = [tag, text, id, name].map(str::to_owned);
            vec![Element { tag, text, id, name, ..Element::default() }]
        };
        let cut =
            |chain: &str, fields: &str| flat("elements_chain", &format!("\"{chain}\",{fields}")).elements;
        for (fields, expected) in [
            (
                r#""link_destination":"/x","button_or_link_text":"Rates","element_id":"app""#,
                tag("a", "Rates", "app", ""),
            ),
            (
                r#""button_or_link_text":" Apply\n coupon ","input_field_name":"n""#,
                tag("button", "Apply coupon", "", "n"),
            ),
            (r#""button_or_link_text":"Müller & Söhne \\""#, tag("button", "Müller & Söhne", "", "")),
            (r#""button_text":"Pay""#, tag("button", "Pay", "", "")),
            (r#""button_or_link_text":"","properties":{"$el_text":"Pay"}"#, tag("button", "Pay", "", "")),
            (r#""properties":{"$button_text":"Pay"}"#, tag("button", "Pay", "", "")),
            (r#""input_field_name":"postcode","element_id":"i""#, tag("input", "", "i", "postcode")),
            (r#""element_id":"menu-toggle""#, tag("", "", "menu-toggle", "")),
            (r#""element_id":"","input_field_name":null"#, vec![]),
        ] {
            assert_eq!(cut("", fields), expected, "{fields}");
            assert_eq!(cut("p:", fields), from_chain("p:"), "{fields}");
        }
    }

    #[test]
    fn what_teaches_is_found_wherever_it_stands() {
        let identify = one(
            r#"{"event":"$identify","distinct_id":"u","properties":{"$anon_distinct_id":"anon","$set":{"email":" u@x.example "}}}"#,
        );
        assert_eq!(
            (identify.alias.as_deref(), identify.set_email.as_deref()),
            (Some("anon"), Some("u@x.example"))
        );
        let set = one(
            r#"{"event":"$set","distinct_id":"u","$set":{"email":"u@x.example"},"$set_once":{"email":"o@x.example"}}"#,
        );
        assert_eq!(
            (set.set_email.as_deref(), set.set_email_once.as_deref()),
            (Some("u@x.example"), Some("o@x.example"))
        );
        let alias = one(r#"{"event":"$create_alias","properties":{"distinct_id":"u","alias":"anon"}}"#);
        assert_eq!((alias.alias.as_deref(), alias.distinct_id.as_str()), (Some("anon"), "u"));
        let same = one(r#"{"event":"$identify","distinct_id":"u","anon_distinct_id":"u"}"#);
        assert_eq!(same.alias, None);
        let person = one(r#"{"event":{"event":"a"},"person":{"properties":{"email":"p@x.example"}}}"#);
        assert_eq!(person.email.as_deref(), Some("p@x.example"));
        for nobody in ["\"\"", "\" \"", "7", "null", "{}", "\"a b@x.example\"", "\"a@x.example\\r\\nx: y\""] {
            assert_eq!(flat("email", nobody).email, None, "{nobody}");
        }
        assert_eq!(flat("email", &format!("\"{}@x.example\"", "x".repeat(320))).email, None);
    }

    #[test]
    fn what_cannot_be_decoded_says_why() {
        for (body, reason) in [
            (&b""[..], "empty"),
            (b" \n", "empty"),
            (b"42", "no_events"),
            (b"null", "no_events"),
            (b"\"event\"", "no_events"),
            (b"{", "not_json"),
            (b"nonsense", "not_json"),
        ] {
            assert_eq!(decode(body, RECEIVED).unwrap_err().reason(), reason, "{body:?}");
        }
        assert_eq!(decode(b"{}", RECEIVED).unwrap(), [Err(Unreadable::NoName)]);
        assert_eq!(decode(b"[]", RECEIVED).unwrap(), []);
        assert_eq!(decode(b"[7]", RECEIVED).unwrap(), [Err(Unreadable::NotAnObject)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&body, RECEIVED);
        }
    }
}
