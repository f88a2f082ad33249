//! What is found out about the data of events, by whichever thread reads it: counted, and warned of.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use autoplay_protocol::payload::{Corrections, Payload};

use crate::counters::Counters;
use crate::queued::{Delivery, Queued, Unreadable};
use crate::throttle::Throttle;

/// The findings of a client. Warnings that can repeat are rate-limited, and none of them shows a payload.
#[derive(Debug)]
pub(crate) struct Findings {
    url: String,
    malformed: Mutex<Throttle>,
    corrected: Mutex<Throttle>,
}

impl Findings {
    /// `url` is shown as it is, so it must be without secrets.
    pub(crate) fn new(url: &str) -> Self {
        let throttle = || Mutex::new(Throttle::new(Instant::now()));
        Self { url: url.to_owned(), malformed: throttle(), corrected: throttle() }
    }

    /// Reads an event for its callback. Malformed ones are for the caller to count: it knows if the run has done it.
    pub(crate) fn read(&self, event: Queued, counters: &Counters) -> Result<Delivery, Unreadable> {
        let (bytes, is_known_gap) = (event.size(), event.is_known_gap());
        let (delivery, corrections) = event.read()?;
        self.corrected(bytes, corrections);
        if matches!(delivery, Delivery::Payload(Payload::Gap(_))) && !is_known_gap {
            // Its data says first that it is something else.
            counters.gaps.count();
        }
        Ok(delivery)
    }

    pub(crate) fn malformed(&self, unreadable: &Unreadable, counters: &Counters) {
        counters.malformed.count();
        let Unreadable { bytes, why } = *unreadable;
        if let Some(silenced) = pass(&self.malformed) {
            tracing::warn!(
                url = self.url,
                bytes,
                position = why.offset(),
                silenced,
                "an event is malformed and passed over: {why}"
            );
        }
    }

    pub(crate) fn corrected(&self, bytes: usize, corrections: Corrections) {
        if !corrections.is_empty()
            && let Some(silenced) = pass(&self.corrected)
        {
            tracing::warn!(url = self.url, bytes, silenced, "an event was corrected: {corrections}");
        }
    }
}

fn pass(throttle: &Mutex<Throttle>) -> Option<u64> {
    throttle.lock().unwrap_or_else(PoisonError::into_inner).pass(Instant::now())
}
