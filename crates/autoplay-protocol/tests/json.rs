//! What the JSON reader accepts, what it refuses and where, and what it costs.

use autoplay_protocol::json::{JsonErrorKind, MAX_DEPTH, Number, Object, Value};
use std::time::{Duration, Instant};

fn parse(text: &str) -> Value {
    Value::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What is written for a text shows what was read.
fn rewritten(text: &str) -> String {
    parse(text).to_json()
}

fn error(text: &str) -> (JsonErrorKind, usize) {
    let error = Value::parse(text).expect_err(text);
    (error.kind(), error.offset())
}

#[test]
fn valid_json_comes_out_as_it_went_in() {
    let texts = [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "0.5",
        "-0.0",
        "1e+300",
        r#""""#,
        r#""text""#,
        r#""a\"b\\c\n\u0001d""#,
        r#""Zoë 😀""#,
        "[]",
        "[[],[[]],{}]",
        "{}",
        r#"{"":"","a":{"b":[1,2.5,"x",null,true]},"c":{}}"#,
    ];
    for text in texts {
        assert_eq!(rewritten(text), text);
    }
}

#[test]
fn white_space_is_the_four_characters_of_the_standard() {
    let text = " \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n} \t\r\n";
    assert_eq!(rewritten(text), r#"{"a":[1,2]}"#);
    for other in ['\u{b}', '\u{c}', '\u{a0}', '\u{2028}', '\u{feff}', '\0'] {
        assert_eq!(error(&format!("{other}1")), (JsonErrorKind::UnexpectedCharacter, 0), "{other:?}");
        assert_eq!(error(&format!("1{other}")), (JsonErrorKind::TrailingText, 1), "{other:?}");
    }
}

#[test]
fn all_escapes_are_read() {
    assert_eq!(parse(r#""\"\\\/\b\f\n\r\t""#).as_str(), Some("\"\\/\u{8}\u{c}\n\r\t"));
    assert_eq!(parse(r#""\u0041\u00e9\u20AC\ud83d\uDE00\u0000""#).as_str(), Some("Aé€😀\0"));
    assert_eq!(parse(r#"{"\u0061":1}"#).get("a").and_then(Value::as_i64), Some(1));
}

#[test]
fn half_a_surrogate_pair_is_read_as_a_replacement_character() {
    let cases = [
        (r#""cut \ud83d""#, "cut \u{fffd}"),
        (r#""\ude00""#, "\u{fffd}"),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        (r#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"),
        (r#""\ud83d\n""#, "\u{fffd}\n"),
        (r#""\ud83d\u0041""#, "\u{fffd}A"),
        (r#""\ud83d\ud83d""#, "\u{fffd}\u{fffd}"),
        (r#""\udbff\udfff""#, "\u{10ffff}"),
        (r#""\ud800\udc00""#, "\u{10000}"),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text).as_str(), Some(expected), "{text}");
    }
}

#[test]
fn what_python_sends_beyond_the_standard_is_read() {
    assert_eq!(rewritten("[NaN, Infinity, -Infinity]"), "[null,null,null]");
    assert!(parse("NaN").as_f64().is_some_and(f64::is_nan));
    assert_eq!(parse("-Infinity").as_f64(), Some(f64::NEG_INFINITY));
}

#[test]
fn numbers_beyond_64_bits_are_read_and_keep_every_digit() {
    let digits = "7".repeat(100_000);
    for text in
        ["9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e400", "-1E400", &digits]
    {
        assert_eq!(rewritten(text), *text);
    }
    assert_eq!(parse(&digits).as_f64(), Some(f64::INFINITY));
    assert_eq!(parse("1e400").as_f64(), Some(f64::INFINITY));
    assert_eq!(parse("9223372036854775808").as_number().and_then(Number::as_u64), Some(1 << 63));
}

#[test]
fn floats_are_the_nearest_to_their_text() {
    let texts = [
        "0.1",
        "0.30000000000000004",
        "1767225600.123",
        "1767225667.9730001",
        "999999999999999.9",
        "123456789012345.6",
        "0.000000000000001",
        "9007199254740993.0",
        "4.9e-324",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "1e-400",
        "100000000000000000000000.0",
        "0.00000000000000000000000000001",
    ];
    for text in texts {
        assert_eq!(parse(text).as_f64(), text.parse().ok(), "{text}");
        assert_eq!(parse(&format!("-{text}")).as_f64(), format!("-{text}").parse().ok(), "-{text}");
    }
    assert!(parse("-0.0").as_f64().is_some_and(f64::is_sign_negative));
    assert_eq!((parse("1.0").as_i64(), parse("1").as_i64()), (None, Some(1)));
}

#[test]
fn of_duplicate_keys_the_last_wins() {
    assert_eq!(rewritten(r#"{"a":1,"b":2,"a":3,"\u0061":{"a":4}}"#), r#"{"a":{"a":4},"b":2}"#);
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    use JsonErrorKind::{
        ControlCharacter, InvalidEscape, InvalidLiteral, InvalidNumber, TrailingText, UnexpectedCharacter,
        UnexpectedEnd,
    };
    let cases = [
        ("", UnexpectedEnd, 0),
        ("  ", UnexpectedEnd, 2),
        ("[1", UnexpectedEnd, 2),
        ("[1,", UnexpectedEnd, 3),
        (r#"{"a""#, UnexpectedEnd, 4),
        (r#"{"a":"#, UnexpectedEnd, 5),
        (r#""abc"#, UnexpectedEnd, 4),
        (r#""abc\"#, UnexpectedEnd, 5),
        (r#""abc\u00"#, UnexpectedEnd, 8),
        ("-", UnexpectedEnd, 1),
        ("1.", UnexpectedEnd, 2),
        ("1e+", UnexpectedEnd, 3),
        ("nul", UnexpectedEnd, 0),
        ("[1,]", UnexpectedCharacter, 3),
        ("[,1]", UnexpectedCharacter, 1),
        ("[1 2]", UnexpectedCharacter, 3),
        ("[1}", UnexpectedCharacter, 2),
        (r#"{"a":1,}"#, UnexpectedCharacter, 7),
        (r#"{"a" 1}"#, UnexpectedCharacter, 5),
        (r#"{"a":}"#, UnexpectedCharacter, 5),
        ("{a:1}", UnexpectedCharacter, 1),
        ("{1:1}", UnexpectedCharacter, 1),
        ("{'a':1}", UnexpectedCharacter, 1),
        ("'a'", UnexpectedCharacter, 0),
        ("// no", UnexpectedCharacter, 0),
        ("+1", UnexpectedCharacter, 0),
        (".5", UnexpectedCharacter, 0),
        ("undefined", UnexpectedCharacter, 0),
        ("nulL", InvalidLiteral, 0),
        ("[tru]", InvalidLiteral, 1),
        ("Nan", InvalidLiteral, 0),
        ("-Inf!", InvalidLiteral, 1),
        ("-NaN", InvalidNumber, 1),
        ("01", InvalidNumber, 0),
        ("[-00]", InvalidNumber, 1),
        ("00.5", InvalidNumber, 0),
        ("1.x", InvalidNumber, 2),
        ("[1.]", InvalidNumber, 3),
        ("1.e5", InvalidNumber, 2),
        ("1ex", InvalidNumber, 2),
        ("--1", InvalidNumber, 1),
        (r#""\x41""#, InvalidEscape, 1),
        (r#""a\u12G4""#, InvalidEscape, 2),
        (r#""\u 123""#, InvalidEscape, 1),
        (r#""\ud83d\u12G4""#, InvalidEscape, 7),
        ("\"a\nb\"", ControlCharacter, 2),
        ("\"\\n\t\"", ControlCharacter, 3),
        ("{\"a\u{1f}\":1}", ControlCharacter, 3),
        ("1 2", TrailingText, 2),
        ("{}{}", TrailingText, 2),
        ("null,", TrailingText, 4),
        ("0x10", TrailingText, 1),
    ];
    for (text, kind, offset) in cases {
        assert_eq!(error(text), (kind, offset), "{text}");
    }
}

#[test]
fn an_error_never_shows_the_text() {
    let error = Value::parse(r#"{"email": "ada@example.test" oops}"#).expect_err("broken");
    assert!(!format!("{error} {error:?}").contains("ada"));
    assert_eq!(error.to_string(), "the JSON has a character that does not belong there (at byte 29)");
}

#[test]
fn bytes_that_are_no_utf8_are_replaced() {
    let value = Value::parse_bytes(b"[\"a\xffb\", \"\xf0\x9f\x98\"]").expect("replaced");
    assert_eq!(value.to_json(), "[\"a\u{fffd}b\",\"\u{fffd}\"]");
    assert_eq!(Value::parse_bytes(b"\xef\xbb\xbf[1]").expect("after the mark").to_json(), "[1]");
    assert_eq!(Value::parse_bytes(b"\xef\xbb\xbf[x").expect_err("broken").offset(), 4);
}

/// Runs `test` where the stack is a small part of what a thread has by default.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(test).expect("a thread");
    thread.join().expect("the test passes");
}

#[test]
fn nesting_is_read_up_to_its_limit_and_refused_beyond_on_any_stack() {
    on_a_small_stack(|| {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"[{"a":"#, "}]")] {
            let levels = open.matches(['[', '{']).count();
            let nested = |depth: usize| {
                let repeats = depth / levels;
                format!("{}1{}", open.repeat(repeats), close.repeat(repeats))
            };
            let value = parse(&nested(MAX_DEPTH));
            assert_eq!(value.to_json(), nested(MAX_DEPTH));
            assert_eq!(error(&nested(MAX_DEPTH + levels)).0, JsonErrorKind::TooDeep);
            assert_eq!(error(&nested(10_000)).0, JsonErrorKind::TooDeep);
            assert_eq!(error(&open.repeat(1_000_000)).0, JsonErrorKind::TooDeep);
        }
        assert_eq!(error(&"[".repeat(MAX_DEPTH + 1)), (JsonErrorKind::TooDeep, MAX_DEPTH));
        assert_eq!(error(&"[".repeat(MAX_DEPTH)), (JsonErrorKind::UnexpectedEnd, MAX_DEPTH));
    });
}

#[test]
fn depth_is_what_is_open_at_once() {
    let wide = format!("[{}[]]", "[[]],{\"a\":{}},".repeat(10_000));
    assert_eq!(rewritten(&wide), wide);
}

#[test]
fn hostile_texts_cost_time_in_proportion_to_their_length() {
    let numbered = |numbers: std::ops::Range<usize>| -> String {
        numbers.map(|number| format!("\"{number:08}\":0,")).collect::<Vec<_>>().concat()
    };
    let texts: [&dyn Fn(usize) -> String; 10] = [
        &|size| format!("{{{}\"end\":0}}", numbered(0..size / 10)),
        &|size| format!("{{{}{}\"end\":0}}", numbered(0..size / 20), numbered(0..size / 20)),
        &|size| format!("{{{}\"end\":0}}", "\"same\":0,".repeat(size / 8)),
        &|size| format!("\"{}\"", r"\n".repeat(size)),
        &|size| format!("\"{}\"", r"\ud83d".repeat(size / 4)),
        &|size| format!("[{}1]", "1,".repeat(size / 2)),
        &|size| format!("-{}", "9".repeat(size)),
        &|size| format!("0.{}", "9".repeat(size)),
        &|size| format!("1e{}", "9".repeat(size)),
        &|size| " ".repeat(size * 2) + "1",
    ];
    for text in texts {
        const SIZE: usize = 10_000;
        let (short, long) = (text(SIZE), text(16 * SIZE));
        // 16 times as much takes 16 times as long, or 256 times if each piece is compared with all the others. A machine
        // that is busy at the wrong moment spoils one measurement, but hardly every one of them.
        let in_proportion = (0..5).any(|_| {
            let (short, long) = (time_to_read(&short), time_to_read(&long));
            long < 64 * short
        });
        assert!(in_proportion, "{} …", &short[..20]);
    }
}

fn time_to_read(text: &str) -> Duration {
    let start = Instant::now();
    let value = parse(text);
    let _number = value.as_f64();
    let names = value.as_object().into_iter().flat_map(Object::iter).map(|(name, _)| name);
    assert!(names.into_iter().all(|name| value.get(name).is_some()));
    start.elapsed()
}
