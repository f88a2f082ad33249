//! Dates as HTTP writes them (RFC 9110, section 5.6.7).

/// Unix seconds of a date in one of the three forms that a recipient has to read. `now`, in
/// Unix seconds, decides the century of a year of two digits.
pub(super) fn http_date(text: &str, now: i64) -> Option<i64> {
    let text = text.trim_matches([' ', '\t']);
    imf_fixdate(text).or_else(|| rfc_850_date(text, now)).or_else(|| asctime_date(text))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may still send.
fn imf_fixdate(text: &str) -> Option<i64> {
    let (_weekday, text) = text.split_once(", ")?;
    let [day, month_name, year, clock, "GMT"] = words(text)? else { return None };
    unix_seconds(digits(year, 4)?, month(month_name)?, digits(day, 2)?, clock)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`.
fn rfc_850_date(text: &str, now: i64) -> Option<i64> {
    let (_weekday, text) = text.split_once(", ")?;
    let [date, clock, "GMT"] = words(text)? else { return None };
    let mut date = date.split('-');
    let (day, month_name, year) = (date.next()?, date.next()?, date.next()?);
    if date.next().is_some() {
        return None;
    }
    let (day, month, year) = (digits(day, 2)?, month(month_name)?, digits(year, 2)?);
    // Of the years that end so, the last one that is not more than 50 years ahead.
    let furthest = unix_year(now) + 50;
    let year = furthest - (furthest - year).rem_euclid(100);
    unix_seconds(year, month, day, clock)
}

/// `Sun Nov  6 08:49:37 1994`.
fn asctime_date(text: &str) -> Option<i64> {
    let (_weekday, text) = text.split_once(' ')?;
    let (month_name, text) = text.split_once(' ')?;
    // The day has two places, the first of which may be blank.
    let (day, text) = text.split_at_checked(2)?;
    let [clock, year] = words(text.strip_prefix(' ')?)?;
    let day = day.strip_prefix(' ').map_or_else(|| digits(day, 2), |day| digits(day, 1))?;
    unix_seconds(digits(year, 4)?, month(month_name)?, day, clock)
}

fn unix_seconds(year: i64, month: i64, day: i64, clock: &str) -> Option<i64> {
    let mut clock = clock.split(':');
    let hour = digits(clock.next()?, 2)?;
    let minute = digits(clock.next()?, 2)?;
    let second = digits(clock.next()?, 2)?;
    // 60 is a leap second.
    let in_range = (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    (in_range && clock.next().is_none())
        .then(|| days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// The words between single spaces, if there are exactly as many.
fn words<const COUNT: usize>(text: &str) -> Option<[&str; COUNT]> {
    let mut words = text.split(' ');
    let mut found = [""; COUNT];
    for place in &mut found {
        *place = words.next()?;
    }
    words.next().is_none().then_some(found)
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

/// The year of a time; on its last and its first day it may be the neighbouring one, which is near enough for a century.
fn unix_year(seconds: i64) -> i64 {
    const AVERAGE_YEAR: i64 = 31_556_952;
    1970 + seconds.div_euclid(AVERAGE_YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_three_forms_are_one_time() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(http_date(text, 784_000_000), Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_never_more_than_50_years_ahead() {
        let in_2026 = 1_795_521_600;
        for (two_digits, year) in [("26", 2026), ("00", 2000), ("76", 2076), ("77", 1977), ("99", 1999)] {
            let text = format!("Sunday, 06-Nov-{two_digits} 08:49:37 GMT");
            let expected = imf_fixdate(&format!("Sun, 06 Nov {year} 08:49:37 GMT"));
            assert_eq!(http_date(&text, in_2026), expected, "{text}");
        }
    }
}
