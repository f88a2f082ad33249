//! Which field a line sets.

/// The fields of the standard, and what else a line can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry,
    Comment,
    Unknown,
}

/// The longest of what can stand before a value, `event: ` and `retry: `.
pub(super) const LONGEST_PREFIX: usize = 7;

/// No fewer bytes of a line tell for certain what it is: the longest name and the colon after it.
pub(super) const TELLING_PREFIX: usize = 6;

impl Field {
    /// The field that `line` sets and where in it the value begins.
    ///
    /// Without a colon the whole line is the name, so `data` alone is an empty data line. One space
    /// after the colon does not belong to the value.
    pub(super) fn of(line: &[u8]) -> (Self, usize) {
        let (field, rest) = match line {
            [b'd', b'a', b't', b'a', rest @ ..] => (Self::Data, rest),
            [b'i', b'd', rest @ ..] => (Self::Id, rest),
            [b'e', b'v', b'e', b'n', b't', rest @ ..] => (Self::Event, rest),
            [b'r', b'e', b't', b'r', b'y', rest @ ..] => (Self::Retry, rest),
            [b':', ..] => (Self::Comment, line),
            _ => return (Self::Unknown, line.len()),
        };
        match rest {
            [] => (field, line.len()),
            [b':', b' ', value @ ..] | [b':', value @ ..] => (field, line.len() - value.len()),
            _ => (Self::Unknown, line.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn a_line_is_the_field_before_its_first_colon() {
        for (line, field, value) in [
            ("data: x", Field::Data, "x"),
            ("data:x", Field::Data, "x"),
            ("data:  x", Field::Data, " x"),
            ("data:\tx", Field::Data, "\tx"),
            ("data:", Field::Data, ""),
            ("data: ", Field::Data, ""),
            ("data", Field::Data, ""),
            ("data::x", Field::Data, ":x"),
            ("event: data: x", Field::Event, "data: x"),
            ("id", Field::Id, ""),
            ("id:1", Field::Id, "1"),
            ("retry: 10", Field::Retry, "10"),
            (":", Field::Comment, ""),
            (": hi", Field::Comment, "hi"),
            ("::", Field::Comment, ":"),
        ] {
            let (found, start) = Field::of(line.as_bytes());
            assert_eq!((found, &line[start..]), (field, value), "{line:?}");
        }
    }

    #[test]
    fn names_must_match_exactly() {
        for line in
            ["Data: x", "data : x", " data: x", "datax: y", "dat", "ids: 1", "x", "\u{feff}data: x", "-: x"]
        {
            assert_eq!(Field::of(line.as_bytes()).0, Field::Unknown, "{line:?}");
        }
    }
}
