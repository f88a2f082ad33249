//! The header `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::http_date::http_date;

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
    let clock = wall_seconds(wall);
    let read = |text| http_date(text, clock.unwrap_or(0));
    let until = read(value)?;
    let from = date.and_then(read).or(clock)?;
    Some(Duration::from_secs(u64::try_from(until - from).unwrap_or(0)))
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
            ("Tuesday, 24-Nov-26 12:01:40 GMT", Some(100)),
            ("Monday, 24-Nov-25 12:01:40 GMT", Some(0)),
            ("Tue Nov 24 12:01:40 2026", Some(100)),
            ("Tue Dec  1 12:00:00 2026", Some(7 * 86_400)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("soon", None),
            ("Tue, 24 Nov 2026 12:01:40 CET", None),
            ("Tue, 24 Nov 2026 25:01:40 GMT", None),
            ("Tue, 24 Foo 2026 12:01:40 GMT", None),
            ("Tue, 24 Nov 2026 12:01:40 GMT again", None),
            ("Tue, 24 Nov 2026 12:01:40:10 GMT", None),
            ("Tuesday, 24-Nov-2026 12:01:40 GMT", None),
            ("Tuesday, 24-Nov-26-26 12:01:40 GMT", None),
            ("Tuesday, 24-Nov-26 12:01:40", None),
            ("Tue Nov 24 12:01:40 2026 GMT", None),
            ("Tue Nov 6 12:01:40 2026", None),
            ("Tue Nov 2\u{e9}", None),
        ] {
            assert_eq!(seconds(value), expected, "{value:?}");
        }
    }

    #[test]
    fn a_date_is_counted_from_the_answers_own_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for wall in [SystemTime::now(), UNIX_EPOCH - Duration::from_hours(1)] {
            let wait = parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", date, wall);
            assert_eq!(wait, Some(Duration::from_secs(30)));
        }
    }
}
