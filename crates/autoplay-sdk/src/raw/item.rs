//! What comes out of a subscription.

use std::fmt;
use std::time::Duration;

use autoplay_protocol::subscriber::{Arrival, Notice, Setback};

use super::RawEvent;

/// One thing that happened, in the order in which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// The stream is open: the answer was a 200 with `text/event-stream`.
    Opened,
    /// An event, a heartbeat included.
    Event(RawEvent),
    /// A comment, at the end of its line: without the colon and one space after it.
    Comment(String),
    /// An event larger than [`max_event_bytes`](super::Endpoint::max_event_bytes) was passed over.
    Oversized {
        /// How large it was.
        bytes: usize,
        /// The last event id as it stands after this event, whose own counts.
        id: String,
    },
    /// A request failed or a connection was lost; another attempt follows.
    Lost(Lost),
}

/// Why a connection was lost, or could not be made. It is an [`Error`](std::error::Error) for those who want one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// Whether the stream had been open.
    pub was_open: bool,
    /// The pause before the next attempt.
    pub retry_in: Duration,
    setback: Setback,
}

impl Lost {
    /// Whether the server ended the stream in order, as servers do for a restart.
    #[must_use]
    pub fn is_clean_end(&self) -> bool {
        self.setback == Setback::EndOfStream
    }

    /// Whether nothing came in time: no answer within `connect_timeout`, or no byte within `read_timeout`.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.setback, Setback::ConnectTimeout | Setback::ReadTimeout)
    }

    /// The HTTP status that came in place of a stream, if one did.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        match self.setback {
            Setback::Status(status) => Some(status),
            _ => None,
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.setback.fmt(f)
    }
}

impl std::error::Error for Lost {}

impl Item {
    pub(super) fn of_arrival(arrival: Arrival<'_>) -> Option<Self> {
        match arrival {
            Arrival::Event(event) | Arrival::Heartbeat(event) => {
                Some(Self::Event(RawEvent::new(event.event, event.data, event.id)))
            }
            Arrival::Comment(text) => Some(Self::Comment(text.to_owned())),
            Arrival::Oversized { bytes, id } => Some(Self::Oversized { bytes, id: id.to_owned() }),
            Arrival::Place(_) | Arrival::Retry(_) => None,
        }
    }

    /// The last loss of all is none: it comes as the error that ends the subscription.
    pub(super) fn of_notice(notice: &Notice) -> Option<Self> {
        match notice {
            Notice::Opened => Some(Self::Opened),
            Notice::Lost { was_open, setback, retry_in } => retry_in
                .map(|retry_in| Self::Lost(Lost { was_open: *was_open, retry_in, setback: setback.clone() })),
        }
    }

    /// What it takes in memory, near enough for a bound.
    pub(super) fn size(&self) -> usize {
        let text = match self {
            Self::Event(event) => event.size(),
            Self::Comment(text) => text.len(),
            Self::Oversized { id, .. } => id.len(),
            Self::Opened | Self::Lost(_) => 0,
        };
        size_of::<Self>() + text
    }
}
