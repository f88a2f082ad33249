//! The callbacks, which can be replaced at any time.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use autoplay_protocol::payload::{ActionsPayload, Gap, Kind, SummaryPayload};

use crate::RawEvent;

/// A place for one callback.
pub(crate) struct Slot<F: ?Sized> {
    callback: RwLock<Option<Arc<F>>>,
    /// For the reader, which asks for every event and should not quarrel with the worker over the lock.
    is_set: AtomicBool,
}

#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    pub(crate) actions: Slot<dyn Fn(ActionsPayload) + Send + Sync>,
    pub(crate) summary: Slot<dyn Fn(SummaryPayload) + Send + Sync>,
    pub(crate) gap: Slot<dyn Fn(Gap) + Send + Sync>,
    pub(crate) event: Slot<dyn Fn(RawEvent) + Send + Sync>,
    pub(crate) drop: Slot<dyn Fn(RawEvent, u64) + Send + Sync>,
    pub(crate) connect: Slot<dyn Fn() + Send + Sync>,
    pub(crate) disconnect: Slot<dyn Fn() + Send + Sync>,
}

impl Callbacks {
    /// Whether there is one for events of this type.
    pub(crate) fn want(&self, kind: Kind) -> bool {
        match kind {
            Kind::Actions => self.actions.is_set(),
            Kind::Summary => self.summary.is_set(),
            Kind::Gap => self.gap.is_set(),
            Kind::Other => self.event.is_set(),
        }
    }
}

impl<F: ?Sized> Slot<F> {
    pub(crate) fn set(&self, callback: Arc<F>) {
        let mut slot = self.callback.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = slot.replace(callback);
        self.is_set.store(true, Relaxed);
        drop(slot);
        // Last, without the lock: what a closure owns may do anything when it goes.
        drop(replaced);
    }

    /// The callback as it is now. It runs outside the lock, so it may replace itself.
    pub(crate) fn get(&self) -> Option<Arc<F>> {
        self.callback.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Relaxed)
    }
}

impl<F: ?Sized> Default for Slot<F> {
    fn default() -> Self {
        Self { callback: RwLock::new(None), is_set: AtomicBool::new(false) }
    }
}

impl<F: ?Sized> fmt::Debug for Slot<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "set" } else { "not set" })
    }
}
