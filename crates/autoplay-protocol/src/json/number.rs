use super::write::write_float;
use std::fmt;

/// A JSON number: an integer, a float, or, where 64 bits hold neither, its text.
///
/// `1` and `1.0` are different numbers, as they are in the text; `NaN` equals nothing.
#[derive(Clone, PartialEq)]
pub struct Number(Repr);

#[derive(Clone, PartialEq)]
enum Repr {
    Integer(i64),
    Float(f64),
    Long(Box<str>),
}

impl Number {
    /// The number as an integer, if it is written as one (`3.0` is not) and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Integer(integer) => Some(integer),
            Repr::Float(_) | Repr::Long(_) => None,
        }
    }

    /// The number as an unsigned integer, if it is written as an integer and fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Integer(integer) => u64::try_from(*integer).ok(),
            Repr::Float(_) => None,
            Repr::Long(text) => text.parse().ok(),
        }
    }

    /// The nearest float; infinite for a number that is too large for one.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.literal().to_f64()
    }

    fn literal(&self) -> Literal<'_> {
        match &self.0 {
            Repr::Integer(integer) => Literal::Integer(*integer),
            Repr::Float(float) => Literal::Float(*float),
            Repr::Long(text) => Literal::Long(text),
        }
    }

    pub(super) fn write(&self, out: &mut String) {
        match &self.0 {
            Repr::Integer(integer) => out.push_str(&integer.to_string()),
            Repr::Float(float) if float.is_finite() => write_float(out, *float),
            Repr::Float(_) => out.push_str("null"),
            Repr::Long(text) => out.push_str(text),
        }
    }
}

/// Valid JSON: `null` for what JSON has no number for.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Integer(integer) => write!(f, "{integer}"),
            Repr::Float(float) => write!(f, "{float:?}"),
            Repr::Long(text) => f.write_str(text),
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Repr::Integer(integer))
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        i64::try_from(integer).map_or_else(|_| Self(Repr::Long(integer.to_string().into())), Self::from)
    }
}

impl From<f64> for Number {
    fn from(float: f64) -> Self {
        Self(Repr::Float(float))
    }
}

impl From<Literal<'_>> for Number {
    fn from(literal: Literal<'_>) -> Self {
        match literal {
            Literal::Integer(integer) => Self(Repr::Integer(integer)),
            Literal::Float(float) => Self(Repr::Float(float)),
            Literal::Long(text) => Self(Repr::Long(text.into())),
        }
    }
}

/// A number as it stands in a text, before anybody owns it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Literal<'a> {
    Integer(i64),
    Float(f64),
    /// An integer beyond 64 bits, or a number with a fraction or an exponent that no finite float is near.
    Long(&'a str),
}

impl<'a> Literal<'a> {
    /// Takes `text`, which obeys the grammar of JSON's numbers.
    pub(crate) fn of_integer(text: &'a str) -> Self {
        text.parse().map_or(Self::Long(text), Self::Integer)
    }

    pub(super) fn of_float(text: &'a str) -> Self {
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Self::Float(float),
            _ => Self::Long(text),
        }
    }

    pub(crate) fn to_f64(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
            // Every text in `Long` is one that the standard library reads, infinite where it is too large.
            Self::Long(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// The integer that is left when the fraction is cut off, held within 64 bits; `None` for what is not finite.
    pub(crate) fn to_i64(self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(integer),
            #[expect(clippy::cast_possible_truncation, reason = "`as` cuts and saturates, which is the rule")]
            Self::Float(float) => float.is_finite().then_some(float as i64),
            Self::Long(text) if text.contains(['.', 'e', 'E']) => None,
            Self::Long(text) if text.starts_with('-') => Some(i64::MIN),
            Self::Long(_) => Some(i64::MAX),
        }
    }

    /// The number as Python's `str` shows it.
    pub(crate) fn to_text(self) -> String {
        match self {
            Self::Integer(integer) => integer.to_string(),
            Self::Long(text) if !text.contains(['.', 'e', 'E']) => text.to_owned(),
            Self::Float(_) | Self::Long(_) => {
                let mut text = String::new();
                write_float(&mut text, self.to_f64());
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_beyond_64_bits_keep_their_text() {
        let long = Number::from(Literal::of_integer("123456789012345678901234567890"));
        assert_eq!(long.to_string(), "123456789012345678901234567890");
        assert_eq!((long.as_i64(), long.as_u64()), (None, None));
        assert!((long.as_f64() - 1.234_567_890_123_456_8e29).abs() < 1e14);
    }

    #[test]
    fn the_upper_half_of_u64_is_there() {
        let number = Number::from(u64::MAX);
        assert_eq!(number, Literal::of_integer("18446744073709551615").into());
        assert_eq!((number.as_u64(), number.as_i64()), (Some(u64::MAX), None));
        assert_eq!(Number::from(-1_i64).as_u64(), None);
    }

    #[test]
    fn floats_that_overflow_keep_their_text() {
        let number = Number::from(Literal::of_float("-1e400"));
        assert_eq!(number.to_string(), "-1e400");
        assert!(number.as_f64().is_infinite() && number.as_f64() < 0.0);
    }

    #[test]
    fn integers_come_out_of_any_number_that_is_finite() {
        let cases = [
            (Literal::Integer(7), Some(7)),
            (Literal::Float(2.99), Some(2)),
            (Literal::Float(-2.99), Some(-2)),
            (Literal::Float(1e300), Some(i64::MAX)),
            (Literal::Float(-1e300), Some(i64::MIN)),
            (Literal::Float(f64::NAN), None),
            (Literal::Float(f64::INFINITY), None),
            (Literal::Long("9223372036854775808"), Some(i64::MAX)),
            (Literal::Long("-9223372036854775809"), Some(i64::MIN)),
            (Literal::Long("1e400"), None),
        ];
        for (literal, expected) in cases {
            assert_eq!(literal.to_i64(), expected, "{literal:?}");
        }
    }

    #[test]
    fn numbers_read_as_text_are_what_python_shows() {
        let cases = [
            (Literal::of_integer("-0"), "0"),
            (Literal::of_integer("100000000000000000000"), "100000000000000000000"),
            (Literal::of_float("7.0"), "7.0"),
            (Literal::of_float("1e16"), "1e+16"),
            (Literal::of_float("1e-5"), "1e-05"),
            (Literal::of_float("-0.0"), "-0.0"),
            (Literal::of_float("1e400"), "inf"),
            (Literal::Float(f64::NAN), "nan"),
        ];
        for (literal, expected) in cases {
            assert_eq!(literal.to_text(), expected);
        }
    }
}
