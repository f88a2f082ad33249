//! What an operator can set.

use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Clock;
use crate::secret::Secret;

/// Settings of a connector. The defaults are those of `autoplay serve`, but for the engine: without a folder of its own
/// a connector keeps its events in memory.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where events are kept.
    pub engine: Engine,
    /// The key of the management routes (`X-Admin-Key`). `None`: the one that the log remembers; a log that has none
    /// gets a new one, which the connector reports once.
    pub admin_key: Option<Secret>,
    /// The connector's address as its users write it, for the URLs in answers (`https://connector.example.com`).
    /// `None`: taken from the `Host` header of the request.
    pub public_url: Option<String>,
    /// When waiting events of a session become a batch.
    pub flush: Flush,
    /// Summaries of sessions.
    pub summaries: Summaries,
    /// Largest body of a webhook, in bytes. Default: 1 MiB.
    pub max_webhook_bytes: usize,
    /// Largest body of a posthog-js request, in bytes after decompression. Default: 20 MiB.
    pub max_posthog_bytes: usize,
    /// How long a request may take to arrive, head and body. Default: 30 s.
    pub request_timeout: Duration,
    /// How often a stream without events shows that it lives. Default: 30 s.
    pub heartbeat: Duration,
    /// How long a shutdown may take to flush what waits. Default: 6 s.
    pub shutdown_timeout: Duration,
    /// Tells the time. Default: the system's clock.
    pub clock: Clock,
}

/// Where a connector keeps its events.
#[derive(Debug, Clone)]
pub enum Engine {
    /// One SQLite file in this folder, which is made if missing.
    Sqlite(PathBuf),
    /// In memory: gone when the process ends. For trying things out.
    Memory,
}

/// When the waiting events of a session become a batch: at the first of three moments.
#[derive(Debug, Clone, Copy)]
pub struct Flush {
    /// This long after the newest event arrived. Default: 250 ms. Zero: at once.
    pub quiet: Duration,
    /// This long after the oldest waiting event arrived. Default: 1 s.
    pub longest: Duration,
    /// As soon as this many actions wait; no batch is larger. Default: 50.
    pub actions: usize,
}

/// When a session gets a summary.
#[derive(Debug, Clone, Copy)]
pub struct Summaries {
    /// After this many actions since the last one. Default: 20. Zero: never.
    pub every: usize,
    /// When nothing happened in the session for this long. Default: 30 minutes.
    pub idle: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            engine: Engine::Memory,
            admin_key: None,
            public_url: None,
            flush: Flush::default(),
            summaries: Summaries::default(),
            max_webhook_bytes: 1 << 20,
            max_posthog_bytes: 20 << 20,
            request_timeout: Duration::from_secs(30),
            heartbeat: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(6),
            clock: Clock::system(),
        }
    }
}

impl Default for Flush {
    fn default() -> Self {
        Self { quiet: Duration::from_millis(250), longest: Duration::from_secs(1), actions: 50 }
    }
}

impl Default for Summaries {
    fn default() -> Self {
        Self { every: 20, idle: Duration::from_mins(30) }
    }
}
