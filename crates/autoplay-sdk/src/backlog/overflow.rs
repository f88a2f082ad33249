//! What becomes of an event that finds no place: it depends on how the callbacks keep up.

use std::time::{Duration, Instant};

use super::lane::Lane;
use super::{Backlog, Key, OnFull, Places};

/// A busy machine may leave a thread alone for so long: no callback is taken for a stuck one before. Without it, a
/// burst on a full queue of 500 would lose events whenever a worker is not scheduled for two milliseconds.
const HICCUP: Duration = Duration::from_millis(50);

/// What is to be done with an event that finds no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    Drop,
    /// To be asked again when an event has begun or ended, or at this time.
    Wait(Option<Instant>),
}

impl<T, K: Key> Backlog<T, K> {
    /// Now that it is full.
    pub(super) fn on_full(&self, now: Instant) -> Full {
        match self.rules.overflow {
            OnFull::Wait => Full::Wait(None),
            // A callback that is about to begin makes room: what fits depends on callbacks, not on threads.
            OnFull::DropBeyond(_) if self.room_is_coming() => Full::Wait(None),
            // Without a lag full is full, also where no callback has begun that could tell the pace.
            OnFull::DropBeyond(max_lag) if max_lag.is_zero() || self.need(max_lag, now) > max_lag => {
                Full::Drop
            }
            OnFull::DropBeyond(max_lag) => Full::Wait(self.lags_beyond_at(max_lag)),
        }
    }

    fn room_is_coming(&self) -> bool {
        let begins = |lane: &Lane<T>| lane.in_hand.is_empty() && !lane.lent.is_empty();
        self.rules.places == Places::UntilBegin && (!self.ready.is_empty() || self.lanes.values().any(begins))
    }

    /// How long the callbacks would need, at their present pace, for what waits: the longest of all lanes.
    fn need(&self, max_lag: Duration, now: Instant) -> Duration {
        let needs = self.lanes.values().map(|lane| {
            let since = lane.busy_since(self.connection.held_since);
            let so_far = since.map(|since| now.saturating_duration_since(since));
            // A hiccup is over before it says anything about the pace.
            let so_far = so_far.filter(|so_far| *so_far >= HICCUP.min(max_lag));
            lane.pace.mean().max(so_far.unwrap_or_default()).saturating_mul(self.count(lane))
        });
        needs.max().unwrap_or_default()
    }

    /// When the need will exceed `max_lag` if nothing begins or ends until then. A nanosecond late rather than early:
    /// asked again at that time, the answer must be another one.
    fn lags_beyond_at(&self, max_lag: Duration) -> Option<Instant> {
        let lanes = self.lanes.values().filter_map(|lane| {
            let since = lane.busy_since(self.connection.held_since)?;
            let count = self.count(lane);
            let patience =
                |count| (max_lag / count).saturating_add(Duration::from_nanos(1)).max(HICCUP.min(max_lag));
            (count > 0).then(|| since.checked_add(patience(count)))?
        });
        lanes.min()
    }

    /// How many events wait for the lane.
    fn count(&self, lane: &Lane<T>) -> u32 {
        let in_hand = if self.rules.places == Places::UntilEnd { lane.in_hand.len() } else { 0 };
        u32::try_from(lane.waiting.len() + lane.lent.len() + in_hand).unwrap_or(u32::MAX)
    }
}
