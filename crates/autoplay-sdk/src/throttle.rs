//! Warnings that can repeat are rate-limited.

use std::time::{Duration, Instant};

/// So many warnings may come at once.
const BURST: u32 = 10;
/// After a burst, one each so often.
const EVERY: Duration = Duration::from_secs(1);

/// Lets a burst pass, then one a second, and counts what it keeps back.
#[derive(Debug)]
pub(crate) struct Throttle {
    allowance: u32,
    granted: Instant,
    silenced: u64,
}

impl Throttle {
    pub(crate) fn new(now: Instant) -> Self {
        Self { allowance: BURST, granted: now, silenced: 0 }
    }

    /// Whether a warning may pass, with the number of those kept back since the last one.
    pub(crate) fn pass(&mut self, now: Instant) -> Option<u64> {
        let due = now.saturating_duration_since(self.granted).as_secs() / EVERY.as_secs();
        if due > 0 {
            let due = u32::try_from(due).unwrap_or(u32::MAX);
            self.allowance = self.allowance.saturating_add(due).min(BURST);
            self.granted = now;
        }
        if self.allowance == 0 {
            self.silenced += 1;
            return None;
        }
        self.allowance -= 1;
        Some(std::mem::take(&mut self.silenced))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_a_second_which_tells_of_the_others() {
        let start = Instant::now();
        let mut throttle = Throttle::new(start);
        let passed = (0..100).filter(|_| throttle.pass(start).is_some()).count();
        assert_eq!(passed, 10);
        assert_eq!(throttle.pass(start + EVERY), Some(90));
        assert_eq!(throttle.pass(start + EVERY), None);
        assert_eq!(throttle.pass(start + EVERY * 2), Some(1));
    }
}
