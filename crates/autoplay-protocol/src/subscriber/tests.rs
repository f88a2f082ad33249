//! The promises of the subscriber, on instants that the tests invent.

mod faults;
mod table;

use std::time::{Duration, Instant};

use super::{Action, Arrival, Policy, ResponseHead, Subscriber};

const STREAM: ResponseHead<'static> =
    ResponseHead { status: 200, content_type: Some("text/event-stream"), retry_after: None };

/// A subscriber and the time, which only the test moves.
struct Course {
    subscriber: Subscriber,
    now: Instant,
}

impl Course {
    fn new(policy: Policy) -> Self {
        Self { subscriber: Subscriber::new(policy, 42), now: Instant::now() }
    }

    fn poll(&mut self) -> Action {
        self.subscriber.poll(self.now)
    }

    #[track_caller]
    fn connects(&mut self) {
        let action = self.poll();
        assert!(matches!(action, Action::Connect { .. }), "{action:?}");
    }

    /// Connects and gets an answer.
    #[track_caller]
    fn answered(&mut self, head: &ResponseHead<'_>) {
        self.connects();
        self.subscriber.handle_response(self.now, head);
    }

    fn status(&mut self, status: u16) {
        self.answered(&ResponseHead { status, ..ResponseHead::default() });
    }

    /// The events' data and what the place was afterwards, of a piece of the stream.
    fn receives(&mut self, bytes: &str) -> Vec<String> {
        let mut arrivals = self.subscriber.handle_bytes(self.now, bytes.as_bytes());
        let mut seen = Vec::new();
        while let Some(arrival) = arrivals.next() {
            if let Arrival::Event(event) = arrival {
                seen.push(event.data.to_owned());
            }
        }
        seen
    }

    fn end(&mut self) {
        self.subscriber.handle_end(self.now);
    }

    fn fail(&mut self) {
        self.subscriber.handle_failure(self.now, "reset");
    }

    /// How long the subscriber wants to wait; the time is then there.
    #[track_caller]
    fn waits(&mut self) -> Duration {
        let action = self.poll();
        let Action::Wait { until } = action else { panic!("{action:?}") };
        let early = until.checked_sub(Duration::from_nanos(1)).expect("the clock has begun before");
        assert_eq!(self.subscriber.poll(early.max(self.now)), Action::Wait { until }, "it waits to the end");
        let pause = until - self.now;
        self.now = until;
        pause
    }

    #[track_caller]
    fn waits_about(&mut self, base: Duration) {
        let pause = self.waits();
        assert!(pause >= base && pause <= base + base / 10, "{pause:?} is not {base:?} and up to a tenth");
    }
}
