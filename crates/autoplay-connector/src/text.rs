//! Texts as people read them: one line, no stray blanks, of bounded length.

/// The most characters of a page's text that an action shows.
pub(crate) const MAX_CHARACTERS: usize = 120;

/// Trims a text, folds every run of white space and control characters into one space, and cuts it at
/// [`MAX_CHARACTERS`] Unicode scalar values. Characters without width go, but for the joiners that emoji and Persian
/// need: a text of nothing else looks empty and must count as such.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len().min(MAX_CHARACTERS));
    let mut length = 0;
    let mut gap = false;
    for character in text.chars().filter(|character| !is_weightless(*character)) {
        if character.is_whitespace() || character.is_control() {
            gap = length > 0;
            continue;
        }
        let needed = 1 + usize::from(gap);
        if length + needed > MAX_CHARACTERS {
            break;
        }
        if gap {
            cleaned.push(' ');
            gap = false;
        }
        cleaned.push(character);
        length += needed;
    }
    cleaned
}

/// Zero-width space, word joiner, byte order mark.
fn is_weightless(character: char) -> bool {
    matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_every_kind_of_blank_into_one_space() {
        for (text, expected) in [
            ("  Apply \n\t coupon  ", "Apply coupon"),
            ("Apply\u{a0}\u{2003}coupon\u{2028}now", "Apply coupon now"),
            ("a\r\nid: 7\r\n\r\ndata: x", "a id: 7 data: x"),
            ("nul\0and\u{1b}escape\u{85}next", "nul and escape next"),
            ("\u{feff}\u{200b}\u{2060} ", ""),
            ("zero\u{200b}width", "zerowidth"),
            ("", ""),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn keeps_what_scripts_and_emoji_need() {
        for text in [
            "👩\u{200d}👩\u{200d}👧 family",
            "می\u{200c}خواهم",
            "\u{200f}שלום, עולם",
            "Über\u{ad}fällig",
            "👎🏽",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn cuts_at_120_characters_and_never_within_one() {
        assert_eq!(clean(&"é".repeat(121)), "é".repeat(120));
        assert_eq!(clean(&"🎉".repeat(500)), "🎉".repeat(120));
        assert_eq!(clean(&"x".repeat(120)), "x".repeat(120));
    }

    #[test]
    fn leaves_no_blank_where_it_cuts() {
        let text = format!("{} tail", "x".repeat(119));
        assert_eq!(clean(&text), "x".repeat(119));
        let text = format!("{} tail", "x".repeat(118));
        assert_eq!(clean(&text), format!("{} t", "x".repeat(118)));
    }
}
