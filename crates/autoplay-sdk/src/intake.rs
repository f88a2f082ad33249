//! What becomes of an arrival: read, counted, and queued if somebody wants it.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use autoplay_protocol::payload::{Corrections, Gap, Malformed, Payload};
use autoplay_protocol::sse::Event;
use autoplay_protocol::subscriber::{Arrival, Notice, Setback};

use crate::RawEvent;
use crate::driver::Sink;
use crate::drops::DropNotice;
use crate::queue::Place;
use crate::shared::{Run, Shared};
use crate::throttle::Throttle;
use crate::worker::Delivery;

/// The reader's side of a run.
#[derive(Debug)]
pub(crate) struct Intake<'a> {
    shared: &'a Shared,
    run: &'a Run,
    place: Place,
    /// The place before the first event of the id that is the place now. Of an id that several events share, none is
    /// settled before the last, so each of them would send a later run back to here.
    before: Place,
    /// The place that the connection was opened with.
    requested: Place,
    opened_before: bool,
    warnings: Warnings,
}

/// One throttle for each kind: a flood of one does not silence the others.
#[derive(Debug)]
struct Warnings {
    dropped: Throttle,
    malformed: Throttle,
    corrected: Throttle,
    oversized: Throttle,
    gap: Throttle,
    lost: Throttle,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(shared: &'a Shared, run: &'a Run) -> Self {
        let place = shared.counters.place();
        Self {
            shared,
            run,
            requested: Arc::clone(&place),
            before: Arc::clone(&place),
            place,
            opened_before: false,
            warnings: Warnings::new(Instant::now()),
        }
    }

    fn url(&self) -> &'a str {
        self.shared.settings.address.shown()
    }

    fn move_to(&mut self, id: &str) {
        if *id != *self.place {
            self.before = mem::replace(&mut self.place, Arc::from(id));
            self.shared.counters.set_place(Arc::clone(&self.place));
        }
    }

    fn event(&mut self, event: Event<'_>) {
        self.shared.counters.received.count();
        self.move_to(event.id);
        match Payload::read(event.data, event.event) {
            Ok((payload, corrections)) => {
                if !corrections.is_empty() {
                    self.warn_corrected(event, corrections);
                }
                if let Some(delivery) = self.wanted(payload) {
                    self.queue(delivery, event);
                }
            }
            Err(malformed) => {
                self.shared.counters.malformed.count();
                self.warn_malformed(event, malformed);
            }
        }
    }

    /// The payload, if a callback waits for its type.
    fn wanted(&mut self, payload: Payload) -> Option<Delivery> {
        let callbacks = &self.shared.callbacks;
        match payload {
            Payload::Actions(batch) => callbacks.actions.is_set().then_some(Delivery::Actions(batch)),
            Payload::Summary(summary) => callbacks.summary.is_set().then_some(Delivery::Summary(summary)),
            Payload::Gap(mut gap) => {
                self.shared.counters.gaps.count();
                if gap.requested_id.is_none() && !self.requested.is_empty() {
                    gap.requested_id = Some(self.requested.to_string());
                }
                self.warn_gap(&gap);
                callbacks.gap.is_set().then_some(Delivery::Gap(gap))
            }
            Payload::Other { .. } => None,
        }
    }

    fn queue(&mut self, delivery: Delivery, event: Event<'_>) {
        let Err(dropped) = self.run.queue.push(delivery, Arc::clone(&self.before)) else {
            return;
        };
        let total = self.shared.counters.dropped.count();
        if self.shared.callbacks.drop.is_set() {
            self.run.drops.push(DropNotice { raw: RawEvent::new(event.event, event.data, event.id), total });
        }
        if let Some(silenced) = self.warnings.dropped.pass(Instant::now()) {
            tracing::warn!(
                url = self.url(),
                event_type = dropped.kind(),
                session_id = dropped.session_id(),
                product_id = dropped.product_id(),
                total,
                silenced,
                "the queue is full, an event was dropped: the callbacks are slower than the stream"
            );
        }
    }

    fn warn_gap(&mut self, gap: &Gap) {
        if let Some(silenced) = self.warnings.gap.pass(Instant::now()) {
            tracing::warn!(
                url = self.url(),
                reason = loggable(&gap.reason),
                silenced,
                "the stream could not be continued where it was left: events are missing"
            );
        }
    }

    fn warn_malformed(&mut self, event: Event<'_>, malformed: Malformed) {
        if let Some(silenced) = self.warnings.malformed.pass(Instant::now()) {
            tracing::warn!(
                url = self.url(),
                bytes = event.data.len(),
                position = malformed.offset(),
                silenced,
                "an event is malformed and passed over: {malformed}"
            );
        }
    }

    fn warn_corrected(&mut self, event: Event<'_>, corrections: Corrections) {
        if let Some(silenced) = self.warnings.corrected.pass(Instant::now()) {
            tracing::warn!(
                url = self.url(),
                bytes = event.data.len(),
                silenced,
                "an event was corrected: {corrections}"
            );
        }
    }

    fn oversized(&mut self, bytes: usize, id: &str) {
        self.shared.counters.received.count();
        self.shared.counters.oversized.count();
        self.move_to(id);
        if let Some(silenced) = self.warnings.oversized.pass(Instant::now()) {
            tracing::warn!(
                url = self.url(),
                bytes,
                silenced,
                "an event is larger than max_event_bytes and passed over"
            );
        }
    }

    fn opened(&mut self) {
        self.shared.counters.set_connected(true);
        if self.opened_before {
            self.shared.counters.reconnects.count();
        }
        self.opened_before = true;
        self.requested = Arc::clone(&self.place);
        tracing::info!(url = self.url(), "connected");
    }

    fn lost(&mut self, setback: &Setback, retry_in: Option<Duration>) {
        self.shared.counters.set_connected(false);
        let url = self.url();
        let Some(retry_in) = retry_in else {
            tracing::error!(url, "{setback}; max_retries is spent");
            return;
        };
        if *setback == Setback::EndOfStream {
            tracing::info!(url, ?retry_in, "{setback}");
        } else if let Some(silenced) = self.warnings.lost.pass(Instant::now()) {
            tracing::warn!(url, ?retry_in, silenced, "{setback}");
        }
    }
}

/// The reason of a gap, if it is the one word that it should be: it may say anything, and not all is for logs.
fn loggable(reason: &str) -> &str {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if reason.len() <= 32 && reason.bytes().all(word) { reason } else { "other" }
}

impl Warnings {
    fn new(now: Instant) -> Self {
        Self {
            dropped: Throttle::new(now),
            malformed: Throttle::new(now),
            corrected: Throttle::new(now),
            oversized: Throttle::new(now),
            gap: Throttle::new(now),
            lost: Throttle::new(now),
        }
    }
}

impl Sink for Intake<'_> {
    fn arrival(&mut self, arrival: Arrival<'_>) {
        match arrival {
            Arrival::Event(event) => self.event(event),
            Arrival::Place(id) => self.move_to(id),
            Arrival::Oversized { bytes, id } => self.oversized(bytes, id),
            Arrival::Comment(_) | Arrival::Retry(_) => {}
        }
    }

    fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Opened => self.opened(),
            Notice::Lost { setback, retry_in, .. } => self.lost(setback, *retry_in),
        }
    }

    fn bytes(&mut self, count: usize) {
        self.shared.counters.bytes.add(count);
    }
}
