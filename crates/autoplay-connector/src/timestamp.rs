//! Moments as clients write them, in Unix milliseconds.

use jiff::civil::{DateTime, date};
use jiff::fmt::temporal::Pieces;

/// The years 1 to 9999: what is beyond is no moment that anybody meant.
const SENSIBLE_MS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// From here on a number counts milliseconds, below it seconds (which reach the year 5138).
pub(crate) const MILLISECONDS_FROM: f64 = 1e11;

/// Reads ISO 8601 (with `T` or a blank, any fraction, any offset; UTC without one), or a number of seconds or
/// milliseconds since 1970.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let ms = text.parse().ok().map_or_else(|| iso(text), from_number)?;
    SENSIBLE_MS.contains(&ms).then_some(ms)
}

/// A span in milliseconds, as a number.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|span: &f64| span.is_finite()).map(rounded)
}

/// The nearest moment that [`parse`] could have given: sums of moments may leave the range.
pub(crate) fn sensible(ms: i64) -> i64 {
    ms.clamp(*SENSIBLE_MS.start(), *SENSIBLE_MS.end())
}

fn iso(text: &str) -> Option<i64> {
    let pieces = Pieces::parse(text).ok()?;
    let offset_ms = pieces.to_numeric_offset().map_or(0, |offset| i64::from(offset.seconds()) * 1_000);
    let civil = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or_default());
    let since_epoch = civil.duration_since(date(1970, 1, 1).at(0, 0, 0, 0));
    i64::try_from(since_epoch.as_nanos().div_euclid(1_000_000)).ok().map(|ms| ms - offset_ms)
}

fn from_number(number: f64) -> Option<i64> {
    let ms = if number.abs() >= MILLISECONDS_FROM { number } else { number * 1_000.0 };
    number.is_finite().then_some(rounded(ms))
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn rounded(ms: f64) -> i64 {
    ms.round() as i64
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_what_clients_write() {
        for (text, expected) in [
            ("2026-11-24T10:27:09.082Z", 1_795_516_029_082),
            ("2026-11-24 10:27:09.082+00:00", 1_795_516_029_082),
            ("2026-11-24T12:27:09.082+02:00", 1_795_516_029_082),
            ("2026-11-24T05:57:09.082-0430", 1_795_516_029_082),
            ("2026-11-24T10:27:09.082999", 1_795_516_029_082),
            (" 2026-11-24T10:27:09Z ", 1_795_516_029_000),
            ("2026-11-24T10:27Z", 1_795_516_020_000),
            ("2026-11-24", 1_795_478_400_000),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.9995Z", -1),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("1795516029", 1_795_516_029_000),
            ("1795516029.082", 1_795_516_029_082),
            ("1795516029082", 1_795_516_029_082),
            ("0", 0),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn takes_nothing_else_for_a_moment() {
        for text in [
            "",
            "yesterday",
            "NaN",
            "inf",
            "1e300",
            "2026-13-01T00:00:00Z",
            "2026-11-24T25:00:00Z",
            "10:27:09",
            "{}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
