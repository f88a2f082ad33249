//! Whatever the network and the server do, in whatever order.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::{Action, Arrival, Outcome, Policy, ResponseHead, Subscriber};
use super::STREAM;

const EVENTS: usize = 40;
const POLICY: Policy = Policy {
    connect_timeout: Duration::from_secs(10),
    initial_backoff: Duration::from_millis(200),
    max_backoff: Duration::from_secs(5),
    max_retries: None,
    read_timeout: Some(Duration::from_secs(65)),
    max_event_bytes: 1 << 20,
};

/// What one attempt meets.
#[derive(Debug, Clone)]
enum Fault {
    Status { status: u16, retry_after: Option<u64> },
    ErrorPage,
    Unreachable,
    Mute,
    Stream { bytes: usize, piece: usize, then: Loss },
    Final(u16),
}

#[derive(Debug, Clone, Copy)]
enum Loss {
    End,
    Reset,
    Silence,
}

fn fault() -> impl Strategy<Value = Fault> {
    let loss = prop_oneof![Just(Loss::End), Just(Loss::Reset), Just(Loss::Silence)];
    let status = (
        prop::sample::select(vec![201, 302, 400, 408, 410, 429, 500, 502, 503]),
        prop::option::of(0_u64..100),
    );
    prop_oneof![
        4 => status.prop_map(|(status, retry_after)| Fault::Status { status, retry_after }),
        1 => Just(Fault::ErrorPage),
        2 => Just(Fault::Unreachable),
        1 => Just(Fault::Mute),
        8 => (0_usize..400, 1_usize..50, loss).prop_map(|(bytes, piece, then)| Fault::Stream { bytes, piece, then }),
        1 => prop::sample::select(vec![204, 401, 403, 404]).prop_map(Fault::Final),
    ]
}

/// What a server that keeps its promise sends to somebody who has all up to `last`.
fn stream_after(last: &str) -> String {
    let last: usize = last.parse().unwrap_or(0);
    let event = |number| match number % 5 {
        0 if number % 10 == 0 => format!("event: heartbeat\nid: {number}\n\n"),
        0 => format!("event: heartbeat\nid: {number}\ndata:\n\n"),
        1 => format!("id: {number}\nretry: {}\ndata: {number}\n\n", (number - 1) * 10),
        _ => format!("id: {number}\r\n: note\r\ndata: {number}\r\n\r\n"),
    };
    (last + 1..=EVENTS).map(event).collect()
}

/// What the contract says about pauses and retries, in its own words.
struct Expectation {
    initial: Duration,
    last_pause: Option<Duration>,
    failures: u32,
}

impl Expectation {
    /// An event or a heartbeat has arrived.
    fn proven(&mut self) {
        self.last_pause = None;
        self.failures = 0;
    }

    fn retry(&mut self, delay: Duration) {
        self.initial = delay.clamp(Duration::from_millis(10), POLICY.max_backoff);
    }

    /// The pause after one more failure, without its jitter.
    fn pause(&mut self) -> Duration {
        let doubled = self.last_pause.map(|pause| (pause * 2).max(self.initial).min(POLICY.max_backoff));
        *self.last_pause.insert(doubled.unwrap_or(self.initial))
    }
}

/// A subscriber that meets one fault after another, and what is expected of it.
struct Play {
    subscriber: Subscriber,
    max_retries: Option<u32>,
    now: Instant,
    expected: Expectation,
    emitted: Vec<usize>,
}

impl Play {
    fn new(max_retries: Option<u32>, seed: u64) -> Self {
        Self {
            subscriber: Subscriber::new(Policy { max_retries, ..POLICY }, seed),
            max_retries,
            now: Instant::now(),
            expected: Expectation { initial: POLICY.initial_backoff, last_pause: None, failures: 0 },
            emitted: Vec::new(),
        }
    }

    /// Plays the faults, checks what must hold at each step, and gives the outcome if there is one before their end.
    fn run(&mut self, faults: &[Fault]) -> Option<Outcome> {
        for fault in faults {
            let action = self.subscriber.poll(self.now);
            let Action::Connect { deadline } = action else { panic!("{action:?} where a request is due") };
            assert_eq!(deadline, self.now + POLICY.connect_timeout);
            assert_eq!(self.poll(), Action::AwaitResponse { deadline }, "one request per attempt");
            self.expected.failures += 1;
            let asked = self.meet(fault, deadline);
            if let Action::Finished(outcome) = self.poll() {
                self.stays_finished(&outcome);
                return Some(outcome);
            }
            assert!(
                self.max_retries.is_none_or(|allowed| self.expected.failures <= allowed),
                "too many retries"
            );
            self.wait(asked);
        }
        None
    }

