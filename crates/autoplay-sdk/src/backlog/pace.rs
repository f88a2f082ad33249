//! How fast callbacks are.

use std::time::Duration;

/// How many callbacks the mean is taken over: enough to forget one that was odd, few enough to notice a change.
const REMEMBERED: usize = 16;

/// The durations of the newest callbacks.
#[derive(Debug, Default)]
pub(super) struct Pace {
    newest: [Duration; REMEMBERED],
    noted: usize,
    sum: Duration,
}

impl Pace {
    pub(super) fn note(&mut self, duration: Duration) {
        let slot = &mut self.newest[self.noted % REMEMBERED];
        // A callback that ran for ages must not overflow the sum of sixteen.
        let duration = duration.min(Duration::from_hours(24 * 365));
        self.sum = (self.sum + duration).saturating_sub(*slot);
        *slot = duration;
        self.noted += 1;
    }

    /// Zero while nothing is known.
    pub(super) fn mean(&self) -> Duration {
        match u32::try_from(self.noted.min(REMEMBERED)) {
            Ok(count) if count > 0 => self.sum / count,
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_of_the_newest_sixteen() {
        let mut pace = Pace::default();
        assert_eq!(pace.mean(), Duration::ZERO);
        pace.note(Duration::from_secs(100));
        assert_eq!(pace.mean(), Duration::from_secs(100));
        (0..16).for_each(|_| pace.note(Duration::from_millis(20)));
        assert_eq!(pace.mean(), Duration::from_millis(20));
        pace.note(Duration::MAX);
        (0..16).for_each(|_| pace.note(Duration::ZERO));
        assert_eq!(pace.mean(), Duration::ZERO);
    }
}
