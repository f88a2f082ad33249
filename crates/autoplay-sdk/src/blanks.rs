//! Text that nobody needs any more, to be written into again.
//!
//! The reader writes the text of each event, and a worker is done with it: memory that one thread allocates and another
//! frees costs both a quarrel over the allocator. So it goes back to the reader, along with the locks that are taken
//! anyway.

use std::mem;

/// Emptied text. A few for each thread: what is kept has no use but speed.
#[derive(Debug, Default)]
pub(crate) struct Blanks(Vec<String>);

/// More than are handed over together ...
const MOST: usize = 256;

/// ... and none that a large event has left.
const LARGEST: usize = 4096;

impl Blanks {
    /// One with room for text, if there is one.
    pub(crate) fn take(&mut self) -> String {
        self.0.pop().unwrap_or_default()
    }

    pub(crate) fn put(&mut self, mut text: String) {
        if (1..=LARGEST).contains(&text.capacity()) && self.0.len() < MOST {
            text.clear();
            self.0.push(text);
        }
    }

    /// Takes all of theirs, as far as it may.
    pub(crate) fn collect(&mut self, theirs: &mut Self) {
        if self.0.is_empty() {
            mem::swap(self, theirs);
        }
        let most = MOST - self.0.len();
        self.0.extend(theirs.0.drain(..).take(most));
    }

    /// Has the more of the two from now on.
    pub(crate) fn exchange(&mut self, theirs: &mut Self) {
        if self.0.len() < theirs.0.len() {
            mem::swap(self, theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: usize) -> Blanks {
        let mut blanks = Blanks::default();
        (0..count).for_each(|_| blanks.put("text".to_owned()));
        blanks
    }

    #[test]
    fn what_comes_out_is_empty_and_has_room() {
        let mut blanks = filled(1);
        let text = blanks.take();
        assert!(text.is_empty() && text.capacity() >= 4);
        assert_eq!(blanks.take().capacity(), 0, "there was one only");
    }

    #[test]
    fn their_number_and_size_are_bounded() {
        let mut blanks = filled(10 * MOST);
        assert_eq!(blanks.0.len(), MOST);
        blanks.collect(&mut filled(10));
        assert_eq!(blanks.0.len(), MOST);

        let mut blanks = Blanks::default();
        blanks.put(String::with_capacity(LARGEST + 1));
        blanks.put(String::new());
        assert!(blanks.0.is_empty());
    }

    #[test]
    fn they_go_from_hand_to_hand() {
        let (mut worker, mut queue, mut reader) = (filled(3), filled(2), filled(1));
        queue.collect(&mut worker);
        assert_eq!((worker.0.len(), queue.0.len()), (0, 5));
        reader.exchange(&mut queue);
        assert_eq!((queue.0.len(), reader.0.len()), (1, 5));
        reader.exchange(&mut queue);
        assert_eq!((queue.0.len(), reader.0.len()), (1, 5), "the reader keeps the more");
    }
}
