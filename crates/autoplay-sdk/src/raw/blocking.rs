//! The subscription for blocking code.

use std::collections::VecDeque;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::{fmt, thread};

use super::conduct::Subscription;
use super::handle::Control;
use super::outbox::Outbox;
use super::{Handle, Item};
use crate::Error;
use crate::process::Process;

/// What comes from an endpoint, as an [`Iterator`] that blocks.
///
/// A thread of its own reads, on a small runtime of its own. Dropping it stops that thread, without waiting.
#[must_use = "dropping it ends the subscription"]
pub struct BlockingEvents {
    /// What was taken out of the outbox and is still to be handed out.
    taken: VecDeque<Item>,
    process: Process,
    forked: bool,
    outbox: Arc<Outbox>,
    control: Arc<Control>,
}

impl BlockingEvents {
    pub(super) fn start(subscription: Subscription) -> Result<Self, Error> {
        let (outbox, control) = (Arc::clone(&subscription.outbox), Arc::clone(&subscription.control));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::system("the reader's runtime could not be started", error))?;
        let end = EndOf(Arc::clone(&outbox));
        let read = move || {
            let _end = end;
            runtime.block_on(subscription.conduct());
        };
        thread::Builder::new()
            .name("autoplay-raw".to_owned())
            .spawn(read)
            .map_err(|error| Error::system("a thread could not be started", error))?;
        Ok(Self { taken: VecDeque::new(), process: Process::here(), forked: false, outbox, control })
    }

    /// To stop or restart it from elsewhere.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.control))
    }
}

impl Iterator for BlockingEvents {
    type Item = Result<Item, Error>;

    /// Waits for the next item; `None` at the end. In a process that was forked off, where nobody reads, an error says
    /// so.
    fn next(&mut self) -> Option<Self::Item> {
        if self.forked || self.control.stop.is_set() {
            return None;
        }
        if let Err(error) = self.process.check() {
            self.forked = true;
            return Some(Err(error));
        }
        if self.taken.is_empty()
            && let Err(error) = self.outbox.take_all(&mut self.taken)
        {
            return Some(Err(error));
        }
        self.taken.pop_front().map(Ok)
    }
}

impl FusedIterator for BlockingEvents {}

impl Drop for BlockingEvents {
    fn drop(&mut self) {
        self.control.stop.stop();
    }
}

impl fmt::Debug for BlockingEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingEvents").finish_non_exhaustive()
    }
}

/// However the reader's thread ends, nobody waits for it in vain.
struct EndOf(Arc<Outbox>);

impl Drop for EndOf {
    fn drop(&mut self) {
        self.0.finish(None);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Endpoint;
    use super::*;

    #[test]
    fn in_a_forked_process_it_ends_with_an_error_and_does_not_hang() {
        let mut events = Endpoint::new("http://127.0.0.1:1/").subscribe_blocking().unwrap();
        events.process = Process::elsewhere();
        let error = events.next().unwrap().unwrap_err();
        assert!(error.to_string().contains("fork"), "{error}");
        assert!(events.next().is_none() && events.next().is_none());
    }
}
