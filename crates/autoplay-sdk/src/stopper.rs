//! Stops a client from elsewhere.

use std::fmt;
use std::sync::{Arc, Weak};

use crate::queue::Lanes;
use crate::shared::{Shared, Stop};

/// Stops a client from elsewhere; it can be cloned and sent. It does not keep the client alive.
#[derive(Clone)]
pub struct Stopper(Weak<dyn Stop>);

impl Stopper {
    pub(crate) fn of<L: Lanes>(shared: &Arc<Shared<L>>) -> Self {
        let shared: Weak<Shared<L>> = Arc::downgrade(shared);
        Self(shared)
    }

    /// The same as [`ConnectorClient::stop`](crate::ConnectorClient::stop).
    pub fn stop(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.stop();
        }
    }
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopper").finish_non_exhaustive()
    }
}
