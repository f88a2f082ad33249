//! An event as it came.

use std::fmt;

/// An event as it came over the wire, not interpreted.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawEvent {
    /// The event's name; `message` where the server gave none.
    pub event: String,
    /// The data: JSON, as a rule.
    pub data: String,
    /// The last event id as it stood after this event; empty if the server gives none.
    pub id: String,
}

impl RawEvent {
    /// An event of your own: for tests of what you do with one, say.
    #[must_use]
    pub fn new(event: &str, data: &str, id: &str) -> Self {
        Self { event: event.to_owned(), data: data.to_owned(), id: id.to_owned() }
    }

    /// What it takes in memory, near enough for a bound.
    pub(crate) fn size(&self) -> usize {
        self.event.len() + self.data.len() + self.id.len()
    }
}

/// Without the data, which is about people.
impl fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawEvent")
            .field("event", &self.event)
            .field("id", &self.id)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .finish()
    }
}
