//! A place in the stream.

use std::fmt;
use std::sync::Arc;

/// Ids up to this length take no memory of their own: those of connectors have about thirty bytes.
const INLINE: usize = 38;

/// A last event id; empty: none. There is one for every event, so that copying it costs next to nothing.
#[derive(Clone)]
pub(crate) struct Place(Id);

#[derive(Clone)]
enum Id {
    Short { length: u8, bytes: [u8; INLINE] },
    Long(Arc<str>),
}

impl Place {
    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            // It was text when it was put in.
            Id::Short { .. } => str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Id::Long(text) => text,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Id::Short { length, bytes } => &bytes[..usize::from(*length)],
            Id::Long(text) => text.as_bytes(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The id, unless it is none.
    pub(crate) fn id(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.as_str().to_owned())
    }
}

impl From<&str> for Place {
    fn from(id: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (u8::try_from(id.len()), bytes.get_mut(..id.len())) {
            (Ok(length), Some(part)) => {
                part.copy_from_slice(id.as_bytes());
                Self(Id::Short { length, bytes })
            }
            _ => Self(Id::Long(id.into())),
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::from("")
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Place {}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_any_length_comes_out_as_it_went_in() {
        for length in [0, 1, INLINE - 1, INLINE, INLINE + 1, 255, 256, 257, 10_000] {
            let id = "x".repeat(length);
            let place = Place::from(id.as_str());
            assert_eq!((place.as_str(), place.is_empty()), (id.as_str(), length == 0));
            assert_eq!(place.clone(), place);
            assert_ne!(place, Place::from(format!("{id}y").as_str()));
        }
        let umlauts = "ü".repeat(INLINE);
        assert_eq!(Place::from(umlauts.as_str()).as_str(), umlauts);
    }
}
