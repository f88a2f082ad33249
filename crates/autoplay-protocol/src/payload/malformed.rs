use crate::json::JsonError;
use thiserror::Error;

/// Why the data of an event could not be read as a payload. It never shows the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The data is no JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The data is JSON, but not an object.
    #[error("the JSON is no object (at byte {offset})")]
    NoObject {
        /// Where the value begins: bytes from the beginning of the data.
        offset: usize,
    },
    /// `actions` is there, and neither a list nor null.
    #[error("`actions` is no list (at byte {offset})")]
    ActionsNoList {
        /// Where its value begins: bytes from the beginning of the data.
        offset: usize,
    },
}

impl Malformed {
    /// Where it was noticed: bytes from the beginning of the data.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::Json(error) => error.offset(),
            Self::NoObject { offset } | Self::ActionsNoList { offset } => *offset,
        }
    }
}
