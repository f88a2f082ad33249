//! Telling of what outsiders can cause at any rate: now and then, not each time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_mins(1);

/// When it was last told, and how often it has happened since.
#[derive(Debug, Default)]
pub(crate) struct Occasionally(Mutex<(Option<Instant>, u64)>);

impl Occasionally {
    /// Notes that it happened. Once a minute at most: how often since the last time, this one included.
    pub(crate) fn note(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, count) = &mut *state;
        *count += 1;
        if told.is_some_and(|told| now.saturating_duration_since(told) < EVERY) {
            return None;
        }
        *told = Some(now);
        Some(std::mem::take(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_a_minute_with_how_often_it_happened() {
        let (start, occasionally) = (Instant::now(), Occasionally::default());
        assert_eq!(occasionally.note(start), Some(1));
        assert_eq!(occasionally.note(start + EVERY / 2), None);
        assert_eq!(occasionally.note(start + EVERY), Some(2));
    }
}
