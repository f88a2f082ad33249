use std::borrow::Cow;

/// Names are compared eight bytes at a time, up to so many with their quotes.
const LONGEST: usize = 3 * 8;

/// A name that objects of one kind have, with what it stands for.
///
/// To ask the C library whether some bytes are a name costs as much as to read a short number, and a batch of one
/// action has twenty names.
#[derive(Debug)]
pub(crate) struct Name<F> {
    text: &'static str,
    field: F,
    /// The name in its quotes, and which of the bytes are it.
    words: [u64; 3],
    masks: [u64; 3],
}

/// The name of a member, as it is read.
#[derive(Debug)]
pub(crate) struct Key<'a, F> {
    pub(crate) text: Cow<'a, str>,
    /// What it stands for, if that is known.
    pub(crate) field: Option<F>,
}

impl<F: Copy> Name<F> {
    /// At compile time, where one that is too long is an error.
    pub(crate) const fn new(text: &'static str, field: F) -> Self {
        let bytes = text.as_bytes();
        assert!(bytes.len() + 2 <= LONGEST, "the name is too long");
        let mut quoted = [0; LONGEST];
        let mut mask = [0; LONGEST];
        quoted[0] = b'"';
        mask[0] = 0xff;
        let mut at = 0;
        while at < bytes.len() {
            quoted[at + 1] = bytes[at];
            mask[at + 1] = 0xff;
            at += 1;
        }
        quoted[at + 1] = b'"';
        mask[at + 1] = 0xff;
        Self { text, field, words: words(&quoted), masks: words(&mask) }
    }

    /// How many bytes it takes at the beginning of `text`, with its quotes and written without escapes, if it is there.
    #[inline]
    pub(super) fn length_in(&self, text: &[u8]) -> Option<usize> {
        let is_there = match text.first_chunk::<LONGEST>() {
            Some(text) => {
                let text = words(text);
                (0..3).fold(0, |other, at| other | (text[at] & self.masks[at] ^ self.words[at])) == 0
            }
            None => self.is_before_the_end(text),
        };
        is_there.then_some(self.text.len() + 2)
    }

    /// The same where little text is left.
    fn is_before_the_end(&self, text: &[u8]) -> bool {
        let rest = text.strip_prefix(b"\"").and_then(|rest| rest.strip_prefix(self.text.as_bytes()));
        rest.is_some_and(|rest| rest.first() == Some(&b'"'))
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub(super) fn key<'a>(&self) -> Key<'a, F> {
        Key { text: Cow::Borrowed(self.text), field: Some(self.field) }
    }
}

#[inline]
const fn words(bytes: &[u8; LONGEST]) -> [u64; 3] {
    let (words, _) = bytes.as_chunks::<8>();
    [u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]), u64::from_le_bytes(words[2])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_itself_and_nothing_else_however_much_text_is_left() {
        for name in ["a", "type", "session", "session_", "timestamp_start", "0123456789abcdef012345"] {
            let quoted = format!("\"{name}\"");
            let known = Name::new(Box::leak(name.into()), ());
            for rest in ["", ":", ":1}", ":\"something quite long behind it\"}"] {
                let found = |text: String| known.length_in(text.as_bytes());
                assert_eq!(found(format!("{quoted}{rest}")), Some(quoted.len()));
                assert_eq!(found(format!("\"{name}x\"{rest}")), None);
                assert_eq!(found(format!("x{quoted}{rest}")), None);
                for at in 0..quoted.len() {
                    let mut changed = format!("{quoted}{rest}").into_bytes();
                    changed[at] ^= 1;
                    assert_eq!(known.length_in(&changed), None);
                }
            }
            for cut in 0..quoted.len() {
                assert_eq!(known.length_in(&quoted.as_bytes()[..cut]), None);
            }
        }
    }
}
