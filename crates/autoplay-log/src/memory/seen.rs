use std::collections::{HashMap, VecDeque};

use crate::Fingerprint;

/// How many forgotten events one new one pays for: more than one, so that the memory shrinks back after a burst.
const FORGET_AT_ONCE: usize = 4;

/// What was seen of one product.
#[derive(Default)]
pub(super) struct Seen {
    /// When each fingerprint was seen first.
    at_ms: HashMap<Fingerprint, u64>,
    /// The same in order of arrival, for forgetting. An entry may be outdated: then the map has another time.
    order: VecDeque<(Fingerprint, u64)>,
}

impl Seen {
    /// Remembers the fingerprint and says whether it is new.
    pub(super) fn remember(
        &mut self,
        fingerprint: Fingerprint,
        now_ms: u64,
        window_ms: u64,
        most: u64,
    ) -> bool {
        let known = self.at_ms.get(&fingerprint).is_some_and(|&at_ms| is_within(at_ms, now_ms, window_ms));
        if known {
            return false;
        }
        self.at_ms.insert(fingerprint, now_ms);
        self.order.push_back((fingerprint, now_ms));
        self.forget(now_ms, window_ms, most);
        true
    }

    fn forget(&mut self, now_ms: u64, window_ms: u64, most: u64) {
        for _ in 0..FORGET_AT_ONCE {
            let Some(&(fingerprint, at_ms)) = self.order.front() else {
                return;
            };
            if is_within(at_ms, now_ms, window_ms) && self.order.len() as u64 <= most {
                return;
            }
            self.order.pop_front();
            if self.at_ms.get(&fingerprint) == Some(&at_ms) {
                self.at_ms.remove(&fingerprint);
            }
        }
    }
}

/// A time in the future is within: a clock that was set back must not make the log forget.
fn is_within(at_ms: u64, now_ms: u64, window_ms: u64) -> bool {
    now_ms.saturating_sub(at_ms) <= window_ms
}
