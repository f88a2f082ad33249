//! What a decoder hands out.

use std::fmt;
use std::time::Duration;

/// One thing that a stream said. It borrows from the chunk or from the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A block with data came to its end.
    Event(Event<'a>),
    /// A line that began with a colon: its text, without the colon and one space after it.
    Comment(&'a str),
    /// The server set the time to wait before reconnecting.
    Retry(Duration),
    /// A block without data, which is no event. Its id moves the place all the same, and its name may be meant as
    /// a sign of life. A block with neither is nothing at all.
    Empty {
        /// The block's name; `message` where the stream gave none.
        event: &'a str,
        /// The last event id as it stands after this block.
        id: &'a str,
        /// Whether the block itself has set it.
        has_id: bool,
    },
    /// An event over the limit was skipped. Its id counts all the same.
    Oversized {
        /// The length of what was too long: the data as a rule, else the event's name or its id.
        bytes: usize,
        /// The last event id as it stands after this event.
        id: &'a str,
    },
}

/// An event: what `MessageEvent` shows in a browser.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event's name; `message` where the stream gave none.
    pub event: &'a str,
    /// The values of the `data` lines, joined by line feeds.
    pub data: &'a str,
    /// The last event id as it stands after this event, empty if there never was one.
    pub id: &'a str,
}

/// Shows how long the data is and not what it says: it is about people.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("event", &self.event)
            .field("id", &self.id)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .finish()
    }
}
