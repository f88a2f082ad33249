//! The text of a payload.

use super::{Malformed, draft, lenient};
use std::fmt::Write;

/// What [`SummaryPayload::to_text`](super::SummaryPayload::to_text) gives, taken from its JSON.
pub(super) fn of_summary(data: &str) -> Result<String, Malformed> {
    let mut summary = None;
    draft::object(data)?.object::<()>(&[], |key, reader| {
        match &*key.text {
            "summary" => summary = lenient::text(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(summary.unwrap_or_default())
}

/// The first line of a batch, with room for the others: growing step by step would cost as much as all the rest.
pub(super) fn head(session: Option<&str>, count: usize, room: usize) -> String {
    let session = session.unwrap_or("unknown");
    let mut head = String::with_capacity(session.len() + 48 + room);
    let _infallible = write!(head, "Session {session} — {count} actions");
    head
}

/// The line of an action.
pub(super) fn write_line(text: &mut String, index: i64, parts: [&str; 3]) {
    let [kind, description, canonical_url] = parts;
    let _infallible = write!(text, "[{index}");
    for part in ["] ", kind, ": ", description, " — ", canonical_url] {
        text.push_str(part);
    }
}