    /// One fault. Gives the time for which the server asked to be left alone.
    fn meet(&mut self, fault: &Fault, deadline: Instant) -> Duration {
        match *fault {
            Fault::Status { status, retry_after } => {
                let retry_after = retry_after.map(Duration::from_secs);
                self.answer(&ResponseHead { status, content_type: None, retry_after });
                if matches!(status, 429 | 503) {
                    return retry_after.unwrap_or_default();
                }
            }
            Fault::ErrorPage => self.answer(&ResponseHead { content_type: Some("text/html"), ..STREAM }),
            Fault::Unreachable => self.subscriber.handle_failure(self.now, "unreachable"),
            Fault::Mute => self.time_out(deadline),
            Fault::Stream { bytes, piece, then } => {
                let stream = stream_after(self.subscriber.last_event_id());
                self.answer(&STREAM);
                for piece in stream.as_bytes()[..bytes.min(stream.len())].chunks(piece) {
                    self.now += Duration::from_millis(3);
                    self.receive(piece);
                }
                self.lose(then);
            }
            Fault::Final(status) => self.answer(&ResponseHead { status, ..ResponseHead::default() }),
        }
        Duration::ZERO
    }

    fn poll(&mut self) -> Action {
        self.subscriber.poll(self.now)
    }

    fn answer(&mut self, head: &ResponseHead<'_>) {
        self.subscriber.handle_response(self.now, head);
    }

    fn receive(&mut self, piece: &[u8]) {
        let mut arrivals = self.subscriber.handle_bytes(self.now, piece);
        while let Some(arrival) = arrivals.next() {
            match arrival {
                Arrival::Event(event) => {
                    self.emitted.push(event.data.parse().unwrap());
                    self.expected.proven();
                }
                // The only blocks without data are heartbeats here.
                Arrival::Heartbeat(_) | Arrival::Place(_) => self.expected.proven(),
                Arrival::Retry(delay) => self.expected.retry(delay),
                Arrival::Comment(_) | Arrival::Oversized { .. } => {}
            }
        }
    }

    fn lose(&mut self, loss: Loss) {
        match loss {
            Loss::End => self.subscriber.handle_end(self.now),
            Loss::Reset => self.subscriber.handle_failure(self.now, "reset"),
            Loss::Silence => {
                let Action::Read { deadline: Some(deadline) } = self.poll() else { panic!("it reads") };
                self.time_out(deadline);
            }
        }
    }

    /// Nothing is given up a moment before its time.
    fn time_out(&mut self, deadline: Instant) {
        let before = self.poll();
        self.now = moment_before(deadline);
        self.subscriber.handle_timeout(self.now);
        assert_eq!(self.poll(), before, "it waits until {deadline:?}");
        self.now = deadline;
        self.subscriber.handle_timeout(self.now);
    }

    /// The pause: neither shorter nor longer than it may be, and kept to its end whatever happens meanwhile.
    fn wait(&mut self, asked: Duration) {
        let action = self.poll();
        let Action::Wait { until } = action else { panic!("{action:?} where a pause is due") };
        let pause = until - self.now;
        let shortest = self.expected.pause().max(asked);
        assert!(pause >= shortest, "{pause:?} is below {shortest:?}");
        assert!(pause <= shortest + shortest / 10, "{pause:?} is above {shortest:?} and a tenth");
        self.now = moment_before(until);
        self.subscriber.handle_timeout(self.now);
        self.subscriber.handle_failure(self.now, "late");
        self.subscriber.handle_end(self.now);
        self.answer(&STREAM);
        assert_eq!(self.poll(), Action::Wait { until }, "no request before its time");
        self.now = until;
    }

    fn stays_finished(&mut self, outcome: &Outcome) {
        self.subscriber.handle_failure(self.now, "late");
        self.answer(&STREAM);
        self.now += Duration::from_hours(1);
        assert_eq!(self.poll(), Action::Finished(outcome.clone()), "final for ever");
    }
}

/// As near to a time as the clock can tell.
fn moment_before(time: Instant) -> Instant {
    time.checked_sub(Duration::from_nanos(1)).expect("the clock began before")
}

/// What ends a run of faults, if anything does: the first final status, or a failure too many before it.
fn expected_end(outcome: Option<&Outcome>, faults: &[Fault], play: &Play) -> bool {
    let fatal = faults.iter().find_map(|fault| match fault {
        Fault::Final(204) => Some(Outcome::NoContent),
        Fault::Final(status) => Some(Outcome::Refused { status: *status }),
        _ => None,
    });
    match outcome {
        Some(Outcome::RetriesSpent { failures, .. }) => {
            *failures == play.expected.failures && Some(*failures - 1) == play.max_retries
        }
        other => other == fatal.as_ref(),
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_doubled_or_hurried(
        faults in prop::collection::vec(fault(), 0..40),
        max_retries in prop::option::weighted(0.3, 0_u32..6),
        seed: u64,
    ) {
        let mut play = Play::new(max_retries, seed);
        let outcome = play.run(&faults);
        let events = (1..=EVENTS).filter(|number| number % 5 != 0);
        let expected: Vec<usize> = events.take(play.emitted.len()).collect();
        prop_assert_eq!(&play.emitted, &expected);
        prop_assert!(expected_end(outcome.as_ref(), &faults, &play), "{:?}", outcome);
    }

    #[test]
    fn random_bytes_are_survived(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..40)) {
        let now = Instant::now();
        let mut subscriber = Subscriber::new(POLICY, 1);
        subscriber.poll(now);
        subscriber.handle_response(now, &STREAM);
        for piece in &pieces {
            let mut arrivals = subscriber.handle_bytes(now, piece);
            while arrivals.next().is_some() {}
        }
        prop_assert!(subscriber.is_open());
    }
}
