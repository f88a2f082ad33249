//! Can the log be written? The only honest way to know is to write.

use std::time::Duration;

use autoplay_log::{Log, Transaction};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long an answer stays good: a load balancer that asks every few seconds gets a fresh one, a flood of questions
/// does not become a flood of writes.
const FRESH: Duration = Duration::from_secs(1);
/// A write that takes longer is as good as none.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the last attempt to write gave.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    last: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Writes a small state to the log, unless that was just done.
    pub(crate) async fn is_writable(&self, log: &dyn Log, now_ms: i64) -> bool {
        let mut last = self.last.lock().await;
        if let Some((at, writable)) = *last
            && at.elapsed() < FRESH
        {
            return writable;
        }
        let state = vec![("readiness".to_owned(), Some(now_ms.to_string().into_bytes()))];
        let written = timeout(PATIENCE, log.commit(Transaction { state, ..Transaction::default() })).await;
        let writable = matches!(written, Ok(Ok(_)));
        *last = Some((Instant::now(), writable));
        writable
    }
}
