//! From a decoded request to the waiting room: one durable transaction, and that is the 2xx.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use autoplay_log::{CommitError, Fate, Fingerprint, Incoming, Log, Transaction};

use crate::actions::LeftOut;
use crate::browser_event::{BrowserEvent, Disposition, Unreadable};
use crate::clock::{Clock, log_time};
use crate::on_change::OnChange;
use crate::room::Held;
use crate::sessions::{Arrival, Sessions};

/// Takes events in.
#[derive(Clone)]
pub(crate) struct Ingest {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) sessions: Sessions,
    pub(crate) clock: Clock,
    pub(crate) left_out: Arc<LeftOut>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) failing: Arc<OnChange>,
}

/// How many events came in since the start, by what became of them.
#[derive(Debug, Default)]
pub struct Counters {
    accepted: AtomicU64,
    filtered: AtomicU64,
    duplicates: AtomicU64,
}

impl Counters {
    /// Events that actions are made of.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Events that were left out: unreadable, or of a kind that makes no action.
    pub fn filtered(&self) -> u64 {
        self.filtered.load(Ordering::Relaxed)
    }

    /// Events that were seen before.
    pub fn duplicates(&self) -> u64 {
        self.duplicates.load(Ordering::Relaxed)
    }

    fn add(&self, tally: Tally) {
        for (counter, count) in [
            (&self.accepted, tally.accepted),
            (&self.filtered, tally.filtered),
            (&self.duplicates, tally.duplicates),
        ] {
            counter.fetch_add(count as u64, Ordering::Relaxed);
        }
    }
}

/// What became of the events of a request; the three add up to all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Tally {
    pub(crate) accepted: usize,
    pub(crate) filtered: usize,
    pub(crate) duplicates: usize,
}

/// Nothing of the request was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IngestError {
    /// None of the events could be read.
    #[error("no event of the request can be read")]
    NothingReadable,
    /// The connector cannot take it now; the sender may try again.
    #[error("the connector cannot take events now")]
    Busy,
}

impl Ingest {
    /// Makes the events of one request durable, or none of them.
    ///
    /// What cannot be read counts as filtered; then comes duplicate, then filtered by kind, else accepted.
    ///
    /// Goes on to its end even if the caller is dropped, as it is when a browser hangs up: events that are durable but
    /// were never handed to their session would wait until the next start.
    pub(crate) async fn accept(
        &self,
        product: &str,
        events: Vec<Result<BrowserEvent, Unreadable>>,
        held: Held,
    ) -> Result<Tally, IngestError> {
        let total = events.len();
        let readable: Vec<BrowserEvent> = events.into_iter().filter_map(Result::ok).collect();
        if readable.is_empty() {
            return Err(IngestError::NothingReadable);
        }
        if self.sessions.is_full() {
            return Err(IngestError::Busy);
        }
        let unreadable = total - readable.len();
        let stored = tokio::spawn(self.clone().store(product.to_owned(), readable, held));
        let mut tally = stored.await.map_err(|_| IngestError::Busy)??;
        tally.filtered += unreadable;
        self.counters.add(tally);
        Ok(tally)
    }

    /// Keeps the request's memory until the events are durable.
    async fn store(
        self,
        product: String,
        events: Vec<BrowserEvent>,
        _held: Held,
    ) -> Result<Tally, IngestError> {
        let dispositions: Vec<Disposition> =
            events.iter().map(|event| event.disposition(&self.left_out)).collect();
        let committed = self.log.commit(self.transaction(&product, &events, &dispositions)).await;
        self.tell(committed.as_ref().err());
        let receipt = committed.map_err(|_| IngestError::Busy)?;
        let mut tally = Tally::default();
        let mut arrivals = Vec::new();
        for ((event, disposition), fate) in events.into_iter().zip(dispositions).zip(receipt.incoming) {
            let is_action = matches!(disposition, Disposition::Action(_));
            match fate {
                Fate::Duplicate => tally.duplicates += 1,
                _ if is_action => tally.accepted += 1,
                _ => tally.filtered += 1,
            }
            if let Fate::Waiting(id) = fate {
                arrivals.push(Arrival { session: event.session_key(), id, event, is_action });
            }
        }
        self.sessions.arrived(&product, arrivals);
        Ok(tally)
    }

    /// Every event is remembered, so that a repetition is known; only what an action comes of, or what teaches
    /// something, has to wait.
    fn transaction(
        &self,
        product: &str,
        events: &[BrowserEvent],
        dispositions: &[Disposition],
    ) -> Transaction {
        let incoming = events.iter().zip(dispositions).map(|(event, disposition)| Incoming {
            fingerprint: Fingerprint(event.fingerprint(product)),
            session: event.session_key(),
            body: (!matches!(disposition, Disposition::LeftOut(_))).then(|| event.to_stored()),
        });
        Transaction {
            product: product.to_owned(),
            now_ms: log_time(self.clock.now_ms()),
            incoming: incoming.collect(),
            ..Transaction::default()
        }
    }

    /// Only of the first and the last of a row of failures.
    fn tell(&self, error: Option<&CommitError>) {
        match error {
            _ if !self.failing.note(error.is_some()) => {}
            Some(error) => tracing::warn!(%error, "events are not stored from here on"),
            None => tracing::info!("events are stored again"),
        }
    }
}
