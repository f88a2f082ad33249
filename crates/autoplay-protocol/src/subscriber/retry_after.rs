//! The header `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long the server asks to be left alone, or `None` if the header can't be read.
///
/// A date is counted from the answer's own `Date`, so that a wrong clock on either side does no harm; where the
/// answer has none, from `wall`. A date in the past is no wait at all.
///
/// ```
/// use autoplay_protocol::subscriber::parse_retry_after;
/// use std::time::{Duration, SystemTime};
///
/// let wall = SystemTime::now();
/// assert_eq!(parse_retry_after("120", None, wall), Some(Duration::from_secs(120)));
///
/// let date = Some("Tue, 24 Nov 2026 12:00:00 GMT");
/// let wait = parse_retry_after("Tue, 24 Nov 2026 12:00:30 GMT", date, wall);
/// assert_eq!(wait, Some(Duration::from_secs(30)));
/// ```
#[must_use]
pub fn parse_retry_after(value: &str, date: Option<&str>, wall: SystemTime) -> Option<Duration> {
    let value = value.trim_matches([' ', '\t']);
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits alone can only fail to fit.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = imf_fixdate(value)?;
    let from = date.and_then(imf_fixdate).or_else(|| wall_seconds(wall))?;
    Some(Duration::from_secs(u64::try_from(until - from).unwrap_or(0)))
}

/// Unix seconds of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send (RFC 9110, section 5.6.7).
fn imf_fixdate(text: &str) -> Option<i64> {
    let (_weekday, text) = text.trim().split_once(", ")?;
    let mut words = text.split(' ');
    let day = digits(words.next()?, 2)?;
    let month = month(words.next()?)?;
    let year = digits(words.next()?, 4)?;
    let mut clock = words.next()?.split(':');
    let hour = digits(clock.next()?, 2)?;
    let minute = digits(clock.next()?, 2)?;
    let second = digits(clock.next()?, 2)?;
    let zone = words.next()?;
    let whole = zone == "GMT" && words.next().is_none() && clock.next().is_none();
    // 60 is a leap second.
    let in_range = (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    (whole && in_range)
        .then(|| days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn month(name: &str) -> Option<i64> {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    (1..).zip(NAMES).find_map(|(number, known)| (known == name).then_some(number))
}

/// The proleptic Gregorian calendar, counted in years that begin in March, so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn wall_seconds(wall: SystemTime) -> Option<i64> {
    let since = wall.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(value: &str) -> Option<u64> {
        // 2026-11-24 12:00:00 UTC.
        let wall = UNIX_EPOCH + Duration::from_hours(498_756);
        parse_retry_after(value, None, wall).map(|wait| wait.as_secs())
    }

    #[test]
    fn reads_seconds_and_dates() {
        for (value, expected) in [
            ("0", Some(0)),
            ("7", Some(7)),
            (" 7\t", Some(7)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Tue, 24 Nov 2026 12:01:40 GMT", Some(100)),
            ("Tue, 24 Nov 2026 11:00:00 GMT", Some(0)),
            ("Wed, 25 Nov 2026 12:00:00 GMT", Some(86_400)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("soon", None),
            ("Tue, 24 Nov 2026 12:01:40 CET", None),
            ("Tue, 24 Nov 2026 25:01:40 GMT", None),
            ("Tue, 24 Foo 2026 12:01:40 GMT", None),
            ("Tue, 24 Nov 2026 12:01:40 GMT again", None),
        ] {
            assert_eq!(seconds(value), expected, "{value:?}");
        }
    }

    #[test]
    fn a_date_is_counted_from_the_answers_own_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let wait = parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", date, SystemTime::now());
        assert_eq!(wait, Some(Duration::from_secs(30)));
    }

    #[test]
    fn knows_the_calendar() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ] {
            assert_eq!(imf_fixdate(text), Some(expected), "{text}");
        }
    }
}
