//! Drops and changes of the connection, for the blocking client.

use std::fmt;
use std::sync::Arc;

use crate::RawEvent;
use crate::drops::DropNotice;
use crate::lifecycle;
use crate::shared::Run;
use crate::workers::Workers;

/// Gets what there is to tell `on_drop`, for a thread of its own: the callbacks of events are stuck when it is needed
/// most.
pub struct Drops(pub(super) Arc<Run<Workers>>);

/// Gets what there is to tell `on_connect` and `on_disconnect`, for a thread of its own.
pub struct Changes {
    run: Arc<Run<Workers>>,
    /// The connection whose `on_connect` is under way.
    in_hand: Option<u64>,
}

/// What happened to the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was opened.
    Connected,
    /// It was lost, or left.
    Disconnected,
}

/// Waits for the next event that was dropped, and the number of all that were; the callback for the one before has ended.
impl Iterator for Drops {
    type Item = (RawEvent, u64);

    fn next(&mut self) -> Option<(RawEvent, u64)> {
        self.0.drops.take().map(|DropNotice { raw, total }| (raw, total))
    }
}

impl Changes {
    pub(super) fn new(run: &Arc<Run<Workers>>) -> Self {
        Self { run: Arc::clone(run), in_hand: None }
    }
}

/// Waits for the next change; the callback for the one before has ended, and the events of a connection that was opened
/// may begin.
impl Iterator for Changes {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        if let Some(connection) = self.in_hand.take() {
            self.run.queue.release(connection);
        }
        let (change, connection) = sort(self.run.lifecycle.take()?);
        self.in_hand = connection;
        Some(change)
    }
}

/// As the host sees it, and the connection whose events wait for it to take note.
pub(super) fn sort(change: lifecycle::Change) -> (Change, Option<u64>) {
    match change {
        lifecycle::Change::Connected(connection) => (Change::Connected, Some(connection)),
        lifecycle::Change::Disconnected => (Change::Disconnected, None),
    }
}

impl fmt::Debug for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drops").finish_non_exhaustive()
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("in_hand", &self.in_hand).finish_non_exhaustive()
    }
}
