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
    for part in ["Session ", session, " — "] {
        head.push_str(part);
    }
    number(&mut head, i64::try_from(count).unwrap_or(i64::MAX));
    head.push_str(" actions");
    head
}

/// What an action's line has after its index.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Kind,
    Description,
    CanonicalUrl,
}

/// The line of an action, whose parts are written by `write`.
pub(super) fn line(text: &mut String, index: i64, write: impl Fn(&mut String, Part)) {
    text.push('[');
    number(text, index);
    for (before, part) in [("] ", Part::Kind), (": ", Part::Description), (" — ", Part::CanonicalUrl)] {
        text.push_str(before);
        write(text, part);
    }
}

/// Most numbers here have one digit, for which formatting is a long way round.
fn number(text: &mut String, number: i64) {
    if let Ok(digit @ 0..10) = u8::try_from(number) {
        text.push(char::from(b'0' + digit));
    } else {
        let _infallible = write!(text, "{number}");
    }
}
