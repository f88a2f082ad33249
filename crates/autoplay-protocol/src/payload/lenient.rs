//! How a field is read whose value may be of another type than it should.

use std::borrow::Cow;

use crate::json::{JsonError, Literal, Reader, Shape};

/// A text field: a text, or a number by its text; `None` for everything else.
pub(super) fn text(reader: &mut Reader<'_>) -> Result<Option<String>, JsonError> {
    Ok(borrowed_text(reader)?.map(Cow::into_owned))
}

/// A text field that says who: as [`text`], but an empty text says no more than none.
pub(super) fn identity(reader: &mut Reader<'_>) -> Result<Option<String>, JsonError> {
    Ok(borrowed_identity(reader)?.map(Cow::into_owned))
}

/// [`text`], not copied unless it has to be.
pub(super) fn borrowed_text<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, JsonError> {
    match reader.peek()? {
        Shape::String => Ok(Some(reader.string()?)),
        Shape::Number => Ok(Some(Cow::Owned(reader.number()?.to_text()))),
        _ => reader.skip().map(|()| None),
    }
}

/// [`text`], after what is in `out`: nothing where it is none.
pub(super) fn text_into(reader: &mut Reader<'_>, out: &mut String) -> Result<(), JsonError> {
    match reader.peek()? {
        Shape::String => reader.string_into(out),
        Shape::Number => reader.number().map(|number| out.push_str(&number.to_text())),
        _ => reader.skip(),
    }
}

/// [`identity`], not copied unless it has to be.
pub(super) fn borrowed_identity<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, JsonError> {
    Ok(borrowed_text(reader)?.filter(|text| !text.is_empty()))
}

/// An integer field; 0 for what is no finite number.
pub(super) fn integer(reader: &mut Reader<'_>) -> Result<i64, JsonError> {
    number(reader, whole)
}

/// A float field; 0 for what is no number.
pub(super) fn float(reader: &mut Reader<'_>) -> Result<f64, JsonError> {
    number(reader, real)
}

/// Takes a number, a bool as 0 or 1, or a text that is a number.
fn number<T: Default>(reader: &mut Reader<'_>, convert: fn(Literal<'_>) -> T) -> Result<T, JsonError> {
    let number = match reader.peek()? {
        Shape::Number => convert(reader.number()?),
        Shape::Bool => convert(Literal::Integer(reader.bool()?.into())),
        Shape::String => numeric(&reader.string()?).map(convert).unwrap_or_default(),
        _ => reader.skip().map(|()| T::default())?,
    };
    Ok(number)
}

fn whole(number: Literal<'_>) -> i64 {
    number.to_i64().unwrap_or_default()
}

fn real(number: Literal<'_>) -> f64 {
    number.to_f64()
}

/// The number that a text is: decimal, with or without sign, fraction and exponent, and with white space around
/// it. Words such as `inf` and `nan`, which are numbers to some languages, are none here.
fn numeric(text: &str) -> Option<Literal<'_>> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|first: char| first == '.' || first.is_ascii_digit()) {
        return None;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Literal::of_integer(text));
    }
    text.parse().ok().map(Literal::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fields_take_texts_and_numbers() {
        let cases = [
            (r#""a\u00e9""#, Some("aé")),
            (r#""""#, Some("")),
            ("42", Some("42")),
            ("-0", Some("0")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("1.50", Some("1.5")),
            ("2.0", Some("2.0")),
            ("1E22", Some("1e+22")),
            ("NaN", Some("nan")),
            ("-Infinity", Some("-inf")),
            ("null", None),
            ("true", None),
            ("[1]", None),
            (r#"{"a": "b"}"#, None),
        ];
        for (json, expected) in cases {
            assert_eq!(text(&mut Reader::new(json)).unwrap().as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn integer_fields_take_what_can_be_made_an_integer() {
        let cases = [
            ("7", 7),
            ("-7", -7),
            ("7.9", 7),
            ("-7.9", -7),
            ("1e3", 1000),
            ("true", 1),
            ("false", 0),
            (r#""12""#, 12),
            (r#"" +12\n""#, 12),
            (r#""-3.7""#, -3),
            (r#""007""#, 7),
            ("9223372036854775807", i64::MAX),
            ("9223372036854775808", i64::MAX),
            ("-9223372036854775809", i64::MIN),
            (r#""99999999999999999999""#, i64::MAX),
            (r#""-99999999999999999999""#, i64::MIN),
            ("1e300", i64::MAX),
            ("-1e300", i64::MIN),
            ("1e400", 0),
            ("NaN", 0),
            ("Infinity", 0),
            (r#""""#, 0),
            (r#""12 apples""#, 0),
            (r#""1_000""#, 0),
            (r#""inf""#, 0),
            (r#""-""#, 0),
            (r#"".""#, 0),
            ("null", 0),
            ("[3]", 0),
            (r#"{"value": 3}"#, 0),
        ];
        for (json, expected) in cases {
            assert_eq!(integer(&mut Reader::new(json)), Ok(expected), "{json}");
        }
    }

    #[test]
    fn float_fields_take_what_can_be_made_a_float() {
        let cases = [
            ("1.5", 1.5),
            ("3", 3.0),
            ("true", 1.0),
            (r#""1767225600.25""#, 1_767_225_600.25),
            (r#""1e3""#, 1000.0),
            (r#"".5""#, 0.5),
            (r#""5.""#, 5.0),
            ("100000000000000000000", 1e20),
            (r#""100000000000000000000""#, 1e20),
            ("1e400", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            (r#""nan""#, 0.0),
            (r#""0x10""#, 0.0),
            ("null", 0.0),
            ("[]", 0.0),
        ];
        for (json, expected) in cases {
            let float = float(&mut Reader::new(json)).unwrap();
            assert!(float.total_cmp(&expected).is_eq(), "{json}: {float}");
        }
        assert!(float(&mut Reader::new("NaN")).unwrap().is_nan());
    }
}
