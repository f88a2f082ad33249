//! The bytes are a script of what the network and the server do, in whatever order, sensible or not. The subscriber
//! never connects before its time, waits neither too short nor too long, never spins, and emits nothing twice.
#![no_main]

use std::time::{Duration, Instant};

use autoplay_protocol::subscriber::{Action, Arrival, Policy, ResponseHead, Subscriber};
use libfuzzer_sys::fuzz_target;

const STREAM: ResponseHead<'static> =
    ResponseHead { status: 200, content_type: Some("text/event-stream"), retry_after: None };

const POLICY: Policy = Policy {
    connect_timeout: Duration::from_secs(10),
    initial_backoff: Duration::from_millis(200),
    max_backoff: Duration::from_secs(5),
    max_retries: Some(6),
    read_timeout: Some(Duration::from_secs(65)),
    max_event_bytes: 1 << 10,
};

const DAY: Duration = Duration::from_hours(24);

fuzz_target!(|script: &[u8]| {
    let mut course = Course::new();
    let mut script = script.iter().copied();
    while let Some(step) = script.next() {
        let detail = script.next().unwrap_or_default();
        course.step(step, u64::from(detail));
        course.check();
    }
});

struct Course {
    subscriber: Subscriber,
    now: Instant,
    /// No request may come before.
    not_before: Instant,
    finished: Option<Action>,
    /// What the server has still to send on this connection, and the number of the last event that came out.
    unsent: Vec<u8>,
    last_seen: u64,
}

impl Course {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            subscriber: Subscriber::new(POLICY, 7),
            now,
            not_before: now,
            finished: None,
            unsent: Vec::new(),
            last_seen: 0,
        }
    }

    fn step(&mut self, step: u8, detail: u64) {
        let (subscriber, now) = (&mut self.subscriber, self.now);
        match step % 10 {
            0 => self.now += Duration::from_millis(detail * detail),
            1 => self.now += Duration::from_secs(detail),
            2 => {
                // A server that keeps its promise sends what comes after the last event id.
                let was_open = subscriber.is_open();
                subscriber.handle_response(now, &STREAM);
                if subscriber.is_open() && !was_open {
                    self.unsent = stream_after(subscriber.last_event_id());
                }
            }
            3 | 4 => self.receive(usize::try_from(detail).expect("it was a byte")),
            5 => subscriber.handle_end(now),
            6 => subscriber.handle_failure(now, "reset"),
            7 => subscriber.handle_timeout(now),
            8 => {
                subscriber.handle_restart();
                self.not_before = now;
            }
            _ => {
                const STATUSES: [u16; 10] = [100, 200, 201, 302, 304, 410, 429, 500, 503, 599];
                let status = STATUSES[usize::try_from(detail).expect("it was a byte") % STATUSES.len()];
                let asked = (detail > 100).then(|| Duration::from_secs(detail * detail * detail));
                subscriber
                    .handle_response(now, &ResponseHead { status, content_type: None, retry_after: asked });
            }
        }
    }

    fn receive(&mut self, length: usize) {
        let was_open = self.subscriber.is_open();
        let length = length.min(self.unsent.len());
        let piece: Vec<u8> = self.unsent.drain(..length).collect();
        let mut arrivals = self.subscriber.handle_bytes(self.now, &piece);
        while let Some(arrival) = arrivals.next() {
            assert!(was_open, "nothing comes out of a connection that was given up");
            if let Arrival::Event(event) = arrival {
                let number = event.data.parse().expect("events are numbers");
                assert!(number > self.last_seen, "{number} came again");
                assert!(skipped_are_no_events(self.last_seen, number), "{number} after {}", self.last_seen);
                self.last_seen = number;
            }
        }
    }

    /// What it wants now, and that it wants it only once.
    fn check(&mut self) {
        let action = self.subscriber.poll(self.now);
        if let Some(finished) = &self.finished {
            assert_eq!(action, *finished, "final for ever");
            return;
        }
        match action {
            Action::Connect { deadline } => {
                assert!(self.now >= self.not_before, "a request before its time");
                assert_eq!(deadline, self.now + POLICY.connect_timeout);
                assert_eq!(self.subscriber.poll(self.now), Action::AwaitResponse { deadline });
                // Until a pause says otherwise; another request without one would spin.
                self.not_before = self.now + DAY * 365;
            }
            Action::Wait { until } => {
                let pause = until - self.now;
                assert!(!pause.is_zero() && pause <= DAY + DAY / 10, "a pause of {pause:?}");
                let early = until - Duration::from_nanos(1);
                assert_eq!(self.subscriber.poll(early.max(self.now)), Action::Wait { until });
                self.not_before = until;
            }
            Action::Finished(_) => self.finished = Some(action),
            Action::AwaitResponse { .. } | Action::Read { .. } => {}
        }
    }
}

fn stream_after(last: &str) -> Vec<u8> {
    let last: u64 = last.parse().unwrap_or(0);
    (last + 1..=last + 12).flat_map(|number| event(number).into_bytes()).collect()
}

fn event(number: u64) -> String {
    match number % 6 {
        0 => format!("event: heartbeat\nid: {number}\n\n"),
        1 => format!("id: {number}\nretry: {}\ndata: {number}\n\n", number * 100),
        2 => format!("id: {number}\r\ndata: {}\r\n\r\n", "x".repeat(1_100)),
        _ => format!("id: {number}\r: note\rdata: {number}\r\r"),
    }
}

/// Between two events there are only heartbeats and oversized ones.
fn skipped_are_no_events(before: u64, after: u64) -> bool {
    (before + 1..after).all(|number| matches!(number % 6, 0 | 2))
}
