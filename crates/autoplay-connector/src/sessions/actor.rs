//! The task that owns all sessions and decides when each is due.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use autoplay_log::{Log, ReadError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::job::{self, Finished, Job, ReadySummary, STATE_PREFIX, SessionId, Stored};
use super::slot::{Slot, Step};
use super::{Arrival, Message, Settings};
use crate::browser_event::BrowserEvent;
use crate::on_change::OnChange;
use crate::summary;

/// How long a session waits after a failed job. The log's own trouble (a full disk, say) is not mended by hurry.
const RETRY: Duration = Duration::from_secs(1);

/// How many jobs run beside each other. Thousands of sessions may be due at one moment: they must not fill the log's queue,
/// which whoever sends events needs too.
const MOST_JOBS: usize = 256;

pub(super) struct Actor {
    log: Arc<dyn Log>,
    settings: Settings,
    /// How many bytes of events wait, in jobs too.
    waiting: Arc<AtomicUsize>,
    slots: HashMap<SessionId, Slot>,
    /// When to look at which session. An entry may be out of date: the slot knows when it is really due.
    alarms: BinaryHeap<Reverse<(Instant, SessionId)>>,
    jobs: JoinSet<Finished>,
    /// Sessions that are due and wait for a job to end.
    due: VecDeque<SessionId>,
    failing: OnChange,
    draining: Vec<oneshot::Sender<()>>,
}

impl Actor {
    /// Finds what waits from before, and which sessions still owe a summary.
    pub(super) fn new(
        log: Arc<dyn Log>,
        settings: Settings,
        waiting: Arc<AtomicUsize>,
    ) -> Result<Self, ReadError> {
        let mut actor = Self {
            log,
            settings,
            waiting,
            slots: HashMap::new(),
            alarms: BinaryHeap::new(),
            jobs: JoinSet::new(),
            due: VecDeque::new(),
            failing: OnChange::default(),
            draining: Vec::new(),
        };
        actor.recover_states()?;
        actor.recover_waiting()?;
        Ok(actor)
    }

    fn recover_states(&mut self) -> Result<(), ReadError> {
        let (now, now_ms) = (Instant::now(), self.settings.clock.now_ms());
        for (key, value) in self.log.states(STATE_PREFIX)? {
            let Some(session) = SessionId::from_state_key(&key) else {
                continue;
            };
            let Ok(stored) = serde_json::from_slice::<Stored>(&value) else {
                // Not the key: what names a session may be an e-mail address.
                tracing::error!(product_id = %session.product, "a session's state cannot be read");
                continue;
            };
            if stored.state.unsummarised().is_empty() {
                continue;
            }
            let idle_ms = now_ms.saturating_sub(stored.active_ms).max(0).cast_unsigned();
            let idle = self.settings.clock.real(Duration::from_millis(idle_ms));
            let mut slot = Slot::new(now.checked_sub(idle).unwrap_or(now));
            slot.stored = Some(stored);
            self.slots.insert(session.clone(), slot);
            self.attend(&session);
        }
        Ok(())
    }

    fn recover_waiting(&mut self) -> Result<(), ReadError> {
        let waiting = self.log.waiting()?;
        let mut by_product: HashMap<String, Vec<Arrival>> = HashMap::new();
        for entry in waiting {
            let Some(event) = BrowserEvent::from_stored(&entry.body) else {
                tracing::error!(product_id = entry.product, "a waiting event cannot be read");
                continue;
            };
            let is_action = event.is_action(&self.settings.left_out);
            let arrival = Arrival { session: entry.session, id: entry.id, event, is_action };
            by_product.entry(entry.product).or_default().push(arrival);
        }
        for (product, arrivals) in by_product {
            tracing::info!(
                product_id = product,
                count = arrivals.len(),
                "events waited from before the start"
            );
            let weight = arrivals.iter().map(|arrival| arrival.event.weight()).sum();
            self.waiting.fetch_add(weight, Ordering::Relaxed);
            self.arrived(&product.into(), arrivals);
        }
        Ok(())
    }

