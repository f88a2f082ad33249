//! Gathers lines up to the blank one that ends their block.

use std::mem;
use std::ops::Range;
use std::time::Duration;

use super::field::{Field, LONGEST_PREFIX, TELLING_PREFIX};
use super::lines::Line;

/// A buffer that grew beyond this for one big event is given back afterwards.
const KEPT_CAPACITY: usize = 256 * 1024;

/// However low the limit for events is set, a name, an id, a comment may be this long.
const SHORT_LINE: usize = 1024;

/// The lines since the last blank one.
pub(super) struct Block {
    max_event_bytes: usize,
    data: Data,
    /// Holds data that could not stay in the chunk.
    buffer: Vec<u8>,
    /// How long the data is, the skipped part included.
    data_bytes: usize,
    name: String,
    id: String,
    has_id: bool,
    /// The length of the longest part that went over its limit.
    too_long: Option<usize>,
}

/// Where the data of the block is.
#[derive(Default)]
enum Data {
    /// No `data` line yet.
    #[default]
    None,
    /// One line, where it arrived.
    InChunk(Range<usize>),
    /// In the buffer, from this offset on.
    Buffered(usize),
    /// Given up, for it is over the limit.
    Skipped,
}

/// What a line amounts to, as positions: the borrowing item is made of it at the very end.
pub(super) enum Step {
    Event,
    Empty { has_id: bool },
    Oversized { bytes: usize },
    Comment { line: Line, start: usize },
    Retry(Duration),
}

impl Block {
    pub(super) fn new(max_event_bytes: usize) -> Self {
        Self {
            max_event_bytes,
            data: Data::None,
            buffer: Vec::new(),
            data_bytes: 0,
            name: String::new(),
            id: String::new(),
            has_id: false,
            too_long: None,
        }
    }

    /// How many bytes of a line that begins like this are of use, so that no line costs more than the limit.
    pub(super) fn worth_keeping(&self, beginning: &[u8]) -> usize {
        match Field::of(beginning).0 {
            Field::Data => self.room_for_data().saturating_add(LONGEST_PREFIX),
            Field::Unknown if beginning.len() >= TELLING_PREFIX => TELLING_PREFIX,
            _ => self.longest_line().saturating_add(LONGEST_PREFIX),
        }
    }

    /// Takes a line that is not blank.
    #[inline]
    pub(super) fn take(&mut self, line: Line, chunk: &[u8], carry: &mut Vec<u8>) -> Option<Step> {
        let (text, cut) = match &line {
            Line::Whole(range) => (&chunk[range.clone()], 0),
            Line::Carried { cut } => (carry.as_slice(), *cut),
        };
        let (field, start) = Field::of(text);
        let value = &text[start..];
        let length = value.len().saturating_add(cut);
        match field {
            Field::Data => self.take_data(&line, start, length, chunk, carry),
            Field::Unknown => {}
            _ if length > self.longest_line() => {
                if matches!(field, Field::Event | Field::Id) {
                    self.too_long = self.too_long.max(Some(length));
                }
            }
            Field::Event => replace(&mut self.name, value),
            Field::Id => self.take_id(value),
            Field::Retry => return retry(value).map(Step::Retry),
            Field::Comment => return Some(Step::Comment { line, start }),
        }
        None
    }

    /// The blank line: §9.2.6, "dispatch the event". The id counts whether or not there is an event.
    #[inline]
    pub(super) fn end(&mut self, last_event_id: &mut String) -> Option<Step> {
        if self.has_id {
            mem::swap(last_event_id, &mut self.id);
        }
        if matches!(self.data, Data::None) {
            let Self { has_id, ref name, .. } = *self;
            return (has_id || !name.is_empty()).then_some(Step::Empty { has_id });
        }
        match self.too_long {
            Some(bytes) => Some(Step::Oversized { bytes }),
            None => Some(Step::Event),
        }
    }

