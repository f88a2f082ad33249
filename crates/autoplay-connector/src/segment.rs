//! Which segments of a path name one thing among many (an order, a user) and not a page.

/// Is this percent-decoded path segment an id?
///
/// Ids are: digits alone; UUIDs; 8 or more hexadecimal digits; 16 or more letters, digits, `-` and `_` with at least one
/// letter and one digit (ULID, KSUID, nanoid …), but not words that are joined (`top-10-tips-for-2024`); e-mail
/// addresses.
pub(crate) fn is_id(segment: &str) -> bool {
    is_all(segment, |byte| byte.is_ascii_digit())
        || is_uuid(segment)
        || segment.len() >= 8 && is_all(segment, |byte| byte.is_ascii_hexdigit())
        || is_random(segment)
        || is_email(segment)
}

fn is_all(segment: &str, test: impl Fn(u8) -> bool) -> bool {
    !segment.is_empty() && segment.bytes().all(test)
}

fn is_uuid(segment: &str) -> bool {
    let lengths = segment.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && segment.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn is_email(segment: &str) -> bool {
    let Some((name, host)) = segment.split_once('@') else {
        return false;
    };
    let labels = host.split('.');
    !name.is_empty()
        && !segment.contains(|character: char| character.is_whitespace() || character.is_control())
        && labels.clone().count() >= 2
        && labels.into_iter().all(|label| !label.is_empty() && !label.contains('@'))
}

fn is_random(segment: &str) -> bool {
    segment.len() >= 16
        && is_all(segment, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && segment.bytes().any(|byte| byte.is_ascii_digit())
        && segment.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !is_joined_words(segment)
}

/// Words joined by `-` or `_`: every part is a word, a number of up to 8 digits (a year, a date), or one of both
/// (`v2`, `covid19`, `3d`), and there are at least as many words as such mixtures.
fn is_joined_words(segment: &str) -> bool {
    let parts = || segment.split(['-', '_']).filter(|part| !part.is_empty());
    let words = parts().filter(|part| is_word(part)).count();
    let mixtures = parts().filter(|part| is_mixture(part)).count();
    let all_read = parts().all(|part| is_word(part) || is_number(part) || is_mixture(part));
    all_read && words > 0 && words >= mixtures
}

fn is_number(part: &str) -> bool {
    part.len() <= 8 && is_all(part, |byte| byte.is_ascii_digit())
}

/// Letters as words have them: all capitals, or each capital followed by a small letter.
fn is_word(part: &str) -> bool {
    let bytes = part.as_bytes();
    let stands =
        |at: usize| bytes[at].is_ascii_lowercase() || bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    is_all(part, |byte| byte.is_ascii_uppercase())
        || is_all(part, |byte| byte.is_ascii_alphabetic()) && (0..bytes.len()).all(stands)
}

/// A word and a number without anything between them, in either order.
fn is_mixture(part: &str) -> bool {
    let at_digit = part.find(|character: char| character.is_ascii_digit()).unwrap_or(part.len());
    let at_letter = part.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(part.len());
    let (word, number) = if at_digit == 0 {
        (&part[at_letter..], &part[..at_letter])
    } else {
        (&part[..at_digit], &part[at_digit..])
    };
    is_word(word) && is_number(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_every_form_of_id() {
        for id in [
            "7",
            "00042",
            "018f3c2e-7b1a-7c3d-9e4f-0123456789ab",
            "018F3C2E-7B1A-7C3D-9E4F-0123456789AB",
            "deadbeef",
            "DEADBEEF01",
            "507f1f77bcf86cd799439011",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "01arz3ndektsv4rrffq69g5fav",
            "0ujtsYcgvSTl8PAuAdqWYSMnLOv",
            "V1StGXR8_Z5jdHi6B-myT",
            "Uakgb_J5m9g-0JDMbcJqLJ",
            "cjld2cjxh0000qzrmn831i7rn",
            "cus_NffrFeUfNV2Hib",
            "a1b2c3d4e5f6g7h8",
            "order-1234567890123",
            "abc123-def456-ghi789",
            "jane.doe@example.com",
            "jane+shop@mail.example.co.uk",
        ] {
            assert!(is_id(id), "{id}");
        }
    }

    #[test]
    fn takes_no_word_for_an_id() {
        for word in [
            "",
            "cart",
            "projects",
            "settings-billing",
            "getting-started-with-version-2",
            "top-10-tips-for-2024",
            "release-notes-2024-11-05",
            "terms_and_conditions_2024",
            "Windows-11-x64-install-guide",
            "covid19-vaccine-information",
            "3d-printing-for-beginners",
            "MyPage-GettingStarted-2024",
            "meeting-notes-20241105",
            "internationalization",
            "user-preferences-overview",
            "defaced",
            "abc123",
            "a1b2c3d4e5f6g7h",
            "v2",
            "@mention",
            "me@home",
            "a@b.",
            "a@b@c.d",
            "catálogo-de-produtos-2024",
            "採用プロジェクト",
        ] {
            assert!(!is_id(word), "{word}");
        }
    }
}
