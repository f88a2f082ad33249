//! What becomes of an arrival: counted, and queued if somebody seems to want it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use autoplay_protocol::payload::{Gap, Glance, Head, Kind, Malformed, Payload};
use autoplay_protocol::sse::Event;
use autoplay_protocol::subscriber::{Arrival, Notice, Setback};

use crate::backlog::Incoming;
use crate::blanks::Blanks;
use crate::counters::Counters;
use crate::driver::Sink;
use crate::findings::Findings;
use crate::place::Place;
use crate::queue::{Gathered, Lanes, Queue};
use crate::queued::{Queued, Unreadable};
use crate::settings::Settings;
use crate::warnings::Warnings;

/// Who hears of what arrives: the registered callbacks.
pub(crate) trait Audience: Sync {
    /// Whether events of this type are wanted.
    fn wants(&self, kind: Kind) -> bool;

    /// Something has been passed on to the queue.
    fn passed_on(&self);

    /// An event was dropped, and `total` so far.
    fn dropped(&self, event: Queued, total: u64);

    /// The stream was opened, for the `connection`th time in this run. Its events wait until it is released.
    fn connected(&self, connection: u64);

    /// An open stream was lost, or left at the end of the run.
    fn disconnected(&self);
}

/// Events are handed over together, as many as come without a pause, up to so many ...
const GATHERED_EVENTS: usize = 128;

/// ... and up to so many bytes.
const GATHERED_BYTES: usize = 128 * 1024;

/// The reader's side of a run.
#[derive(Debug)]
pub(crate) struct Intake<'a, L: Lanes, A: Audience> {
    counters: &'a Counters,
    findings: &'a Findings,
    queue: &'a Queue<L>,
    audience: &'a A,
    gathered: VecDeque<Gathered<L::Key>>,
    gathered_bytes: usize,
    blanks: Blanks,
    place: Place,
    /// The place that the connection was opened with.
    requested: Place,
    connection: u64,
    warnings: Warnings<'a>,
}

/// Where an event goes that somebody seems to want.
struct Wanted<K> {
    lane: K,
    /// The gap that it is, if it is one.
    gap: Option<Gap>,
}

impl<'a, L: Lanes, A: Audience> Intake<'a, L, A> {
    pub(crate) fn new(
        settings: &'a Settings,
        counters: &'a Counters,
        findings: &'a Findings,
        queue: &'a Queue<L>,
        audience: &'a A,
    ) -> Self {
        let place = queue.resume_place();
        Self {
            counters,
            findings,
            queue,
            audience,
            gathered: VecDeque::new(),
            gathered_bytes: 0,
            blanks: Blanks::default(),
            requested: place.clone(),
            place,
            connection: 0,
            warnings: Warnings::new(settings.address.shown(), Instant::now()),
        }
    }

    fn event(&mut self, event: Event<'_>) {
        let place = Place::from(event.id);
        match self.sort(event) {
            Ok(Some(wanted)) => self.gather(event, wanted, place),
            Ok(None) => {
                self.counters.received.count();
                self.settled(place);
            }
            Err(why) => {
                self.counters.received.count();
                let unreadable = Unreadable { bytes: event.data.len(), why };
                self.findings.malformed(&unreadable, self.counters);
                self.settled(place);
            }
        }
    }

    /// The lane for an event that somebody seems to want. A glance tells, but for gaps, and for what nobody seems to
    /// want: nobody else will ever look at that.
    fn sort(&mut self, event: Event<'_>) -> Result<Option<Wanted<L::Key>>, Malformed> {
        let lanes = &self.queue.lanes;
        let glance = if lanes.sort_by_owner() { Glance::at_owner } else { Glance::at_type };
        let Glance { kind, owner } = glance(event.data, event.event)?;
        if kind != Kind::Gap && self.audience.wants(kind) {
            return Ok(Some(Wanted { lane: lanes.lane_of(owner.as_deref()), gap: None }));
        }
        let head = Head::read(event.data, event.event)?;
        let gap = if head.kind == Kind::Gap { self.gap(event) } else { None };
        if !self.audience.wants(head.kind) {
            self.findings.corrected(event.data.len(), head.corrections, (&head).into());
            return Ok(None);
        }
        let owner = head.session_id.or(head.user_id);
        Ok(Some(Wanted { lane: self.queue.lanes.lane_of(owner.as_deref()), gap }))
    }

