//! The client for async code.
//!
//! It reads by the same driver, checks and counts by the same intake, and queues by the same rules as the blocking
//! client. What differs is who waits: callbacks are futures, and run as tasks of the caller's tokio.

mod client;
mod events;
mod panics;
mod run;
mod tasks;

use std::pin::Pin;

pub use client::{AsyncConnectorClient, AsyncRun};
pub(crate) use events::Puller;
pub use events::{Event, EventStream};
pub(crate) use tasks::{Begun, Hold, Tasks};

/// A callback under way.
pub(crate) type Called = Pin<Box<dyn Future<Output = ()> + Send>>;
