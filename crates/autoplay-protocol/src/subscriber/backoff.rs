//! How long to wait before the next attempt.

use std::time::Duration;

/// The shortest pause that a server can ask for with `retry:`. `retry: 0` would double to 0 for ever, and a server
/// that ends each answer at once would then be asked in a hot loop.
const SHORTEST_RETRY: Duration = Duration::from_millis(10);

/// Exponential backoff: an initial pause that doubles up to a longest one, plus 0–10 % of jitter, so that the
/// subscribers of a restarted server do not all come back in the same instant.
///
/// ```
/// use autoplay_protocol::subscriber::Backoff;
/// use std::time::Duration;
///
/// let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30), 42);
/// let first = backoff.next_delay();
/// assert!(first >= Duration::from_secs(1) && first <= Duration::from_millis(1_100));
/// let second = backoff.next_delay();
/// assert!(second >= Duration::from_secs(2) && second <= Duration::from_millis(2_200));
///
/// backoff.start_over();
/// assert!(backoff.next_delay() < Duration::from_secs(2));
/// ```
#[derive(Debug, Clone)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    /// The last pause without its jitter; `None` before the first and after starting over.
    last: Option<Duration>,
    random: Random,
}

impl Backoff {
    /// Starts at `initial`, ends at `max`; `seed` decides the jitter and nothing else.
    #[must_use]
    pub fn new(initial: Duration, max: Duration, seed: u64) -> Self {
        Self { initial: initial.min(max), max, last: None, random: Random(seed) }
    }

    /// The pause before the next attempt: each call is one more failure.
    pub fn next_delay(&mut self) -> Duration {
        let base = match self.last {
            None => self.initial,
            Some(last) => last.saturating_mul(2).max(self.initial).min(self.max),
        };
        self.last = Some(base);
        self.with_jitter(base)
    }

    /// The connection has proven itself: the next pause is the initial one again.
    pub fn start_over(&mut self) {
        self.last = None;
    }

    /// The server's `retry:` replaces the initial pause, within the longest.
    pub fn set_initial(&mut self, initial: Duration) {
        self.initial = initial.max(SHORTEST_RETRY).min(self.max);
    }

    /// `base` and up to a tenth of it on top, never less.
    pub(super) fn with_jitter(&mut self, base: Duration) -> Duration {
        base.saturating_add(base.mul_f64(self.random.fraction() / 10.0))
    }
}

/// `SplitMix64`: small, good enough to spread clients in time, and the same on every machine for the same seed.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    /// Evenly from 0 up to, but not including, 1.
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
        let top = u32::try_from(word >> 32).expect("32 bits are left after the shift");
        f64::from(top) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[track_caller]
    fn assert_delay(backoff: &mut Backoff, base: Duration) {
        let delay = backoff.next_delay();
        assert!(delay >= base, "{delay:?} is shorter than {base:?}");
        assert!(delay <= base + base / 10, "{delay:?} is more than a tenth over {base:?}");
    }

    #[test]
    fn doubles_to_the_longest_and_stays_there() {
        let mut backoff = Backoff::new(MS(1_000), MS(30_000), 7);
        for base in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000] {
            assert_delay(&mut backoff, MS(base));
        }
    }

    #[test]
    fn starts_over_at_the_initial_pause() {
        let mut backoff = Backoff::new(MS(100), MS(1_000), 7);
        backoff.next_delay();
        backoff.next_delay();
        backoff.start_over();
        assert_delay(&mut backoff, MS(100));
        assert_delay(&mut backoff, MS(200));
    }

    #[test]
    fn retry_replaces_the_initial_pause_within_the_longest() {
        let mut backoff = Backoff::new(MS(100), MS(1_000), 7);
        backoff.set_initial(MS(400));
        for base in [400, 800, 1_000] {
            assert_delay(&mut backoff, MS(base));
        }
        backoff.start_over();
        backoff.set_initial(MS(60_000));
        assert_delay(&mut backoff, MS(1_000));
    }

    #[test]
    fn retry_of_zero_does_not_make_a_hot_loop() {
        let mut backoff = Backoff::new(MS(1_000), MS(30_000), 7);
        backoff.set_initial(Duration::ZERO);
        let waited: Duration = (0..12).map(|_| backoff.next_delay()).sum();
        assert!(waited > MS(20_000), "twelve failures took only {waited:?}");
    }

    #[test]
    fn jitter_differs_by_seed_and_spreads() {
        let delays: Vec<_> =
            (0..100).map(|seed| Backoff::new(MS(1_000), MS(30_000), seed).next_delay()).collect();
        let shortest = delays.iter().min().unwrap();
        let longest = delays.iter().max().unwrap();
        assert!(*shortest < MS(1_010) && *longest > MS(1_090), "{shortest:?} to {longest:?}");
    }

    #[test]
    fn absurd_settings_do_not_panic() {
        let mut backoff = Backoff::new(Duration::MAX, Duration::MAX, 7);
        for _ in 0..4 {
            assert_eq!(backoff.next_delay(), Duration::MAX);
        }
        let mut backoff = Backoff::new(MS(5_000), MS(1_000), 7);
        assert_delay(&mut backoff, MS(1_000));
    }
}
