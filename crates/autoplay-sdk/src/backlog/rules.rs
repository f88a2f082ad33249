//! How much may wait, for how long, and what else is settled before anything comes.

use std::time::Duration;

/// How much may wait, and what becomes of an event that finds no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) max_events: usize,
    /// One event is let in whatever its size.
    pub(crate) max_bytes: usize,
    pub(crate) overflow: OnFull,
    pub(crate) places: Places,
    /// How many events of a lane may be in hand at a time.
    pub(crate) concurrency: usize,
}

/// What becomes of an event when the backlog is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnFull {
    /// It is dropped, if the callbacks would need longer than this for what waits; else it waits for a place.
    DropBeyond(Duration),
    /// It waits for a place.
    Wait,
}

/// How long an event keeps its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Places {
    /// Until its callback begins.
    UntilBegin,
    /// Until its callback has ended.
    UntilEnd,
}
