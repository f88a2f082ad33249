//! The JSON reader and writer against any value, any text, and another implementation.

use autoplay_protocol::json::{Object, Value};
use proptest::prelude::*;

/// Any value that JSON can tell in full, its floats being some of `floats`.
fn any_value(floats: impl Strategy<Value = f64> + 'static) -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        floats.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\"\\\\\n\t\u{0}a😀/]{0,20}".prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 60, 20, |value| {
        prop_oneof![
            prop::collection::vec(value.clone(), 0..20).prop_map(Value::from),
            prop::collection::vec((".{0,8}", value), 0..20)
                .prop_map(|members| Value::from(members.into_iter().collect::<Object>())),
        ]
    })
}

fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![prop::num::f64::NORMAL, prop::num::f64::SUBNORMAL, short_float()]
}

/// Floats that the other implementation reads exactly, too.
fn short_float() -> impl Strategy<Value = f64> {
    (-1_000_000..1_000_000).prop_map(|thousandths| f64::from(thousandths) / 1000.0)
}

/// Texts that are nearly JSON.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\""),
        Just("\\"),
        Just("\\u"),
        Just("\\ud83d"),
        Just("\\ude00"),
        Just("\"a\":"),
        Just("\"a\""),
        Just("0"),
        Just("1"),
        Just("-"),
        Just("."),
        Just("e"),
        Just("12345678901234567890"),
        Just("null"),
        Just("true"),
        Just(" "),
        Just("\n"),
        Just("é"),
    ];
    prop::collection::vec(scrap, 0..12).prop_map(|scraps| scraps.concat())
}

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(value in any_value(any_float())) {
        prop_assert_eq!(Value::parse(&value.to_json()), Ok(value));
    }

    #[test]
    fn what_is_written_is_valid_and_means_the_same_to_others(value in any_value(short_float())) {
        let theirs: serde_json::Value = serde_json::from_str(&value.to_json())?;
        let ours = Value::parse(&theirs.to_string());
        prop_assert_eq!(ours, Ok(value));
    }

    #[test]
    fn what_others_accept_is_accepted(text in scraps()) {
        if let Ok(theirs) = serde_json::from_str::<serde_json::Value>(&text) {
            let ours = Value::parse(&text);
            prop_assert!(ours.is_ok(), "{:?} for {:?}", ours, theirs);
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in prop_oneof![any::<String>(), scraps()]) {
        if let Err(error) = Value::parse(&text) {
            prop_assert!(error.offset() <= text.len());
        }
    }

    #[test]
    fn no_bytes_break_the_reader(bytes: Vec<u8>) {
        let _either = Value::parse_bytes(&bytes);
    }
}