    /// Forgets everything, for the next block.
    #[inline]
    pub(super) fn clear(&mut self) {
        if !self.buffer.is_empty() {
            release(&mut self.buffer);
        }
        self.data = Data::None;
        self.data_bytes = 0;
        release_text(&mut self.name);
        self.has_id = false;
        self.too_long = None;
    }

    /// Copies what lies in a chunk that is about to go away.
    pub(super) fn leave_chunk(&mut self, chunk: &[u8]) {
        if let Data::InChunk(range) = &self.data {
            self.buffer.clear();
            self.buffer.extend_from_slice(&chunk[range.clone()]);
            self.data = Data::Buffered(0);
        }
    }

    pub(super) fn buffered_bytes(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn name(&self) -> &str {
        if self.name.is_empty() { "message" } else { &self.name }
    }

    pub(super) fn data<'a>(&'a self, chunk: &'a [u8]) -> &'a [u8] {
        match &self.data {
            Data::InChunk(range) => &chunk[range.clone()],
            Data::Buffered(start) => &self.buffer[*start..],
            Data::None | Data::Skipped => &[],
        }
    }

    #[inline]
    fn take_data(&mut self, line: &Line, start: usize, length: usize, chunk: &[u8], carry: &mut Vec<u8>) {
        let first = matches!(self.data, Data::None);
        let line_feed = usize::from(!first);
        self.data_bytes = self.data_bytes.saturating_add(line_feed).saturating_add(length);
        if self.data_bytes > self.max_event_bytes {
            self.too_long = self.too_long.max(Some(self.data_bytes));
            self.data = Data::Skipped;
            release(&mut self.buffer);
            return;
        }
        match line {
            Line::Whole(range) if first => self.data = Data::InChunk(range.start + start..range.end),
            // A large event is gathered as one unfinished line: it changes hands uncopied.
            Line::Carried { .. } if first => {
                mem::swap(&mut self.buffer, carry);
                self.data = Data::Buffered(start);
            }
            Line::Whole(range) => self.append(&chunk[range.start + start..range.end], chunk),
            Line::Carried { .. } => self.append(&carry[start..], chunk),
        }
    }

    /// Appends a further data line. Within the limit nothing of a line is ever missing.
    fn append(&mut self, value: &[u8], chunk: &[u8]) {
        self.leave_chunk(chunk);
        self.buffer.push(b'\n');
        self.buffer.extend_from_slice(value);
    }

    /// An id with a NULL is ignored: it could not be sent back in a header.
    fn take_id(&mut self, value: &[u8]) {
        if !value.contains(&0) {
            replace(&mut self.id, value);
            self.has_id = true;
        }
    }

    fn room_for_data(&self) -> usize {
        self.max_event_bytes.saturating_sub(self.data_bytes)
    }

    fn longest_line(&self) -> usize {
        self.max_event_bytes.max(SHORT_LINE)
    }
}

/// Empties a buffer, and gives its memory back if that is much.
pub(super) fn release(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_CAPACITY {
        *buffer = Vec::new();
    } else {
        buffer.clear();
    }
}

/// The same for text.
pub(super) fn release_text(text: &mut String) {
    if text.capacity() > KEPT_CAPACITY {
        *text = String::new();
    } else {
        text.clear();
    }
}

/// Decodes as the standard's UTF-8 decoder does. To decode a value by itself changes nothing: no
/// invalid sequence swallows the ASCII character that follows it.
pub(super) fn replace(text: &mut String, bytes: &[u8]) {
    text.clear();
    if let Ok(valid) = str::from_utf8(bytes) {
        text.push_str(valid);
        return;
    }
    for part in bytes.utf8_chunks() {
        text.push_str(part.valid());
        if !part.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Milliseconds, of ASCII digits only. What is beyond counting is for ever.
fn retry(value: &[u8]) -> Option<Duration> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |millis: u64, digit: &u8| millis.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(Duration::from_millis(value.iter().fold(0, digit)))
}
