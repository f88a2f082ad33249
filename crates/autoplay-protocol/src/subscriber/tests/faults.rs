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
        0 => format!("event: heartbeat\nid: {number}\ndata:\n\n"),
        1 => format!("id: {number}\nretry: {}\ndata: {number}\n\n", number * 10),
        _ => format!("id: {number}\r\n: note\r\ndata: {number}\r\n\r\n"),
    };
    (last + 1..=EVENTS).map(event).collect()
}

/// Plays the faults, checks what must hold at each step, and gives the numbers of the events that came out.
fn play(faults: &[Fault], seed: u64) -> (Vec<usize>, Option<Outcome>) {
    let mut subscriber = Subscriber::new(POLICY, seed);
    let mut now = Instant::now();
    let mut emitted = Vec::new();
    for fault in faults {
        let deadline = match subscriber.poll(now) {
            Action::Connect { deadline } => deadline,
            Action::Finished(outcome) => return (emitted, Some(outcome)),
            action => panic!("{action:?} where a request is due"),
        };
        assert_eq!(subscriber.poll(now), Action::AwaitResponse { deadline }, "one request per attempt");
        let mut asked = Duration::ZERO;
        match *fault {
            Fault::Status { status, retry_after } => {
                let retry_after = retry_after.map(Duration::from_secs);
                if matches!(status, 429 | 503) {
                    asked = retry_after.unwrap_or_default();
                }
                let head = ResponseHead { status, content_type: None, retry_after };
                subscriber.handle_response(now, &head);
            }
            Fault::ErrorPage => {
                subscriber.handle_response(now, &ResponseHead { content_type: Some("text/html"), ..STREAM });
            }
            Fault::Unreachable => subscriber.handle_failure(now, "unreachable"),
            Fault::Mute => {
                now = deadline;
                subscriber.handle_timeout(now);
            }
            Fault::Stream { bytes, piece, then } => {
                let stream = stream_after(subscriber.last_event_id());
                subscriber.handle_response(now, &STREAM);
                for piece in stream.as_bytes()[..bytes.min(stream.len())].chunks(piece) {
                    now += Duration::from_millis(3);
                    let mut arrivals = subscriber.handle_bytes(now, piece);
                    while let Some(arrival) = arrivals.next() {
                        if let Arrival::Event(event) = arrival {
                            emitted.push(event.data.parse().unwrap());
                        }
                    }
                }
                lose(&mut subscriber, &mut now, then);
            }
            Fault::Final(status) => {
                subscriber.handle_response(now, &ResponseHead { status, ..ResponseHead::default() });
                let Action::Finished(outcome) = subscriber.poll(now) else { panic!("{status} is final") };
                subscriber.handle_failure(now, "late");
                let later = now + Duration::from_hours(1);
                assert_eq!(subscriber.poll(later), Action::Finished(outcome.clone()), "final for ever");
                return (emitted, Some(outcome));
            }
        }
        now = next_attempt(&mut subscriber, now, asked);
    }
    (emitted, None)
}

fn lose(subscriber: &mut Subscriber, now: &mut Instant, loss: Loss) {
    match loss {
        Loss::End => subscriber.handle_end(*now),
        Loss::Reset => subscriber.handle_failure(*now, "reset"),
        Loss::Silence => {
            let Action::Read { deadline: Some(deadline) } = subscriber.poll(*now) else { panic!("it reads") };
            *now = deadline;
            subscriber.handle_timeout(*now);
        }
    }
}

/// The pause: neither shorter nor longer than it may be, and kept to its end.
fn next_attempt(subscriber: &mut Subscriber, now: Instant, asked: Duration) -> Instant {
    let Action::Wait { until } = subscriber.poll(now) else { panic!("a pause after a loss") };
    let pause = until - now;
    let shortest = Duration::from_millis(10).max(asked);
    let longest = POLICY.max_backoff.max(asked);
    assert!(pause >= shortest, "{pause:?} is below {shortest:?}");
    assert!(pause <= longest + longest / 10, "{pause:?} is above {longest:?} and a tenth");
    assert_eq!(subscriber.poll(now + pause / 2), Action::Wait { until }, "no request before its time");
    until
}

proptest! {
    #[test]
    fn nothing_is_lost_doubled_or_hurried(faults in prop::collection::vec(fault(), 0..40), seed: u64) {
        let (emitted, outcome) = play(&faults, seed);
        let expected: Vec<usize> = (1..=EVENTS).filter(|number| number % 5 != 0).take(emitted.len()).collect();
        prop_assert_eq!(emitted, expected);
        let fatal = faults.iter().find_map(|fault| match fault {
            Fault::Final(204) => Some(Outcome::NoContent),
            Fault::Final(status) => Some(Outcome::Refused { status: *status }),
            _ => None,
        });
        prop_assert_eq!(outcome, fatal);
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
