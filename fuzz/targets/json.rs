//! Strict JSON is read as others read it; what is read is written as strict JSON, and reads back the same.
#![no_main]

use autoplay_protocol::json::Value;
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Strict;

fuzz_target!(|data: &[u8]| {
    let theirs = serde_json::from_slice::<Strict>(data);
    let Ok(value) = Value::parse_bytes(data) else {
        assert!(theirs.is_err(), "strict JSON is refused");
        return;
    };
    let json = value.to_json();
    assert_eq!(Value::parse(&json).map(|again| again.to_json()).as_ref(), Ok(&json));
    if let Ok(theirs) = theirs {
        let written: Strict = serde_json::from_str(&json).expect("what is written is strict JSON");
        assert!(same(&written, &theirs), "{written} was {theirs}");
    }
});

/// Equal, but that `-0` without a fraction is the integer 0 to us, as it is to Python.
fn same(ours: &Strict, theirs: &Strict) -> bool {
    match (ours, theirs) {
        (Strict::Number(_), Strict::Number(_)) => ours == theirs || ours.as_f64() == theirs.as_f64(),
        (Strict::Array(ours), Strict::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Strict::Object(ours), Strict::Object(theirs)) => {
            let known = |(name, ours)| theirs.get(name).is_some_and(|theirs| same(ours, theirs));
            ours.len() == theirs.len() && ours.iter().all(known)
        }
        _ => ours == theirs,
    }
}
