//! One event as a browser meant it, whatever form it travelled in.
//!
//! posthog-js requests ([`posthog`](crate::posthog)) and PostHog's webhooks ([`webhook`](crate::webhook)) are both read
//! into [`BrowserEvent`]. It waits in the log, as compact JSON, between its acceptance and the flush of its session.

mod reading;

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::elements::Element;
use crate::left_out::LeftOut;
use crate::secret::hex;

pub(crate) use reading::{Arrival, read, text};

/// How far in the future of its arrival an event may lie when events are put in order.
const FUTURE_MS: i64 = 24 * 60 * 60 * 1_000;

/// An id longer than this is replaced by its hash where it becomes part of a key.
const LONGEST_KEY: usize = 200;

/// One event. Empty strings stand for what was not sent.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BrowserEvent {
    /// The event's own id, where the sender gave it one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The name, never empty: `$pageview`, `$autocapture`, `csv_exported` …
    pub event: String,
    /// The DOM event of an `$autocapture`, in lower case: `click`, `change`, `submit` …
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event_type: String,
    /// When it happened, corrected for the browser's clock; Unix milliseconds. May be any year from 1 to 9999.
    pub timestamp_ms: i64,
    /// The same by the browser's own clock, where that is known to read otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_ms: Option<i64>,
    /// When it arrived, by the connector's clock; Unix milliseconds.
    pub received_ms: i64,
    /// The session that the browser put it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The tab or window it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_id: Option<String>,
    /// Who did it; becomes the action's `user_id`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub distinct_id: String,
    /// The e-mail that the event itself carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The page's URL, as sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub current_url: String,
    /// An e-mail that the event sets on the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_email: Option<String>,
    /// An e-mail that the event sets on the person if none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_email_once: Option<String>,
    /// Another id that means `distinct_id` from now on (`$identify`, `$create_alias`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// What it happened to, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<Element>,
    /// What makes the event recognisable when it is sent again without a `uuid`.
    #[serde(skip_serializing_if = "ContentDigest::is_absent")]
    pub content: ContentDigest,
}

/// SHA-256, cut to 128 bits, over distinct id, session, event, event type, timestamp, URL and elements, all as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentDigest(pub [u8; 16]);

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It is an action.
    Action(ActionKind),
    /// It is no action, but tells whose the session's actions are.
    Teaches,
    /// It is left out, for this reason (a stable word for the metrics).
    LeftOut(&'static str),
}

/// The type of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionKind {
    /// A page was loaded or navigated to.
    Pageview,
    /// Something was clicked.
    Click,
    /// A form was submitted.
    Submit,
    /// Something was typed into a field, or the field was changed.
    Type,
    /// A field got the focus.
    Focus,
    /// A field lost the focus.
    Blur,
    /// Something was clicked again and again.
    Rageclick,
    /// An event of the site's own.
    Custom,
}

/// Why one event of a request could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// An object was expected, and something else stood there.
    #[error("the event is not a JSON object")]
    NotAnObject,
    /// The name of the event is missing, empty, or no string.
    #[error("the event has no name: `event` must be a string that is not empty")]
    NoName,
    /// One of its ids is longer than any id is.
    #[error("the event has an id of more than 64 KiB")]
    TooLong,
}

impl Unreadable {
    /// A stable word for the metrics.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotAnObject => "not_an_object",
            Self::NoName => "no_name",
            Self::TooLong => "too_long",
        }
    }
}

impl ActionKind {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pageview => "pageview",
            Self::Click => "click",
            Self::Submit => "submit",
            Self::Type => "type",
            Self::Focus => "focus",
            Self::Blur => "blur",
            Self::Rageclick => "rageclick",
            Self::Custom => "custom",
        }
    }
}

impl BrowserEvent {
    /// Recognises the event when it comes again: by its `uuid`, else by its content.
    #[must_use]
    pub fn fingerprint(&self, product: &str) -> [u8; 16] {
        match &self.uuid {
            Some(uuid) => hash([b"uuid", product.as_bytes(), uuid.to_ascii_lowercase().as_bytes()]),
            None => hash([b"content", product.as_bytes(), &self.content.0]),
        }
    }

