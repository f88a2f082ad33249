//! What is read is written and reads back the same, and the quick look at a payload agrees with the whole of it.
#![no_main]

use autoplay_protocol::json::Value;
use autoplay_protocol::payload::{Glance, Head, Kind, Malformed, Payload};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for name in ["message", "actions", "summary", "gap"] {
        check(&text, name);
    }
});

fn check(text: &str, name: &str) {
    let read = Payload::read(text, name);
    let head = Head::read(text, name);
    for glance in [Glance::at_type(text, name), Glance::at_owner(text, name)] {
        assert!(glance.is_ok() || glance.map(drop) == head.clone().map(drop), "a glance refuses nothing else");
    }
    assert_eq!(head.is_ok(), read.is_ok(), "the quick look takes what the whole takes");
    match read {
        Ok((payload, corrections)) => {
            let head = head.expect("it was taken");
            assert_eq!(head.corrections, corrections);
            check_payload(&payload, &head);
            assert!(Value::parse(text).is_ok_and(|value| value.as_object().is_some()));
        }
        Err(malformed) => {
            assert_eq!(head.expect_err("it was refused"), malformed);
            assert!(malformed.offset() <= text.len());
            let is_object = Value::parse(text).is_ok_and(|value| value.as_object().is_some());
            assert_eq!(is_object, matches!(malformed, Malformed::ActionsNoList { .. }));
        }
    }
}

fn check_payload(payload: &Payload, head: &Head<'_>) {
    if let Payload::Actions(batch) = payload {
        assert_eq!((head.kind, &*head.product_id), (Kind::Actions, batch.product_id.as_str()));
        assert_eq!(head.session_id.as_deref(), batch.session_id.as_deref());
        assert_eq!(head.user_id.as_deref(), batch.user_id.as_deref());
        assert_eq!(usize::try_from(batch.count), Ok(batch.actions.len()));
        assert!(batch.to_text().lines().count() > batch.actions.len());
    }
    // What JSON has no word for, as NaN, is written as null: only from then on it stays the same.
    let Some(once) = written_and_read(payload) else { return };
    assert_eq!(written_and_read(&once), Some(once));
}

fn written_and_read(payload: &Payload) -> Option<Payload> {
    let json = match payload {
        Payload::Actions(batch) => batch.to_json(),
        Payload::Summary(summary) => summary.to_json(),
        Payload::Gap(gap) => gap.to_json(),
        Payload::Other { .. } => return None,
    };
    let (again, corrections) = Payload::read(&json, "message").expect("what was written can be read");
    assert!(corrections.is_empty(), "{corrections}");
    Some(again)
}
