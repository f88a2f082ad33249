//! An event as it came.

mod event;

pub use event::RawEvent;
