//! What came out of a piece of the stream.

use std::time::Duration;

use super::Backoff;
use crate::sse::{Event, Item, Items};

/// The name of the event that is a sign of life and nothing else, to those who read batches.
const HEARTBEAT: &str = "heartbeat";

/// Something that arrived on the stream. Everything is borrowed from the bytes or from the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival<'a> {
    /// An event for the user, `gap` included.
    Event(Event<'a>),
    /// A heartbeat with data. Its id counts; the rest is of interest only to those who want every event as it came.
    Heartbeat(Event<'a>),
    /// The place in the stream, from a block without data. It may be the same as before.
    Place(&'a str),
    /// An event over the limit was skipped.
    Oversized {
        /// How large it was.
        bytes: usize,
        /// The last event id as it now stands: the skipped event's own counts.
        id: &'a str,
    },
    /// A comment.
    Comment(&'a str),
    /// The server has set the initial backoff.
    Retry(Duration),
}

/// The arrivals of one piece of the stream, in order. It lends: one arrival has to be done with before the next is
/// drawn, in exchange nothing is copied.
#[derive(Debug)]
pub struct Arrivals<'a>(Option<Drawn<'a>>);

#[derive(Debug)]
struct Drawn<'a> {
    items: Items<'a>,
    proven: &'a mut bool,
    failures: &'a mut u32,
    backoff: &'a mut Backoff,
}

impl<'a> Arrivals<'a> {
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn new(
        items: Items<'a>,
        proven: &'a mut bool,
        failures: &'a mut u32,
        backoff: &'a mut Backoff,
    ) -> Self {
        Self(Some(Drawn { items, proven, failures, backoff }))
    }

    /// The next arrival; the place in the stream has moved with it.
    #[expect(clippy::should_implement_trait, reason = "an Iterator can't lend what it yields")]
    pub fn next(&mut self) -> Option<Arrival<'_>> {
        let Drawn { items, proven, failures, backoff } = self.0.as_mut()?;
        let item = items.next()?;
        if matches!(item, Item::Event(_) | Item::Oversized { .. } | Item::Empty { event: HEARTBEAT, .. }) {
            // Only what the server has to say proves the connection: a bare 200 may be a proxy's.
            **proven = true;
            **failures = 0;
            backoff.start_over();
        }
        Some(match item {
            Item::Event(event) if event.event == HEARTBEAT => Arrival::Heartbeat(event),
            Item::Event(event) => Arrival::Event(event),
            Item::Empty { id, .. } => Arrival::Place(id),
            Item::Oversized { bytes, id } => Arrival::Oversized { bytes, id },
            Item::Comment(text) => Arrival::Comment(text),
            Item::Retry(delay) => {
                backoff.set_initial(delay);
                Arrival::Retry(delay)
            }
        })
    }
}
