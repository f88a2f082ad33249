//! What becomes of an arrival: read, counted, and queued if somebody wants it.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use autoplay_protocol::payload::Payload;
use autoplay_protocol::sse::Event;
use autoplay_protocol::subscriber::{Arrival, Notice, Setback};

use crate::RawEvent;
use crate::driver::Sink;
use crate::drops::DropNotice;
use crate::queue::Place;
use crate::shared::{Run, Shared};
use crate::warnings::Warnings;
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
    warnings: Warnings<'a>,
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
            warnings: Warnings::new(shared.settings.address.shown(), Instant::now()),
        }
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
                    self.warnings.corrected(event.data.len(), corrections);
                }
                if let Some(delivery) = self.wanted(payload) {
                    self.queue(delivery, event);
                }
            }
            Err(malformed) => {
                self.shared.counters.malformed.count();
                self.warnings.malformed(event.data.len(), malformed);
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
                self.warnings.gap(&gap);
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
        self.warnings.dropped(&dropped, total);
    }

    fn oversized(&mut self, bytes: usize, id: &str) {
        self.shared.counters.received.count();
        self.shared.counters.oversized.count();
        self.move_to(id);
        self.warnings.oversized(bytes);
    }

    fn opened(&mut self) {
        self.shared.counters.set_connected(true);
        if self.opened_before {
            self.shared.counters.reconnects.count();
        }
        self.opened_before = true;
        self.requested = Arc::clone(&self.place);
        tracing::info!(url = self.shared.settings.address.shown(), "connected");
    }

    fn lost(&mut self, setback: &Setback, retry_in: Option<Duration>) {
        self.shared.counters.set_connected(false);
        self.warnings.lost(setback, retry_in);
    }
}

impl Sink for Intake<'_> {
    async fn arrival(&mut self, arrival: Arrival<'_>) {
        match arrival {
            Arrival::Event(event) => self.event(event),
            Arrival::Heartbeat(event) => self.move_to(event.id),
            Arrival::Place(id) => self.move_to(id),
            Arrival::Oversized { bytes, id } => self.oversized(bytes, id),
            Arrival::Comment(_) | Arrival::Retry(_) => {}
        }
    }

    async fn rest(&mut self) {}

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
