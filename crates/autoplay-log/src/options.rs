use std::fmt;
use std::sync::Arc;

use crate::Record;

/// Told of every appended event, once and in order of sequence.
///
/// The writer calls it after a group has become durable and before any commit of the group is answered; by then
/// [`Log::head`](crate::Log::head) and reads show these records. It runs on the writer's thread, so while it runs
/// nothing else is written: it should hand on and return. It must not wait for a commit. A panic in it is caught
/// and logged.
pub type Observer = Arc<dyn Fn(&[Record]) + Send + Sync>;

/// How a log is opened.
#[derive(Clone)]
pub struct Options {
    /// Who is told of what was appended.
    pub observer: Option<Observer>,
    /// How many transactions may wait before the writer; at least one.
    pub queue: usize,
    /// At most so many transactions are made durable together; at least one.
    pub group: usize,
    /// A group takes in no further transaction once it carries so many bytes.
    pub group_bytes: usize,
    /// For how long an incoming event is remembered, in milliseconds: up to and including this age it is known.
    pub remember_ms: u64,
    /// How many incoming events of one product are remembered at most; beyond that the oldest are forgotten early.
    pub remember_events: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            observer: None,
            queue: 4_096,
            group: 512,
            group_bytes: 8 << 20,
            remember_ms: 6 * 60 * 60 * 1_000,
            remember_events: 10_000_000,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("observer", &self.observer.is_some())
            .field("queue", &self.queue)
            .field("group", &self.group)
            .field("group_bytes", &self.group_bytes)
            .field("remember_ms", &self.remember_ms)
            .field("remember_events", &self.remember_events)
            .finish()
    }
}
