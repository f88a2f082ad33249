//! The callbacks, which can be replaced at any time.

use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use autoplay_protocol::payload::{ActionsPayload, Gap, Kind, Payload, SummaryPayload};

use crate::RawEvent;
use crate::drops::DropNotice;
use crate::lifecycle::Change;
use crate::queued::Delivery;

/// A place for one callback.
pub(crate) struct Slot<F: ?Sized> {
    callback: RwLock<Option<Arc<F>>>,
    /// For the reader, which asks for every event and should not quarrel with the worker over the lock.
    is_set: AtomicBool,
}

/// A callback with one argument; calling it gives nothing, or a future.
pub(crate) type About<A, R> = dyn Fn(A) -> R + Send + Sync;
pub(crate) type AboutDrop<R> = dyn Fn(RawEvent, u64) -> R + Send + Sync;
pub(crate) type AboutChange<R> = dyn Fn() -> R + Send + Sync;

pub(crate) struct Callbacks<R> {
    pub(crate) actions: Slot<About<ActionsPayload, R>>,
    pub(crate) summary: Slot<About<SummaryPayload, R>>,
    pub(crate) gap: Slot<About<Gap, R>>,
    pub(crate) event: Slot<About<RawEvent, R>>,
    pub(crate) drop: Slot<AboutDrop<R>>,
    pub(crate) connect: Slot<AboutChange<R>>,
    pub(crate) disconnect: Slot<AboutChange<R>>,
}

/// A callback, and what it is to be called with.
pub(crate) enum Call<R> {
    Actions(Arc<About<ActionsPayload, R>>, ActionsPayload),
    Summary(Arc<About<SummaryPayload, R>>, SummaryPayload),
    Gap(Arc<About<Gap, R>>, Gap),
    Event(Arc<About<RawEvent, R>>, RawEvent),
    Drop(Arc<AboutDrop<R>>, DropNotice),
    Connect(Arc<AboutChange<R>>),
    Disconnect(Arc<AboutChange<R>>),
}

impl<R> Callbacks<R> {
    /// Whether there is one for events of this type.
    pub(crate) fn want(&self, kind: Kind) -> bool {
        match kind {
            Kind::Actions => self.actions.is_set(),
            Kind::Summary => self.summary.is_set(),
            Kind::Gap => self.gap.is_set(),
            Kind::Other => self.event.is_set(),
        }
    }

    /// The callback is looked up when it is to be called, not when the event came: whoever replaced it means the next
    /// event.
    pub(crate) fn for_event(&self, delivery: Delivery) -> Option<Call<R>> {
        Some(match delivery {
            Delivery::Payload(Payload::Actions(batch)) => Call::Actions(self.actions.get()?, batch),
            Delivery::Payload(Payload::Summary(summary)) => Call::Summary(self.summary.get()?, summary),
            Delivery::Payload(Payload::Gap(gap)) => Call::Gap(self.gap.get()?, gap),
            Delivery::Raw(event) => Call::Event(self.event.get()?, event),
            Delivery::Payload(Payload::Other { .. }) => return None,
        })
    }

    pub(crate) fn for_drop(&self, notice: DropNotice) -> Option<Call<R>> {
        Some(Call::Drop(self.drop.get()?, notice))
    }

    pub(crate) fn for_change(&self, change: Change) -> Option<Call<R>> {
        Some(match change {
            Change::Connected(_) => Call::Connect(self.connect.get()?),
            Change::Disconnected => Call::Disconnect(self.disconnect.get()?),
        })
    }
}

impl<R> Call<R> {
    /// What users know the callback by.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Actions(..) => "on_actions",
            Self::Summary(..) => "on_summary",
            Self::Gap(..) => "on_gap",
            Self::Event(..) => "on_event",
            Self::Drop(..) => "on_drop",
            Self::Connect(..) => "on_connect",
            Self::Disconnect(..) => "on_disconnect",
        }
    }

    /// Runs code of others: it may panic, and so may the drop of the callback if it was replaced meanwhile.
    pub(crate) fn make(self) -> R {
        match self {
            Self::Actions(callback, batch) => callback(batch),
            Self::Summary(callback, summary) => callback(summary),
            Self::Gap(callback, gap) => callback(gap),
            Self::Event(callback, event) => callback(event),
            Self::Drop(callback, DropNotice { raw, total }) => callback(raw, total),
            Self::Connect(callback) | Self::Disconnect(callback) => callback(),
        }
    }
}

impl<R> Default for Callbacks<R> {
    fn default() -> Self {
        Self {
            actions: Slot::default(),
            summary: Slot::default(),
            gap: Slot::default(),
            event: Slot::default(),
            drop: Slot::default(),
            connect: Slot::default(),
            disconnect: Slot::default(),
        }
    }
}

impl<R> fmt::Debug for Callbacks<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks")
            .field("actions", &self.actions)
            .field("summary", &self.summary)
            .field("gap", &self.gap)
            .field("event", &self.event)
            .field("drop", &self.drop)
            .field("connect", &self.connect)
            .field("disconnect", &self.disconnect)
            .finish()
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

    /// There is a callback, which somebody else keeps and calls.
    pub(crate) fn is_elsewhere(&self) {
        self.is_set.store(true, Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Relaxed)
    }
}

/// What a closure owns may panic when it goes, and it may go at the end of a run: that breaks no run.
impl<F: ?Sized> Drop for Slot<F> {
    fn drop(&mut self) {
        let callback = self.callback.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(callback))) {
            // It may panic once more while it is dropped.
            mem::forget(panic);
        }
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
