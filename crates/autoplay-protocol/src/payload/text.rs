//! The text of a payload, taken from its JSON: nothing is built, and what the text does not need is passed over.

use super::{Malformed, action, actions, draft, lenient};
use crate::json::{Container, JsonError, Reader, Shape};
use std::borrow::Cow;
use std::fmt::Write;

/// What [`ActionsPayload::to_text`](super::ActionsPayload::to_text) gives for a batch that is not malformed.
pub(super) fn of_actions(data: &str) -> Result<String, Malformed> {
    let mut session = None;
    // Half of the JSON is more than the lines take as a rule; growing them step by step would cost as much as all the rest.
    let mut lines = String::with_capacity(data.len() / 2 + 64);
    let mut count = 0;
    draft::object(data)?.object(actions::Field::NAMES, |key, reader| {
        match key.field {
            Some(actions::Field::SessionId) => session = lenient::borrowed_identity(reader)?,
            Some(actions::Field::Actions) => {
                // Of several the last one counts.
                lines.clear();
                count = write_lines(&mut lines, reader)?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    lines.insert_str(0, &head(session.as_deref(), count));
    Ok(lines)
}

/// What [`SummaryPayload::to_text`](super::SummaryPayload::to_text) gives.
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

/// The first line of a batch.
pub(super) fn head(session: Option<&str>, count: usize) -> String {
    let session = session.unwrap_or("unknown");
    let mut head = String::with_capacity(session.len() + 48);
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

/// Writes a line for each action of the list that comes next, and says how many there were.
fn write_lines(text: &mut String, reader: &mut Reader<'_>) -> Result<usize, JsonError> {
    if reader.peek()? != Shape::Container(Container::Array) {
        return reader.skip().map(|()| 0);
    }
    let mut count = 0;
    let mut more = reader.enter(Container::Array)?;
    while more {
        if reader.peek()? == Shape::Container(Container::Object) {
            text.push('\n');
            write_line_of(text, reader)?;
            count += 1;
        } else {
            reader.skip()?;
        }
        more = reader.another(Container::Array)?;
    }
    Ok(count)
}

fn write_line_of(text: &mut String, reader: &mut Reader<'_>) -> Result<(), JsonError> {
    let mut index = 0;
    let [mut kind, mut description, mut canonical_url] = [const { Cow::Borrowed("") }; 3];
    reader.object(action::Field::NAMES, |key, reader| {
        match key.field {
            Some(action::Field::Index) => index = lenient::integer(reader)?,
            Some(action::Field::Type) => kind = lenient::borrowed_text(reader)?.unwrap_or_default(),
            Some(action::Field::Description) => {
                description = lenient::borrowed_text(reader)?.unwrap_or_default();
            }
            Some(action::Field::CanonicalUrl) => {
                canonical_url = lenient::borrowed_text(reader)?.unwrap_or_default();
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    write_line(text, index, [&*kind, &*description, &*canonical_url]);
    Ok(())
}
