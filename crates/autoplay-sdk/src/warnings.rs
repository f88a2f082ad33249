//! What the log says of the stream; of the data of single events, see [`findings`](crate::findings). Warnings that can repeat are rate-limited, and none of them shows a payload.

use std::time::{Duration, Instant};

use autoplay_protocol::payload::{Gap, Head, Kind};
use autoplay_protocol::subscriber::Setback;

use crate::throttle::Throttle;

/// Warns about one stream. Each kind has its own throttle: a flood of one does not silence the others.
#[derive(Debug)]
pub(crate) struct Warnings<'a> {
    url: &'a str,
    dropped: Throttle,
    oversized: Throttle,
    gap: Throttle,
    lost: Throttle,
}

impl<'a> Warnings<'a> {
    /// `url` is shown as it is, so it must be without secrets.
    pub(crate) fn new(url: &'a str, now: Instant) -> Self {
        Self {
            url,
            dropped: Throttle::new(now),
            oversized: Throttle::new(now),
            gap: Throttle::new(now),
            lost: Throttle::new(now),
        }
    }

    pub(crate) fn opened(&self) {
        tracing::info!(url = self.url, "connected");
    }

    pub(crate) fn nobody_listens(&self) {
        tracing::warn!(
            url = self.url,
            "no callback is registered for events, so they are passed over: call on_actions, say, before the client runs"
        );
    }

    pub(crate) fn dropped(&mut self, head: &Head<'_>, total: u64) {
        if let Some(silenced) = self.dropped.pass(Instant::now()) {
            tracing::warn!(
                url = self.url,
                event_type = head.kind.name(),
                session_id = head.session_id.as_deref(),
                product_id = &*head.product_id,
                total,
                silenced,
                "the queue is full, an event was dropped: the callbacks are slower than the stream"
            );
        }
    }

    pub(crate) fn oversized(&mut self, bytes: usize) {
        if let Some(silenced) = self.oversized.pass(Instant::now()) {
            let url = self.url;
            tracing::warn!(url, bytes, silenced, "an event is larger than max_event_bytes and passed over");
        }
    }

    pub(crate) fn gap(&mut self, gap: &Gap) {
        if let Some(silenced) = self.gap.pass(Instant::now()) {
            tracing::warn!(
                url = self.url,
                event_type = Kind::Gap.name(),
                reason = loggable(&gap.reason),
                silenced,
                "the stream could not be continued where it was left: events are missing"
            );
        }
    }

    /// Without `retry_in` it was the last attempt.
    pub(crate) fn lost(&mut self, setback: &Setback, retry_in: Option<Duration>) {
        let url = self.url;
        let Some(retry_in) = retry_in else {
            tracing::error!(url, "{setback}; max_retries is spent");
            return;
        };
        if *setback == Setback::EndOfStream {
            tracing::info!(url, ?retry_in, "{setback}");
        } else if let Some(silenced) = self.lost.pass(Instant::now()) {
            tracing::warn!(url, ?retry_in, silenced, "{setback}");
        }
    }
}

/// The reason of a gap, if it is the one word that it should be: it may say anything, and not all is for logs.
fn loggable(reason: &str) -> &str {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if reason.len() <= 32 && reason.bytes().all(word) { reason } else { "other" }
}
