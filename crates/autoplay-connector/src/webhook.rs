//! What PostHog's webhook destination sends: a flat object of strings, an envelope `{"batch": […]}`, a bare list, or one
//! nested event.

use autoplay_protocol::json::Value;

use crate::browser_event::{BrowserEvent, Unreadable, read};
use crate::posthog::{DecodeError, arrival, events};

/// Decodes the body of a webhook that arrived at `received_ms` (Unix milliseconds). An event that cannot be read costs
/// none of the others.
pub fn decode(body: &[u8], received_ms: i64) -> Result<Vec<Result<BrowserEvent, Unreadable>>, DecodeError> {
    let body = body.trim_ascii();
    if body.is_empty() {
        return Err(DecodeError::Empty);
    }
    let value = Value::parse_bytes(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))?;
    let arrival = arrival(&value, "", received_ms);
    Ok(events(&value)?.iter().map(|event| read(event, arrival)).collect())
}
