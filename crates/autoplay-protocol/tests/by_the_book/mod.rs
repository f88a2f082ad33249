//! What the standard says, to compare the decoder with.

use std::mem;
use std::time::Duration;

use autoplay_protocol::sse::Item;

/// An [`Item`] that owns its texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Event { event: String, data: String, id: String },
    Comment(String),
    Retry(Duration),
    Empty { event: String, id: String, has_id: bool },
    Oversized { bytes: usize, id: String },
}

impl From<Item<'_>> for Seen {
    fn from(item: Item<'_>) -> Self {
        match item {
            Item::Event(event) => Self::Event {
                event: event.event.to_owned(),
                data: event.data.to_owned(),
                id: event.id.to_owned(),
            },
            Item::Comment(text) => Self::Comment(text.to_owned()),
            Item::Retry(delay) => Self::Retry(delay),
            Item::Empty { event, id, has_id } => {
                Self::Empty { event: event.to_owned(), id: id.to_owned(), has_id }
            }
            Item::Oversized { bytes, id } => Self::Oversized { bytes, id: id.to_owned() },
        }
    }
}

/// The standard, word for word and with no thought of speed: decode it all, split it into lines, go
/// through them.
pub(crate) fn by_the_book(stream: &[u8]) -> (Vec<Seen>, String) {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let text = String::from_utf8_lossy(stream).replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<_> = text.split('\n').collect();
    lines.pop(); // What no line end follows is no line.

    let (mut seen, mut last_event_id) = (Vec::new(), String::new());
    let (mut data, mut event, mut id, mut has_id) = (String::new(), String::new(), String::new(), false);
    for line in lines {
        let (field, value) = match line.split_once(':') {
            Some((field, value)) => (field, value.strip_prefix(' ').unwrap_or(value)),
            None => (line, ""),
        };
        match field {
            "" if line.is_empty() => {
                last_event_id.clone_from(&id);
                let named = !event.is_empty();
                let event = if named { mem::take(&mut event) } else { "message".to_owned() };
                let id = last_event_id.clone();
                if data.pop().is_some() {
                    seen.push(Seen::Event { event, data: mem::take(&mut data), id });
                } else if has_id || named {
                    seen.push(Seen::Empty { event, id, has_id });
                }
                has_id = false;
            }
            "" => seen.push(Seen::Comment(value.to_owned())),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "event" => value.clone_into(&mut event),
            "id" if !value.contains('\0') => {
                value.clone_into(&mut id);
                has_id = true;
            }
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                seen.push(Seen::Retry(Duration::from_millis(value.parse().unwrap_or(u64::MAX))));
            }
            _ => {}
        }
    }
    (seen, last_event_id)
}
