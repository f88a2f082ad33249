//! A subscription from its first request to its end.

use std::sync::Arc;

use autoplay_protocol::subscriber::{Arrival, Notice, Subscriber};

use super::Item;
use super::handle::Control;
use super::outbox::Outbox;
use crate::Error;
use crate::driver::{End, Sink, drive};
use crate::transport::Transport;

/// What it takes to read.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) subscriber: Subscriber,
    pub(super) transport: Transport,
    pub(super) outbox: Arc<Outbox>,
    pub(super) control: Arc<Control>,
}

impl Subscription {
    /// Reads until the end, and puts everything, the end included, into the outbox.
    pub(super) async fn conduct(mut self) {
        let mut forward = Forward(&self.outbox);
        loop {
            let end = tokio::select! {
                biased;
                () = self.control.stop.stopped() => return self.outbox.abandon(),
                () = self.control.restart.notified() => None,
                end = drive(
                    &mut self.subscriber,
                    &self.transport,
                    &mut forward,
                    &self.control.stop,
                ) => Some(end),
            };
            match end {
                Some(End { outcome, url, token }) => {
                    return self.outbox.finish(Error::from_outcome(outcome, url, token).err());
                }
                // The connection went with the future that drove it.
                None => self.subscriber.handle_restart(),
            }
        }
    }
}

/// Puts what arrives into the outbox as it is. It waits only after it has done so: a reader that is given up while it
/// waits has lost nothing that its place in the stream counts.
struct Forward<'a>(&'a Outbox);

impl Sink for Forward<'_> {
    async fn arrival(&mut self, arrival: Arrival<'_>) {
        if let Some(item) = Item::of_arrival(arrival) {
            self.0.put(item);
            self.0.room().await;
        }
    }

    async fn rest(&mut self) {
        self.0.room().await;
    }

    fn notice(&mut self, notice: &Notice) {
        if let Some(item) = Item::of_notice(notice) {
            self.0.put(item);
        }
    }

    fn bytes(&mut self, _count: usize) {}
}
