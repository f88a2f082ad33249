use std::fmt;
use std::str::FromStr;

/// A position in the log. Every appended event has one of its own; they rise over all products together.
///
/// A reader names the last position that it knows and gets what comes after it, so a sequence need not belong to
/// an event to be a good position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

impl Sequence {
    /// The position before the first event.
    pub const START: Self = Self(0);

    /// The position right before this one; [`Sequence::START`] stays where it is.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which log a position belongs to: drawn at random when the log is made, and kept for its life.
///
/// A log that was put back from a backup gets a new one, since its sequences may mean something else from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(pub u64);

impl Epoch {
    /// Draws a new epoch from the operating system's random source.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        getrandom::u64().map(Self)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.as_bytes().iter().all(is_digit) {
            return Err(ParseIdError);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| ParseIdError)
    }
}

/// An event's id as subscribers see it: `1-<epoch>-<sequence>`, such as `1-00c0ffee00c0ffee-42`.
///
/// The leading `1` is the version of the form. The epoch has sixteen lower-case hexadecimal digits, the sequence is
/// decimal without leading zeros. Parsing takes exactly what [`Display`](fmt::Display) writes and nothing else, so
/// that an id has one text only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventId {
    /// The log that the position belongs to.
    pub epoch: Epoch,
    /// The position.
    pub sequence: Sequence,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1-{}-{}", self.epoch, self.sequence)
    }
}

impl FromStr for EventId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let (epoch, sequence) =
            text.strip_prefix("1-").and_then(|rest| rest.split_once('-')).ok_or(ParseIdError)?;
        Ok(Self { epoch: epoch.parse()?, sequence: parse_sequence(sequence)? })
    }
}

/// The text is not an id of this form. It says nothing of the text itself, which came from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an event id: expected `1-<16 hexadecimal digits>-<number>`")]
pub struct ParseIdError;

fn parse_sequence(text: &str) -> Result<Sequence, ParseIdError> {
    // `u64::from_str` also takes a plus sign and leading zeros.
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if !canonical {
        return Err(ParseIdError);
    }
    text.parse().map(Sequence).map_err(|_| ParseIdError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_written_in_its_documented_form() {
        let id = EventId { epoch: Epoch(0x00c0_ffee), sequence: Sequence(42) };
        assert_eq!(id.to_string(), "1-0000000000c0ffee-42");
    }

    #[test]
    fn only_the_one_text_of_an_id_is_read() {
        for text in [
            "",
            "1",
            "1-",
            "1--",
            "1-0000000000c0ffee",
            "1-0000000000c0ffee-",
            "2-0000000000c0ffee-42",
            "01-0000000000c0ffee-42",
            "1-c0ffee-42",
            "1-0000000000C0FFEE-42",
            "1-+000000000c0ffee-42",
            "1-0000000000c0ffeg-42",
            "1-0000000000c0ffee-042",
            "1-0000000000c0ffee-00",
            "1-0000000000c0ffee-+42",
            "1-0000000000c0ffee--42",
            "1-0000000000c0ffee-42 ",
            " 1-0000000000c0ffee-42",
            "1-0000000000c0ffee-42\n",
            "1-0000000000c0ffee-4\u{662}",
            "1-0000000000c0ffee-18446744073709551616",
            "1-\u{e9}00000000000000-42",
        ] {
            assert_eq!(text.parse::<EventId>(), Err(ParseIdError), "{text:?}");
        }
    }

    #[test]
    fn the_outermost_ids_are_read() {
        for id in [
            EventId { epoch: Epoch(0), sequence: Sequence::START },
            EventId { epoch: Epoch(u64::MAX), sequence: Sequence(u64::MAX) },
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(epoch: u64, sequence: u64) {
            let id = EventId { epoch: Epoch(epoch), sequence: Sequence(sequence) };
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn what_is_read_is_written_the_same(text in "1-[0-9a-fA-F]{15,17}-[+0-9]{1,21}") {
            if let Ok(id) = text.parse::<EventId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
