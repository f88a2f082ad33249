//! The events as a stream.

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use autoplay_protocol::payload::{ActionsPayload, Gap, Kind, Payload, SummaryPayload};
use futures_core::Stream;

use super::Tasks;
use super::client::Owner;
use super::tasks::{Begun, Hold};
use crate::backlog::{Ended, OnFull, Places, Rules};
use crate::intake::Audience;
use crate::place::Place;
use crate::process::Process;
use crate::queued::{Delivery, Queued};
use crate::run::{Keeping, drain_deadline, read};
use crate::shared::Running;
use crate::transport::Lookup;
use crate::{Error, RawEvent};

/// What comes out of an [`EventStream`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A batch of actions.
    Actions(ActionsPayload),
    /// A summary.
    Summary(SummaryPayload),
    /// The connector could not go on from the last event id: events are missing here.
    Gap(Gap),
    /// An event of any other type, as it came.
    Other(RawEvent),
}

/// The events of a client in the order in which they came, as a [`Stream`] and by [`next`](Self::next).
///
/// It ends with `None`: after a stop, when what was read is taken or `drain_timeout` is over; after 204; and after the one
/// error that ends a run.
///
/// It reads while it is asked for events, on the tokio runtime that asks, and at most as far ahead as the queue has room.
/// So its pace is the reader's: nothing is dropped, whatever `overflow` says. It starts no task; dropping it closes the
/// connection.
///
/// An event is settled when the next one is asked for, or by [`settle`](Self::settle). The one that was handed out last
/// before the stream is dropped is not, since nobody knows how far its handling got: the next run begins with it.
#[must_use = "nothing is read unless events are asked for"]
pub struct EventStream {
    /// `None` when it is over.
    pull: Option<Pull>,
    /// After the event that was handed out last.
    place: Place,
    /// The client lasts as long as its events are wanted.
    _owner: Arc<Owner>,
}

type Reading = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A run without callbacks. The parts go in this order: reading ends, the last place is kept, the run is over.
struct Pull {
    process: Process,
    /// `None` when reading is over.
    reading: Option<Reading>,
    /// Why it is.
    error: Option<Error>,
    /// The event that was handed out last.
    in_hand: Option<Hold>,
    _keeping: Option<Keeping>,
    running: Arc<Running<Tasks>>,
}

impl EventStream {
    pub(super) fn begin(owner: &Arc<Owner>, lookup: Lookup) -> Result<Self, Error> {
        let shared = &owner.0;
        let rules = Rules { overflow: OnFull::Wait, ..shared.settings.rules(Places::UntilEnd, 1) };
        let running = Arc::new(shared.begin(Tasks::here(), rules)?);
        let reader = Arc::clone(&running);
        let pull = Pull {
            process: shared.process,
            reading: Some(Box::pin(async move {
                read(&reader.shared, &reader.run, &Puller(Arc::clone(&reader)), lookup).await
            })),
            error: None,
            in_hand: None,
            _keeping: Keeping::start(&running)?,
            running,
        };
        Ok(Self { pull: Some(pull), place: Place::default(), _owner: Arc::clone(owner) })
    }

    /// The next event; the one before is settled with this. It can be given up at any time without losing anything.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// The event that was handed out last is done with. Who asks for the next one need not say so.
    pub fn settle(&mut self) {
        if let Some(pull) = &mut self.pull {
            pull.settle();
        }
    }

    /// The last event id as it stood after the event that was handed out last; empty if there is none. Kept together
    /// with what was made of the event, in one transaction, it lets each event take effect exactly once: a later run
    /// goes on there with `?since=` and the id.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.place.as_str()
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        let Some(pull) = &mut self.pull else { return Poll::Ready(None) };
        pull.settle();
        let mut taken = pull.take();
        if taken.is_none() {
            if let Err(error) = pull.process.check() {
                // In a forked process nobody reads, and what there is of it can't even be dropped.
                mem::forget(self.pull.take());
                return Poll::Ready(Some(Err(error)));
            }
            pull.read(context);
            taken = pull.take();
        }
        if let Some((event, place)) = taken {
            self.place = place;
            return Poll::Ready(Some(Ok(event)));
        }
        if pull.reading.is_some() {
            return Poll::Pending;
        }
        let error = pull.error.take();
        self.pull = None;
        Poll::Ready(error.map(Err))
    }
}

impl Pull {
    fn settle(&mut self) {
        if let Some(hold) = self.in_hand.take()
            && self.running.run.queue.end(&hold, Ended::Called)
        {
            self.running.shared.counters.delivered.count();
        }
    }

    /// The next event, and the place after it.
    fn take(&mut self) -> Option<(Event, Place)> {
        if self.is_past_draining() {
            return None;
        }
        let Running { shared, run, .. } = &*self.running;
        loop {
            let Begun { mut event, hold } = run.queue.begin()?;
            let place = event.place().clone();
            match shared.findings.read(&mut event, &shared.counters) {
                Ok(delivery) => {
                    self.in_hand = Some(hold);
                    return Event::of(delivery).map(|event| (event, place));
                }
                Err(unreadable) => {
                    if run.queue.end(&hold, Ended::PassedOver) {
                        shared.findings.malformed(&unreadable, &shared.counters);
                    }
                }
            }
        }
    }

    fn read(&mut self, context: &mut Context<'_>) {
        let Some(reading) = &mut self.reading else { return };
        if let Poll::Ready(result) = reading.as_mut().poll(context) {
            self.reading = None;
            self.error = result.err();
        }
    }

    /// A stop leaves `drain_timeout` for what was read. An end that the server makes leaves all the time in the world.
    fn is_past_draining(&self) -> bool {
        let Running { shared, run, .. } = &*self.running;
        run.stop.is_set() && drain_deadline(&shared.settings, &run.stop) <= Instant::now()
    }
}

impl Event {
    /// `None` never happens: other payloads are delivered raw.
    pub(crate) fn of(delivery: Delivery) -> Option<Self> {
        match delivery {
            Delivery::Payload(Payload::Actions(batch)) => Some(Self::Actions(batch)),
            Delivery::Payload(Payload::Summary(summary)) => Some(Self::Summary(summary)),
            Delivery::Payload(Payload::Gap(gap)) => Some(Self::Gap(gap)),
            Delivery::Payload(Payload::Other { .. }) => None,
            Delivery::Raw(event) => Some(Self::Other(event)),
        }
    }
}

/// Who pulls wants everything, and holds nothing back.
pub(crate) struct Puller(pub(crate) Arc<Running<Tasks>>);

impl Audience for Puller {
    fn wants(&self, _kind: Kind) -> bool {
        true
    }

    fn passed_on(&self) {
        self.0.passed_on();
    }

    /// Never happens: the reader waits.
    fn dropped(&self, _event: Queued, _total: u64) {}

    fn connected(&self, connection: u64) {
        self.0.run.queue.release(connection);
    }

    fn disconnected(&self) {}
}

impl Stream for EventStream {
    type Item = Result<Event, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("over", &self.pull.is_none()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AsyncConnectorClient;

    #[tokio::test]
    async fn in_a_forked_process_it_says_so_and_ends() {
        let client = AsyncConnectorClient::new("http://127.0.0.1:9/stream/p", "").unwrap();
        let mut events = client.events().unwrap();
        if let Some(pull) = &mut events.pull {
            pull.process = Process::elsewhere();
        }
        assert!(events.next().await.unwrap().unwrap_err().is_forked());
        assert!(events.next().await.is_none());
    }
}
