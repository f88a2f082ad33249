//! A job of one session: extract what waits, append the batches and a summary that is ready, keep the new state.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use autoplay_log::{CommitError, Log, ReadError, Transaction, WaitingId};
use autoplay_protocol::payload::{ActionsPayload, SlimAction, SummaryPayload};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::actions::{SessionState, extract, seconds};
use crate::browser_event::BrowserEvent;
use crate::clock::log_time;

/// Names a session: its product and its key within it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SessionId {
    pub(super) product: Arc<str>,
    pub(super) key: Arc<str>,
}

impl SessionId {
    /// Where the log keeps the state. A product id has no slash, so the parts cannot be confused.
    pub(super) fn state_key(&self) -> String {
        format!("{STATE_PREFIX}{}/{}", self.product, self.key)
    }

    pub(super) fn from_state_key(key: &str) -> Option<Self> {
        let (product, session) = key.strip_prefix(STATE_PREFIX)?.split_once('/')?;
        Some(Self { product: product.into(), key: session.into() })
    }
}

pub(super) const STATE_PREFIX: &str = "session/";

/// The texts of one batch: clients skip an event of more than 16 MiB.
const LARGEST: usize = 1 << 20;

/// A session's state as the log keeps it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) state: SessionState,
    /// The session id as its events carry it, for the summary; `None` for events without one.
    pub(super) session_id: Option<String>,
    /// When the newest event was flushed, in Unix milliseconds.
    pub(super) active_ms: i64,
}

/// What a job is given.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) session: SessionId,
    /// `None`: not in memory, to be read from the log.
    pub(super) stored: Option<Stored>,
    pub(super) events: Vec<BrowserEvent>,
    /// Of the events, in their order.
    pub(super) ids: Vec<WaitingId>,
    pub(super) summary: Option<ReadySummary>,
}

/// A summary that has been made and waits to be appended.
#[derive(Debug, Clone)]
pub(super) struct ReadySummary {
    pub(super) text: String,
    pub(super) replaces: usize,
}

/// What came of a job. After a failure everything is given back, to be tried again.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) job: Job,
    pub(super) result: Result<Stored, JobError>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    #[error("the session's state cannot be read: {0}")]
    Read(#[from] ReadError),
    #[error("the batch was not stored: {0}")]
    Commit(#[from] CommitError),
}

pub(super) async fn run(log: Arc<dyn Log>, settings: Settings, job: Job) -> Finished {
    let result = attempt(&log, &settings, &job).await;
    Finished { job, result }
}

async fn attempt(log: &Arc<dyn Log>, settings: &Settings, job: &Job) -> Result<Stored, JobError> {
    let mut stored = match &job.stored {
        Some(stored) => stored.clone(),
        None => load(log, &job.session).await?,
    };
    let now_ms = settings.clock.now_ms();
    let mut append = Vec::new();
    if let Some(summary) = &job.summary {
        append.push(Bytes::from(summary_event(job, &stored, summary, now_ms).to_json()));
        stored.state.summarised(summary.replaces);
    }
    if !job.events.is_empty() {
        stored.active_ms = now_ms;
        stored.session_id = job.events[0].session_id.clone();
        for batch in batches(&mut stored.state, settings, job, now_ms) {
            append.push(Bytes::from(batch.to_json()));
        }
        if settings.summaries.every == 0 {
            stored.state.summarised(usize::MAX);
        }
    }
    let state = serde_json::to_vec(&stored).map_err(|_| CommitError::Closed)?;
    let transaction = Transaction {
        product: job.session.product.to_string(),
        now_ms: log_time(now_ms),
        append,
        settled: job.ids.clone(),
        state: vec![(job.session.state_key(), Some(state))],
        ..Transaction::default()
    };
    log.commit(transaction).await?;
    Ok(stored)
}

async fn load(log: &Arc<dyn Log>, session: &SessionId) -> Result<Stored, ReadError> {
    let (log, key) = (Arc::clone(log), session.state_key());
    let bytes =
        tokio::task::spawn_blocking(move || log.state(&key)).await.map_err(|_| ReadError::Closed)??;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

/// Extracts the waiting events. An event that makes the extraction panic must not come back at every start: what waits
/// is then left out, with an error in the log.
fn batches(state: &mut SessionState, settings: &Settings, job: &Job, now_ms: i64) -> Vec<ActionsPayload> {
    let before = state.clone();
    let (product, events) = (&job.session.product, &job.events);
    let extracted =
        catch_unwind(AssertUnwindSafe(|| extract(state, product, events, now_ms, &settings.left_out)));
    match extracted {
        Ok(Some(payload)) => split(payload, settings.flush.actions),
        Ok(None) => Vec::new(),
        Err(_) => {
            *state = before;
            let count = events.len();
            tracing::error!(product_id = %product, count, "extraction panicked; the events are left out");
            Vec::new()
        }
    }
}

/// No batch has more than `most` actions, or more than [`LARGEST`] bytes unless a single action has: consumers can rely
/// on the size of an event.
fn split(mut payload: ActionsPayload, most: usize) -> Vec<ActionsPayload> {
    let (mut batches, mut part, mut size) = (Vec::new(), Vec::new(), 0);
    for action in std::mem::take(&mut payload.actions) {
        let weight = weight(&action);
        if !part.is_empty() && (part.len() >= most || size + weight > LARGEST) {
            batches.push(batch(&payload, std::mem::take(&mut part)));
            size = 0;
        }
        size += weight;
        part.push(action);
    }
    batches.push(batch(&payload, part));
    batches
}

/// About the bytes that an action takes on the wire.
fn weight(action: &SlimAction) -> usize {
    let ids = [&action.session_id, &action.user_id, &action.email].into_iter().flatten();
    let texts = [&action.title, &action.description, &action.raw_url, &action.canonical_url];
    ids.chain(texts).map(String::len).sum()
}

/// A batch of these actions, which agrees with the last of them.
fn batch(payload: &ActionsPayload, mut actions: Vec<SlimAction>) -> ActionsPayload {
    let mut batch =
        ActionsPayload { count: i64::try_from(actions.len()).unwrap_or(i64::MAX), ..payload.clone() };
    if let Some(last) = actions.last_mut() {
        last.timestamp_end = last.timestamp_start;
        batch.user_id.clone_from(&last.user_id);
        batch.email.clone_from(&last.email);
    }
    batch.actions = actions;
    batch
}

fn summary_event(job: &Job, stored: &Stored, summary: &ReadySummary, now_ms: i64) -> SummaryPayload {
    SummaryPayload {
        product_id: job.session.product.to_string(),
        session_id: stored.session_id.clone(),
        summary: summary.text.clone(),
        replaces: i64::try_from(summary.replaces).unwrap_or(i64::MAX),
        forwarded_at: seconds(now_ms),
        ..SummaryPayload::default()
    }
}
