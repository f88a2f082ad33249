//! Sessions: the events that wait, and the moment when they become a batch.
//!
//! One task owns all sessions (an actor: no locks). It decides when a session is due and starts a job for it; jobs run
//! beside each other, but one at a time per session, so that a session's batches are in order and its `index` rises by
//! one. What a job needs is in the log before it starts, and leaves the waiting room in the same transaction that appends
//! what became of it: a crash at any moment repeats the job, never half of it.

mod actor;
mod job;
mod slot;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use autoplay_log::{Log, ReadError, WaitingId};
use tokio::sync::{mpsc, oneshot};

use crate::actions::LeftOut;
use crate::browser_event::BrowserEvent;
use crate::clock::Clock;
use crate::config::{Flush, Summaries};

/// How many bytes of events may wait in memory, over all sessions: about half a million usual ones. Beyond it nothing more
/// is taken in: the senders try again, memory stays flat.
const MAX_WAITING: usize = 512 << 20;

/// The handle of the task that owns the sessions.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    inbox: mpsc::UnboundedSender<Message>,
    /// In bytes.
    waiting: Arc<AtomicUsize>,
}

/// An event that is durable and waits for its session's flush.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) session: String,
    pub(crate) id: WaitingId,
    pub(crate) event: BrowserEvent,
    pub(crate) is_action: bool,
}

/// What the task works with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) flush: Flush,
    pub(crate) summaries: Summaries,
    pub(crate) clock: Clock,
    pub(crate) left_out: Arc<LeftOut>,
}

#[derive(Debug)]
enum Message {
    Arrived { product: Arc<str>, arrivals: Vec<Arrival> },
    Drain(oneshot::Sender<()>),
}

impl Sessions {
    /// Starts the task with what waits in the log from before. Must be called within a tokio runtime.
    pub(crate) fn start(log: Arc<dyn Log>, settings: Settings) -> Result<Self, ReadError> {
        let (inbox, messages) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let sessions = Self { inbox, waiting: Arc::clone(&waiting) };
        let actor = actor::Actor::new(log, settings, waiting)?;
        tokio::spawn(actor.run(messages));
        Ok(sessions)
    }

    /// Hands over events that the log has taken.
    pub(crate) fn arrived(&self, product: &str, arrivals: Vec<Arrival>) {
        if arrivals.is_empty() {
            return;
        }
        let weight = arrivals.iter().map(|arrival| arrival.event.weight()).sum();
        self.waiting.fetch_add(weight, Ordering::Relaxed);
        // A closed inbox means that the connector stops. The events are durable and found again at the next start.
        let _ = self.inbox.send(Message::Arrived { product: product.into(), arrivals });
    }

    /// Do so many events wait that no more should be taken in?
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= MAX_WAITING
    }

    /// Flushes everything at once and returns when nothing waits any more.
    pub(crate) async fn drain(&self) {
        let (done, drained) = oneshot::channel();
        if self.inbox.send(Message::Drain(done)).is_ok() {
            let _ = drained.await;
        }
    }
}