    /// Names what is flushed together and counted by one `index`: the session, else everything without a session that
    /// one person did. The two never collide.
    #[must_use]
    pub fn session_key(&self) -> String {
        let (kind, id) = match &self.session_id {
            Some(id) => ("session", id),
            None => ("person", &self.distinct_id),
        };
        if id.len() <= LONGEST_KEY {
            format!("{kind}:{id}")
        } else {
            format!("long-{kind}:{}", hex(&hash([id.as_bytes()])))
        }
    }

    /// What becomes of the event.
    #[must_use]
    pub fn disposition(&self, left_out: &LeftOut) -> Disposition {
        match self.kind(left_out) {
            Ok(kind) => Disposition::Action(kind),
            Err(_) if self.teaches() => Disposition::Teaches,
            Err(reason) => Disposition::LeftOut(reason),
        }
    }

    /// About how much memory the event takes.
    pub(crate) fn weight(&self) -> usize {
        let ids = [&self.uuid, &self.session_id, &self.window_id, &self.email, &self.alias];
        let ids = ids.into_iter().flatten().map(String::len).sum::<usize>();
        let texts = self.event.len() + self.distinct_id.len() + self.current_url.len();
        size_of::<Self>() + ids + texts + self.elements.iter().map(Element::weight).sum::<usize>()
    }

    /// Does an action come of it?
    #[must_use]
    pub fn is_action(&self, left_out: &LeftOut) -> bool {
        self.kind(left_out).is_ok()
    }

    /// As it waits in the log.
    ///
    /// # Panics
    ///
    /// Never: strings, numbers and lists always have a JSON form.
    #[must_use]
    pub fn to_stored(&self) -> Bytes {
        serde_json::to_vec(self).expect("strings, numbers and lists are always JSON").into()
    }

    /// Reads what [`to_stored`](Self::to_stored) wrote.
    #[must_use]
    pub fn from_stored(stored: &[u8]) -> Option<Self> {
        serde_json::from_slice(stored).ok()
    }

    /// The moment that orders events: a clock that is far ahead must not keep an event last for ever.
    pub(crate) fn order_ms(&self) -> i64 {
        self.timestamp_ms.min(self.received_ms.saturating_add(FUTURE_MS))
    }

    /// The moment that tells what came first in one browser. The corrected timestamps of two requests differ by their
    /// time on the way, which is longer than it takes from a click on "Log in" to the `$identify` that follows it.
    pub(crate) fn browser_ms(&self) -> i64 {
        self.browser_ms.unwrap_or_else(|| self.order_ms())
    }

    fn kind(&self, left_out: &LeftOut) -> Result<ActionKind, &'static str> {
        if left_out.contains(&self.event) {
            return Err("listed");
        }
        match self.event.as_str() {
            "$pageview" => Ok(ActionKind::Pageview),
            "$rageclick" => Ok(ActionKind::Rageclick),
            "$autocapture" => self.dom_kind().ok_or("unknown_dom_event"),
            other if other.starts_with('$') => Err("unknown_event"),
            _ => Ok(ActionKind::Custom),
        }
    }

    fn dom_kind(&self) -> Option<ActionKind> {
        match self.event_type.as_str() {
            "click" => Some(ActionKind::Click),
            "change" | "input" | "keydown" => Some(ActionKind::Type),
            "submit" => Some(ActionKind::Submit),
            "focus" => Some(ActionKind::Focus),
            "blur" => Some(ActionKind::Blur),
            _ => None,
        }
    }

    fn teaches(&self) -> bool {
        [&self.email, &self.set_email, &self.set_email_once, &self.alias].into_iter().any(Option::is_some)
    }
}

impl ContentDigest {
    /// Of the parts that make the content, in their order.
    pub(crate) fn of(parts: [&str; 7]) -> Self {
        Self(hash(parts.map(str::as_bytes)))
    }

    fn is_absent(&self) -> bool {
        *self == Self::default()
    }
}

/// Shows what the event is, never whose it is or what it says.
impl fmt::Debug for BrowserEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserEvent")
            .field("event", &self.event)
            .field("event_type", &self.event_type)
            .field("timestamp_ms", &self.timestamp_ms)
            .field("received_ms", &self.received_ms)
            .finish_non_exhaustive()
    }
}

/// Each part behind its length, so that no two lists of parts are the same bytes.
fn hash<const N: usize>(parts: [&[u8]; N]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let whole: [u8; 32] = hasher.finalize().into();
    let mut cut = [0; 16];
    cut.copy_from_slice(&whole[..16]);
    cut
}

#[cfg(test)]
mod tests;