    fn gather(&mut self, event: Event<'_>, wanted: Wanted<L::Key>, place: Place) {
        let Wanted { lane, gap } = wanted;
        let event = Queued::new(event, place.clone(), gap, self.blanks.take());
        self.place = place.clone();
        let bytes = event.size();
        self.gathered_bytes += bytes;
        let incoming = Incoming { event, lane, bytes, place, connection: self.connection };
        self.gathered.push_back(Gathered::Event(incoming));
    }

    /// The gap, with the place that was asked for if the connector does not repeat it.
    fn gap(&mut self, event: Event<'_>) -> Option<Gap> {
        self.counters.gaps.count();
        let Ok((Payload::Gap(mut gap), _)) = Payload::read(event.data, event.event) else { return None };
        if gap.requested_id.is_none() {
            gap.requested_id = self.requested.id();
        }
        self.warnings.gap(&gap);
        Some(gap)
    }

    fn oversized(&mut self, bytes: usize, id: &str) {
        self.counters.oversized.count();
        self.counters.received.count();
        self.warnings.oversized(bytes);
        self.settled(Place::from(id));
    }

    /// The place moves, and nothing waits for a callback.
    fn settled(&mut self, place: Place) {
        if place == self.place {
            return;
        }
        self.place = place.clone();
        // Of places without events between them only the newest two matter: where to go on, and where to step back to.
        if let [.., Gathered::Settled(_), Gathered::Settled(_)] = self.gathered.make_contiguous() {
            self.gathered.swap_remove_back(self.gathered.len() - 2);
        }
        self.gathered.push_back(Gathered::Settled(place));
    }

    async fn hand_over(&mut self) {
        if self.gathered.is_empty() {
            return;
        }
        self.counters.set_place(self.place.clone());
        let Self { counters, findings, audience, warnings, .. } = self;
        let told = |taken: usize, dropped: Vec<Queued>| {
            let received = taken + dropped.len();
            for event in dropped {
                // This is the last look that anybody takes at it.
                let head = match event.head() {
                    Ok(head) => head,
                    Err(unreadable) => {
                        findings.malformed(&unreadable, counters);
                        continue;
                    }
                };
                findings.corrected(event.size(), head.corrections, (&head).into());
                if audience.wants(head.kind) {
                    let total = counters.dropped.count();
                    warnings.dropped(&head, total);
                    audience.dropped(event, total);
                }
            }
            counters.received.add(received);
            audience.passed_on();
        };
        self.queue.put(&mut self.gathered, &mut self.blanks, told).await;
        self.gathered_bytes = 0;
    }

    fn opened(&mut self) {
        self.counters.connection.set(true);
        if self.connection > 0 {
            self.counters.reconnects.count();
        }
        self.connection += 1;
        self.requested = self.place.clone();
        self.warnings.opened();
        if self.connection == 1 && !Kind::ALL.into_iter().any(|kind| self.audience.wants(kind)) {
            self.warnings.nobody_listens();
        }
        self.audience.connected(self.connection);
    }

    fn lost(&mut self, was_open: bool, setback: &Setback, retry_in: Option<Duration>) {
        self.counters.connection.set(false);
        self.warnings.lost(setback, retry_in);
        if was_open {
            self.audience.disconnected();
        }
    }
}

/// Reading is over, by whatever way.
impl<L: Lanes, A: Audience> Drop for Intake<'_, L, A> {
    fn drop(&mut self) {
        let events = self.gathered.iter().filter(|next| matches!(next, Gathered::Event(_))).count();
        self.counters.left.add(events);
        self.counters.received.add(events);
        if self.counters.connection.is_open() {
            self.counters.connection.set(false);
            self.audience.disconnected();
        }
    }
}

impl<L: Lanes, A: Audience> Sink for Intake<'_, L, A> {
    async fn arrival(&mut self, arrival: Arrival<'_>) {
        match arrival {
            Arrival::Event(event) => self.event(event),
            Arrival::Heartbeat(event) => self.settled(Place::from(event.id)),
            Arrival::Place(id) => self.settled(Place::from(id)),
            Arrival::Oversized { bytes, id } => self.oversized(bytes, id),
            Arrival::Comment(_) | Arrival::Retry(_) => return,
        }
        if self.gathered.len() >= GATHERED_EVENTS || self.gathered_bytes >= GATHERED_BYTES {
            self.hand_over().await;
        }
    }

    async fn rest(&mut self) {
        self.hand_over().await;
    }

    fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Opened => self.opened(),
            Notice::Lost { was_open, setback, retry_in } => self.lost(*was_open, setback, *retry_in),
        }
    }

    fn bytes(&mut self, count: usize) {
        self.counters.bytes.add(count);
    }
}
