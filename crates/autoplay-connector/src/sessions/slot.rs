//! What the actor keeps of each session.

use autoplay_log::WaitingId;
use tokio::time::Instant;

use super::job::Stored;
use crate::browser_event::BrowserEvent;

/// A session in memory: what waits, and its state once it has been read.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) stored: Option<Stored>,
    pub(super) events: Vec<BrowserEvent>,
    /// Of the events, in their order.
    pub(super) ids: Vec<WaitingId>,
    pub(super) actions: usize,
    pub(super) oldest: Instant,
    pub(super) newest: Instant,
    /// A job of this session is running, or it waits for one.
    pub(super) busy: bool,
    /// After a failure: not before this.
    pub(super) not_before: Option<Instant>,
    /// The alarm that is set; later ones need not be.
    pub(super) alarm: Option<Instant>,
}

/// What a session needs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// What waits becomes a batch.
    Flush,
    /// What happened since the last summary gets one.
    Summarise,
    /// Nothing more is expected: its state stays in the log.
    Forget,
}

impl Slot {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            stored: None,
            events: Vec::new(),
            ids: Vec::new(),
            actions: 0,
            oldest: now,
            newest: now,
            busy: false,
            not_before: None,
            alarm: None,
        }
    }

    pub(super) fn unsummarised(&self) -> usize {
        self.stored.as_ref().map_or(0, |stored| stored.state.unsummarised().len())
    }
}
