//! What can be told to a subscription from elsewhere.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::stop::StopSignal;

/// Stops or restarts a subscription, from any thread. It can be cloned and sent, and outlive what it belongs to.
#[derive(Clone)]
pub struct Handle(pub(super) Arc<Control>);

/// The wishes themselves. Only the reading side waits for them.
#[derive(Debug, Default)]
pub(super) struct Control {
    pub(super) stop: StopSignal,
    pub(super) restart: Notify,
}

impl Handle {
    /// Ends the subscription: nothing more comes out of it, not even what was read already, and the connection is
    /// closed at once. (Where nobody waits for an async stream, it is closed when the stream is polled or dropped.)
    /// A second call does nothing.
    pub fn stop(&self) {
        self.0.stop.stop();
    }

    /// Drops the connection, or the pause before the next one, and connects at once. That is no loss and costs no
    /// retry. The new request goes on after the last event id, as any other.
    pub fn restart(&self) {
        // The permit is kept if nobody waits yet.
        self.0.restart.notify_one();
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("stopped", &self.0.stop.is_set()).finish_non_exhaustive()
    }
}
