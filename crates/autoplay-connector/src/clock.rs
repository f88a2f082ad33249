//! The connector's clock: a parameter, so that a recording can be played at ten times its speed.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time of day and how long a span of it lasts.
///
/// The time of day stamps events; it may step when an operator corrects the system's clock. Waiting (for a quiet
/// session, say) is always measured by the monotonic clock, which cannot.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Scaled { origin_ms: i64, started: Instant, speed: u32 },
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands at `origin_ms` (Unix milliseconds) now and runs `speed` times as fast as the system's.
    /// A speed of 0 counts as 1.
    #[must_use]
    pub fn scaled(origin_ms: i64, speed: u32) -> Self {
        Self(Kind::Scaled { origin_ms, started: Instant::now(), speed: speed.max(1) })
    }

    /// Unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Kind::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis),
            Kind::Scaled { origin_ms, started, speed } => {
                origin_ms.saturating_add(millis(started.elapsed().saturating_mul(*speed)))
            }
        }
    }

    /// How long `span` of this clock takes in reality.
    #[must_use]
    pub fn real(&self, span: Duration) -> Duration {
        match self.0 {
            Kind::System => span,
            Kind::Scaled { speed, .. } => span / speed,
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// The time as the log takes it, which knows none before 1970.
pub(crate) fn log_time(now_ms: i64) -> u64 {
    now_ms.max(0).cast_unsigned()
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_clock_starts_at_its_origin_and_shortens_waits() {
        let clock = Clock::scaled(1_795_516_029_043, 10);
        let now = clock.now_ms();
        assert!((1_795_516_029_043..1_795_516_039_043).contains(&now), "{now}");
        assert_eq!(clock.real(Duration::from_millis(250)), Duration::from_millis(25));
    }
}
