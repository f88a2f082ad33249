use thiserror::Error;

/// Why a text could not be read as JSON, and where. It never shows the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{kind} (at byte {offset})")]
pub struct JsonError {
    kind: JsonErrorKind,
    offset: usize,
}

impl JsonError {
    pub(crate) fn new(kind: JsonErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> JsonErrorKind {
        self.kind
    }

    /// Where it was noticed: bytes from the beginning of the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// What can be wrong with a JSON text.
// As wide as a pointer: results share their place with what was read, and a single byte in it would have the compiler
// move pointers in two parts, which costs the processor more than the reading does.
#[repr(usize)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The text is empty, or breaks off inside a value.
    #[error("the JSON ends too early")]
    UnexpectedEnd,
    /// Something other than a value, a name, a comma, a colon or a closing bracket, where one of them belongs.
    #[error("the JSON has a character that does not belong there")]
    UnexpectedCharacter,
    /// A word that begins like `null`, `true`, `false`, `NaN` or `Infinity` and is none of them.
    #[error("the JSON has a word that is no JSON literal")]
    InvalidLiteral,
    /// A minus sign, fraction or exponent without digits, or a leading zero.
    #[error("the JSON has a malformed number")]
    InvalidNumber,
    /// A backslash that begins none of the escapes that JSON knows.
    #[error("the JSON has a malformed escape in a string")]
    InvalidEscape,
    /// A raw control character, such as a line break, in a string: it must be escaped.
    #[error("the JSON has a control character in a string that must be escaped")]
    ControlCharacter,
    /// More than [`MAX_DEPTH`](super::MAX_DEPTH) arrays and objects inside each other.
    #[error("the JSON is nested too deep")]
    TooDeep,
    /// Text after the end of the value.
    #[error("the JSON is followed by more text")]
    TrailingText,
}
