//! Cuts a stream into lines.

use std::ops::Range;

use memchr::memchr2;

use super::block::release;

const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Finds the ends of lines and remembers what has to last from one chunk to the next.
///
/// No byte is looked at twice: of a line that a chunk leaves unfinished, only what the next chunk
/// brings is searched.
#[derive(Default)]
pub(super) struct Lines {
    /// The beginning of an unfinished line.
    carry: Vec<u8>,
    /// How many bytes of it were not worth keeping.
    cut: usize,
    /// `carry` was handed out and makes room for the next unfinished line.
    spent: bool,
    /// A chunk ended with a CR; an LF right after it belongs to the same line end.
    after_cr: bool,
    /// How much of the byte order mark has been seen; 3 also when there is none.
    mark: usize,
}

/// Where a line lies.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// In the chunk.
    Whole(Range<usize>),
    /// In [`Lines::carry`], because it came in several chunks. The end may be missing.
    Carried { cut: usize },
}

impl Lines {
    /// Skips what may stand before the first line of a chunk; tells where that line begins.
    pub(super) fn begin(&mut self, chunk: &[u8]) -> usize {
        let mut at = 0;
        while self.mark < BYTE_ORDER_MARK.len() && at < chunk.len() {
            if chunk[at] == BYTE_ORDER_MARK[self.mark] {
                self.mark += 1;
                at += 1;
            } else {
                // Not a mark after all, so its first bytes belong to the first line.
                self.carry.extend_from_slice(&BYTE_ORDER_MARK[..self.mark]);
                self.mark = BYTE_ORDER_MARK.len();
            }
        }
        if self.after_cr && at < chunk.len() {
            self.after_cr = false;
            at += usize::from(chunk[at] == b'\n');
        }
        at
    }

    /// The next line of `chunk` from `at` on; `None` when no further line ends in this chunk.
    ///
    /// `worth_keeping` tells by the beginning of a line how many of its bytes are of use.
    #[inline]
    pub(super) fn next(
        &mut self,
        chunk: &[u8],
        at: &mut usize,
        worth_keeping: impl Fn(&[u8]) -> usize,
    ) -> Option<Line> {
        if self.spent {
            self.clear_carry();
        }
        let (start, rest) = (*at, &chunk[*at..]);
        let found = match rest.first() {
            // Every event ends with a blank line: not worth the start of a search.
            Some(b'\n' | b'\r') => Some(0),
            _ => memchr2(b'\r', b'\n', rest),
        };
        let Some(length) = found else {
            *at = chunk.len();
            self.keep(rest, worth_keeping);
            return None;
        };
        let end = start + length;
        *at = end + 1;
        if chunk[end] == b'\r' {
            match chunk.get(*at) {
                Some(b'\n') => *at += 1,
                Some(_) => {}
                None => self.after_cr = true,
            }
        }
        if self.carry.is_empty() {
            return Some(Line::Whole(start..end));
        }
        self.keep(&chunk[start..end], worth_keeping);
        self.spent = true;
        Some(Line::Carried { cut: self.cut })
    }

    /// The line that came in several chunks, until the next one is asked for.
    pub(super) fn carry(&self) -> &[u8] {
        &self.carry
    }

    /// The same, to be taken out and replaced by any other buffer.
    pub(super) fn carry_mut(&mut self) -> &mut Vec<u8> {
        &mut self.carry
    }

    fn keep(&mut self, piece: &[u8], worth_keeping: impl Fn(&[u8]) -> usize) {
        if piece.is_empty() {
            return;
        }
        let beginning = if self.carry.is_empty() { piece } else { &self.carry };
        let room = worth_keeping(beginning).saturating_sub(self.carry.len());
        let kept = piece.len().min(room);
        self.carry.extend_from_slice(&piece[..kept]);
        self.cut = self.cut.saturating_add(piece.len() - kept);
    }

    fn clear_carry(&mut self) {
        release(&mut self.carry);
        self.cut = 0;
        self.spent = false;
    }
}
