//! What is told of a stream.

use autoplay_sdk::Error;
use autoplay_sdk::raw::{Item, RawEvent};
use serde::Serialize;

/// The body of a callback.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Message {
    Event { event: Event },
    Comment { comment: String },
    Error { error: String },
}

/// An event with the last event id as it then stands.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Event {
    #[serde(rename = "type")]
    event_type: String,
    data: String,
    id: String,
}

/// Makes messages of what comes out of a subscription.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// An error has been told since the last event: attempts that go on failing are the same trouble.
    in_trouble: bool,
}

impl Messages {
    /// What there is to tell of it, if anything.
    pub(crate) fn of(&mut self, item: Result<Item, Error>) -> Option<Message> {
        match item {
            Ok(Item::Event(RawEvent { event: event_type, data, id, .. })) => {
                self.in_trouble = false;
                Some(Message::Event { event: Event { event_type, data, id } })
            }
            Ok(Item::Comment(comment)) => Some(Message::Comment { comment }),
            Ok(Item::Oversized { bytes, .. }) => {
                self.error(format!("an event of {bytes} bytes was passed over"))
            }
            // A server that ends a stream in order does nothing wrong.
            Ok(Item::Lost(lost)) if lost.is_clean_end() => None,
            Ok(Item::Lost(lost)) => self.error(lost.to_string()),
            Ok(_) => None,
            Err(error) => self.error(error.to_string()),
        }
    }

    fn error(&mut self, error: String) -> Option<Message> {
        let known = std::mem::replace(&mut self.in_trouble, true);
        (!known).then_some(Message::Error { error })
    }
}
