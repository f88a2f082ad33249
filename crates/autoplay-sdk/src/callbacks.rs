//! The callbacks, which can be replaced at any time.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use autoplay_protocol::payload::{ActionsPayload, Gap, SummaryPayload};

use crate::RawEvent;

/// A place for one callback.
pub(crate) struct Slot<F: ?Sized>(RwLock<Option<Arc<F>>>);

#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    pub(crate) actions: Slot<dyn Fn(ActionsPayload) + Send + Sync>,
    pub(crate) summary: Slot<dyn Fn(SummaryPayload) + Send + Sync>,
    pub(crate) gap: Slot<dyn Fn(Gap) + Send + Sync>,
    pub(crate) drop: Slot<dyn Fn(RawEvent, u64) + Send + Sync>,
}

impl<F: ?Sized> Slot<F> {
    pub(crate) fn set(&self, callback: Arc<F>) {
        let mut slot = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = slot.replace(callback);
        drop(slot);
        // Last, without the lock: what a closure owns may do anything when it goes.
        drop(replaced);
    }

    /// The callback as it is now. It runs outside the lock, so it may replace itself.
    pub(crate) fn get(&self) -> Option<Arc<F>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl<F: ?Sized> Default for Slot<F> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

impl<F: ?Sized> fmt::Debug for Slot<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "set" } else { "not set" })
    }
}