    pub(super) async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        loop {
            let alarm = self.alarms.peek().map(|Reverse((at, _))| *at);
            tokio::select! {
                message = messages.recv() => match message {
                    Some(Message::Arrived { product, arrivals }) => self.arrived(&product, arrivals),
                    Some(Message::Drain(done)) => self.drain(done),
                    None => return,
                },
                Some(finished) = self.jobs.join_next() => {
                    self.start_due();
                    match finished {
                        Ok(finished) => self.finished(finished),
                        Err(error) => tracing::error!(%error, "a session's job ended without a result"),
                    }
                }
                () = sleep_until(alarm) => self.ring(),
            }
        }
    }

    fn arrived(&mut self, product: &Arc<str>, arrivals: Vec<Arrival>) {
        let now = Instant::now();
        for arrival in arrivals {
            let session = SessionId { product: Arc::clone(product), key: arrival.session.into() };
            let slot = self.slots.entry(session.clone()).or_insert_with(|| Slot::new(now));
            if slot.events.is_empty() {
                slot.oldest = now;
            }
            slot.newest = now;
            slot.actions += usize::from(arrival.is_action);
            slot.events.push(arrival.event);
            slot.ids.push(arrival.id);
            self.attend(&session);
        }
    }

    /// Does what the session needs now, or sets an alarm for when it will.
    fn attend(&mut self, session: &SessionId) {
        let Some(slot) = self.slots.get(session).filter(|slot| !slot.busy) else {
            return;
        };
        let (due, step) = self.next_step(slot);
        if due > Instant::now() {
            self.set_alarm(session, due);
            return;
        }
        match step {
            Step::Forget => drop(self.slots.remove(session)),
            _ if self.jobs.len() >= MOST_JOBS => self.postpone(session),
            Step::Flush => self.start_job(session, None),
            Step::Summarise => {
                let digests = slot.stored.as_ref().map_or(&[][..], |stored| stored.state.unsummarised());
                let summary = ReadySummary { text: summary::extractive(digests), replaces: digests.len() };
                self.start_job(session, Some(summary));
            }
        }
    }

    fn postpone(&mut self, session: &SessionId) {
        if let Some(slot) = self.slots.get_mut(session) {
            slot.busy = true;
            self.due.push_back(session.clone());
        }
    }

    /// Gives the places of jobs that ended to those who have waited longest.
    fn start_due(&mut self) {
        while self.jobs.len() < MOST_JOBS
            && let Some(session) = self.due.pop_front()
        {
            if let Some(slot) = self.slots.get_mut(&session) {
                slot.busy = false;
            }
            self.attend(&session);
        }
    }

    /// What this session needs next, and when.
    fn next_step(&self, slot: &Slot) -> (Instant, Step) {
        let real = |span| self.settings.clock.real(span);
        let (flush, summaries) = (&self.settings.flush, &self.settings.summaries);
        let unsummarised = slot.unsummarised();
        let (due, step) = if summaries.every > 0 && unsummarised >= summaries.every {
            (slot.oldest, Step::Summarise)
        } else if slot.events.is_empty() {
            let step = if unsummarised > 0 && summaries.every > 0 { Step::Summarise } else { Step::Forget };
            (slot.newest + real(summaries.idle), step)
        } else if slot.actions >= flush.actions || !self.draining.is_empty() {
            (slot.oldest, Step::Flush)
        } else {
            ((slot.newest + real(flush.quiet)).min(slot.oldest + real(flush.longest)), Step::Flush)
        };
        (slot.not_before.map_or(due, |not_before| due.max(not_before)), step)
    }

    fn start_job(&mut self, session: &SessionId, summary: Option<ReadySummary>) {
        let Some(slot) = self.slots.get_mut(session) else {
            return;
        };
        slot.busy = true;
        slot.actions = 0;
        let job = Job {
            session: session.clone(),
            stored: slot.stored.clone(),
            events: std::mem::take(&mut slot.events),
            ids: std::mem::take(&mut slot.ids),
            summary,
        };
        self.jobs.spawn(job::run(Arc::clone(&self.log), self.settings.clone(), job));
    }

    fn finished(&mut self, Finished { mut job, result }: Finished) {
        let Some(slot) = self.slots.get_mut(&job.session) else {
            return;
        };
        slot.busy = false;
        let changed = self.failing.note(result.is_err());
        match result {
            Ok(stored) => {
                slot.stored = Some(stored);
                slot.not_before = None;
                let weight = job.events.iter().map(BrowserEvent::weight).sum();
                self.waiting.fetch_sub(weight, Ordering::Relaxed);
                if changed {
                    tracing::info!("flushes succeed again");
                }
            }
            Err(error) => {
                if changed {
                    tracing::warn!(product_id = %job.session.product, %error, "flushes fail and are tried again");
                }
                slot.not_before = Some(Instant::now() + RETRY);
                job.events.append(&mut slot.events);
                job.ids.append(&mut slot.ids);
                (slot.events, slot.ids) = (job.events, job.ids);
            }
        }
        self.attend(&job.session);
        self.tell_if_drained();
    }

    fn drain(&mut self, done: oneshot::Sender<()>) {
        self.draining.push(done);
        let sessions: Vec<SessionId> = self.slots.keys().cloned().collect();
        for session in &sessions {
            self.attend(session);
        }
        self.tell_if_drained();
    }

    fn tell_if_drained(&mut self) {
        if self.jobs.is_empty() && self.waiting.load(Ordering::Relaxed) == 0 {
            for done in self.draining.drain(..) {
                let _ = done.send(());
            }
        }
    }

    fn set_alarm(&mut self, session: &SessionId, due: Instant) {
        let Some(slot) = self.slots.get_mut(session) else {
            return;
        };
        if slot.alarm.is_none_or(|alarm| due < alarm) {
            slot.alarm = Some(due);
            self.alarms.push(Reverse((due, session.clone())));
        }
    }

    fn ring(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, _))) = self.alarms.peek()
            && *at <= now
        {
            let Some(Reverse((at, session))) = self.alarms.pop() else {
                return;
            };
            if let Some(slot) = self.slots.get_mut(&session).filter(|slot| slot.alarm == Some(at)) {
                slot.alarm = None;
                self.attend(&session);
            }
        }
    }
}

async fn sleep_until(alarm: Option<Instant>) {
    match alarm {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
