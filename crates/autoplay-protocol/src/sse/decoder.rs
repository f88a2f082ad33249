//! The decoder that a caller sees.

use std::borrow::Cow;
use std::{fmt, mem};

use simdutf8::basic::from_utf8;

use super::block::{Block, Step, release_text, replace};
use super::item::{Event, Item};
use super::lines::{Line, Lines};

/// The limit of [`Decoder::new`]: 16 MiB.
pub const DEFAULT_MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Decodes one stream of server-sent events after another.
///
/// It takes bytes in any pieces and gives the same items for all of them. An event of one `data`
/// line that lies in one chunk is neither copied nor allocated for. Everything else is bounded: the
/// data of an event takes at most the limit, and so does a line that never ends.
///
/// The limit holds for the data of an event: the values of its `data` lines with the line feeds
/// between them, in bytes as they were sent. Names, ids and comments may be as long, and 1 KiB in
/// any case. An event whose name or id is longer is skipped like one whose data is; such an id can't
/// be kept, so the one before it stays. A longer comment is passed over.
///
/// A decoder lives longer than a connection: [`reset`](Self::reset) prepares it for the next one. What
/// the standard leaves open is decided as browsers do: the last event id outlives the connection, so
/// the first event of the next one still has it if it brings none of its own.
pub struct Decoder {
    lines: Lines,
    block: Block,
    last_event_id: String,
    /// Text that had to be changed, for it was not UTF-8.
    repaired: String,
    /// What [`Items`] was dropped before.
    backlog: Vec<u8>,
}

impl Decoder {
    /// A decoder for events of at most [`DEFAULT_MAX_EVENT_BYTES`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_event_bytes(DEFAULT_MAX_EVENT_BYTES)
    }

    /// A decoder that skips events with more than `max` bytes of data.
    #[must_use]
    pub fn with_max_event_bytes(max: usize) -> Self {
        Self {
            lines: Lines::default(),
            block: Block::new(max),
            last_event_id: String::new(),
            repaired: String::new(),
            backlog: Vec::new(),
        }
    }

    /// Sets the id that counts until the stream brings one, as when a run goes on after an earlier one.
    pub fn set_last_event_id(&mut self, id: &str) {
        id.clone_into(&mut self.last_event_id);
    }

    /// The id to resume after, empty if there is none. It is that of the last finished block that had
    /// one, with or without data, and never ahead of the items handed out.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// How many bytes of unfinished lines and blocks it holds.
    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.lines.carry().len() + self.block.buffered_bytes() + self.backlog.len()
    }

    /// Takes the next bytes of the stream and gives what they complete.
    ///
    /// Drop [`Items`] early, and nothing is lost: what it has not looked at is copied, and comes first
    /// the next time.
    pub fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> Items<'a> {
        let chunk = if self.backlog.is_empty() {
            Cow::Borrowed(chunk)
        } else {
            let mut bytes = mem::take(&mut self.backlog);
            bytes.extend_from_slice(chunk);
            Cow::Owned(bytes)
        };
        let at = self.lines.begin(&chunk);
        Items { decoder: self, chunk, at, shown: false }
    }

    /// Prepares for a new stream: discards an unfinished block with its id, as the standard says for
    /// the end of a stream, and whatever has not been taken out. The last event id stays.
    pub fn reset(&mut self) {
        self.lines = Lines::default();
        self.block.clear();
        self.backlog = Vec::new();
    }

    /// Goes on to the next thing worth showing.
    #[inline]
    fn advance(&mut self, chunk: &[u8], at: &mut usize) -> Option<Step> {
        loop {
            let line = self.lines.next(chunk, at, |beginning| self.block.worth_keeping(beginning))?;
            match line {
                Line::Whole(range) if range.is_empty() => match self.block.end(&mut self.last_event_id) {
                    None => self.block.clear(),
                    step => return step,
                },
                line => match self.block.take(line, chunk, self.lines.carry_mut()) {
                    None => {}
                    step => return step,
                },
            }
        }
    }

    /// Makes of the positions in a step the item that borrows.
    #[inline]
    fn item<'a>(&'a mut self, step: Step, chunk: &'a [u8]) -> Item<'a> {
        match step {
            Step::Event => Item::Event(Event {
                event: self.block.name(),
                data: text(self.block.data(chunk), &mut self.repaired),
                id: &self.last_event_id,
            }),
            Step::Empty { has_id } => {
                Item::Empty { event: self.block.name(), id: &self.last_event_id, has_id }
            }
            Step::Oversized { bytes } => Item::Oversized { bytes, id: &self.last_event_id },
            Step::Retry(delay) => Item::Retry(delay),
            Step::Comment { line, start } => {
                let line = match line {
                    Line::Whole(range) => &chunk[range],
                    Line::Carried { .. } => self.lines.carry(),
                };
                Item::Comment(text(&line[start..], &mut self.repaired))
            }
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows the place and nothing of what passes through.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("last_event_id", &self.last_event_id).finish_non_exhaustive()
    }
}

/// What one chunk brought, to be taken out one by one: an item borrows from here, so it must be done
/// with before the next is asked for. That is why this is not an [`Iterator`].
pub struct Items<'a> {
    decoder: &'a mut Decoder,
    chunk: Cow<'a, [u8]>,
    at: usize,
    /// The last item ended a block, which is still there to be borrowed from.
    shown: bool,
}

impl fmt::Debug for Items<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("left", &(self.chunk.len() - self.at)).finish_non_exhaustive()
    }
}

impl Items<'_> {
    /// The next item; `None` when the chunk is used up.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "a lending iterator can't be an Iterator")]
    pub fn next(&mut self) -> Option<Item<'_>> {
        if mem::take(&mut self.shown) {
            self.decoder.block.clear();
        }
        let step = self.decoder.advance(&self.chunk, &mut self.at)?;
        self.shown = !matches!(step, Step::Comment { .. } | Step::Retry(_));
        Some(self.decoder.item(step, &self.chunk))
    }
}

impl Drop for Items<'_> {
    fn drop(&mut self) {
        let decoder = &mut *self.decoder;
        if self.shown {
            decoder.block.clear();
        }
        decoder.block.leave_chunk(&self.chunk);
        decoder.backlog.extend_from_slice(&self.chunk[self.at..]);
        release_text(&mut decoder.repaired);
    }
}

/// The bytes as text: themselves, if they are UTF-8.
#[inline]
fn text<'a>(bytes: &'a [u8], repaired: &'a mut String) -> &'a str {
    if let Ok(text) = from_utf8(bytes) {
        return text;
    }
    replace(repaired, bytes);
    repaired
}

#[cfg(test)]
mod tests;
