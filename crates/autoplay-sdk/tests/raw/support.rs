//! The stream and the iterator behind one face, so that each promise is tested with both.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use autoplay_sdk::Error;
use autoplay_sdk::raw::{Endpoint, Events, Handle, Item, RawEvent};
use tokio::runtime::Runtime;

/// No wait in a test is longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// An endpoint that comes back fast.
pub(crate) fn quick(url: &str) -> Endpoint {
    Endpoint::new(url).initial_backoff(Duration::from_millis(10)).max_backoff(Duration::from_millis(100))
}

/// A subscription of either kind.
pub(crate) struct Subscription {
    pub(crate) handle: Handle,
    source: Source,
}

enum Source {
    Async {
        events: Events,
        runtime: Runtime,
    },
    /// A blocked iterator can't be given a limit: it sits on a thread of its own, which asks for nothing ahead.
    Blocking {
        ask: mpsc::Sender<()>,
        answers: Receiver<Option<Result<Item, Error>>>,
    },
}

/// Subscribes in both ways, one after the other.
pub(crate) fn each_kind(test: impl Fn(&dyn Fn(&Endpoint) -> Subscription)) {
    test(&Subscription::new_async);
    test(&Subscription::new_blocking);
}

impl Subscription {
    pub(crate) fn new_async(endpoint: &Endpoint) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let events = endpoint.subscribe().unwrap();
        Self { handle: events.handle(), source: Source::Async { events, runtime } }
    }

    pub(crate) fn new_blocking(endpoint: &Endpoint) -> Self {
        let mut events = endpoint.subscribe_blocking().unwrap();
        let handle = events.handle();
        let (ask, asked) = mpsc::channel();
        let (answer, answers) = mpsc::channel();
        thread::spawn(move || asked.iter().all(|()| answer.send(events.next()).is_ok()));
        Self { handle, source: Source::Blocking { ask, answers } }
    }

    /// What comes next, waited for.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<Result<Item, Error>> {
        match &mut self.source {
            Source::Async { events, runtime } => runtime
                .block_on(async { tokio::time::timeout(LIMIT, events.next()).await })
                .expect("an item within the limit"),
            Source::Blocking { ask, answers } => {
                ask.send(()).unwrap();
                answers.recv_timeout(LIMIT).expect("an item within the limit")
            }
        }
    }

    #[track_caller]
    pub(crate) fn item(&mut self) -> Item {
        self.next().expect("not the end").expect("no error")
    }

    /// The next item, which is an event, but for those that tell of the connection.
    #[track_caller]
    pub(crate) fn event(&mut self) -> RawEvent {
        loop {
            match self.item() {
                Item::Event(event) => return event,
                Item::Opened | Item::Lost(_) => {}
                item => panic!("{item:?} in place of an event"),
            }
        }
    }

    #[track_caller]
    pub(crate) fn data(&mut self) -> String {
        self.event().data
    }
}
