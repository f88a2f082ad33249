//! The subscription for async code.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::conduct::Subscription;
use super::handle::Control;
use super::outbox::Outbox;
use super::{Handle, Item};
use crate::Error;

/// What comes from an endpoint, as a [`Stream`] and by [`next`](Self::next).
///
/// It reads while it is polled, on the tokio runtime that polls it, which must have time and I/O enabled. It starts
/// no task; dropping it closes the connection.
#[must_use = "nothing is read unless items are asked for"]
pub struct Events {
    /// `None` when reading is over.
    reading: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    outbox: Arc<Outbox>,
    control: Arc<Control>,
}

impl Events {
    pub(super) fn new(subscription: Subscription) -> Self {
        let (outbox, control) = (Arc::clone(&subscription.outbox), Arc::clone(&subscription.control));
        Self { reading: Some(Box::pin(subscription.conduct())), outbox, control }
    }

    /// The next item; `None` at the end. It can be given up at any time without losing anything.
    pub async fn next(&mut self) -> Option<Result<Item, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// To stop or restart it from elsewhere.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.control))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Item, Error>>> {
        if self.control.stop.is_set() {
            self.reading = None;
            return Poll::Ready(None);
        }
        // What is there is taken before more is read: the driver waits with the next item until it is.
        if let Poll::Ready(taken) = self.outbox.try_take() {
            return Poll::Ready(taken);
        }
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(None);
        };
        if reading.as_mut().poll(context).is_ready() {
            self.reading = None;
        }
        self.outbox.try_take()
    }
}

impl Stream for Events {
    type Item = Result<Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("over", &self.reading.is_none()).finish_non_exhaustive()
    }
}
