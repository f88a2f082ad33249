use super::{JsonError, JsonErrorKind, Name, Reader};
use crate::json::scan::plain_len;
use std::borrow::Cow;

/// Strings.
impl<'a> Reader<'a> {
    /// Borrowed unless it has an escape.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if self.next_byte()? != b'"' {
            return Err(self.error(JsonErrorKind::UnexpectedCharacter));
        }
        // Nearly all strings end here, so that `at` is moved only once.
        let start = self.at + 1;
        let end = start + plain_len(&self.text.as_bytes()[start..]);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        self.at = start;
        self.escaped_string().map(Cow::Owned)
    }

    /// Puts it after what is in `text`.
    pub(crate) fn string_into(&mut self, text: &mut String) -> Result<(), JsonError> {
        self.begin_string()?;
        text.push_str(self.plain()?);
        self.string_rest(text)
    }

    /// Takes the name, if that is what comes next and it is written without escapes.
    #[inline]
    pub(super) fn accept_name<F: Copy>(&mut self, name: &Name<F>) -> bool {
        self.white_space();
        let length = name.length_in(&self.text.as_bytes()[self.at..]);
        self.at += length.unwrap_or_default();
        length.is_some()
    }

    #[inline]
    pub(super) fn skip_string(&mut self) -> Result<(), JsonError> {
        self.begin_string()?;
        let end = self.at + plain_len(&self.text.as_bytes()[self.at..]);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(());
        }
        self.skip_escaped_string()
    }

    fn skip_escaped_string(&mut self) -> Result<(), JsonError> {
        self.plain()?;
        while !self.accept(b'"') {
            self.escape()?;
            self.plain()?;
        }
        Ok(())
    }

    fn escaped_string(&mut self) -> Result<String, JsonError> {
        let plain = self.plain()?;
        // Mostly enough for the whole text: growing once per escape costs more than all the rest.
        let mut text = String::with_capacity(2 * plain.len() + 32);
        text.push_str(plain);
        self.string_rest(&mut text)?;
        Ok(text)
    }

    /// Takes what comes after plain text, up to and with the quote that ends the string.
    fn string_rest(&mut self, text: &mut String) -> Result<(), JsonError> {
        while !self.accept(b'"') {
            text.push(self.escape()?);
            text.push_str(self.plain()?);
        }
        Ok(())
    }

    fn begin_string(&mut self) -> Result<(), JsonError> {
        if self.next_byte()? != b'"' {
            return Err(self.error(JsonErrorKind::UnexpectedCharacter));
        }
        self.at += 1;
        Ok(())
    }

    /// Takes what stands for itself in a string, up to the quote or backslash that ends it.
    #[inline]
    fn plain(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.at += plain_len(&self.text.as_bytes()[start..]);
        match self.byte() {
            Some(b'"' | b'\\') => Ok(&self.text[start..self.at]),
            Some(_) => Err(self.error(JsonErrorKind::ControlCharacter)),
            None => Err(self.error(JsonErrorKind::UnexpectedEnd)),
        }
    }

    /// Takes one escape; for half of a surrogate pair without the other it gives U+FFFD.
    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let byte = self.byte().ok_or_else(|| self.error(JsonErrorKind::UnexpectedEnd))?;
        self.at += 1;
        let char = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let first = self.hex(start)?;
                char::from_u32(first).unwrap_or_else(|| self.pair(first))
            }
            _ => return Err(JsonError::new(JsonErrorKind::InvalidEscape, start)),
        };
        Ok(char)
    }

    /// Joins the surrogate `first` to the one that follows it, if that makes a pair, and leaves alone what follows
    /// if it does not.
    fn pair(&mut self, first: u32) -> char {
        let after_first = self.at;
        if (0xd800..0xdc00).contains(&first)
            && self.accept(b'\\')
            && self.accept(b'u')
            && let Ok(second @ 0xdc00..0xe000) = self.hex(after_first)
            && let Some(char) = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
        {
            return char;
        }
        self.at = after_first;
        char::REPLACEMENT_CHARACTER
    }

    /// Takes the four digits of a `\u` escape that begins at `start`.
    fn hex(&mut self, start: usize) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.byte().ok_or_else(|| self.error(JsonErrorKind::UnexpectedEnd))?;
            let digit = char::from(byte).to_digit(16);
            code = code * 16 + digit.ok_or(JsonError::new(JsonErrorKind::InvalidEscape, start))?;
            self.at += 1;
        }
        Ok(code)
    }
}
