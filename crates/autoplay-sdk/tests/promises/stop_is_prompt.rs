//! `stop()` ends whatever the client is waiting for within 50 ms, from anywhere, any number of times.
//!
//! (While a name is looked up: that needs a look-up that hangs, and is tested inside the crate.)

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::ConnectorClient;
use autoplay_testkit::{FaultServer, Gate, Script};

use crate::support::{LIMIT, Seen, batches, quick, sessions_of, wait_until};

const PROMPT: Duration = Duration::from_millis(50);
const ROUNDS: usize = 7;

/// The machine may be busy with other things, so the middle one of several stops counts.
fn assert_prompt(mut stop_once: impl FnMut() -> Duration) {
    let mut times: Vec<_> = (0..ROUNDS).map(|_| stop_once()).collect();
    times.sort();
    assert!(times[ROUNDS / 2] < PROMPT, "{times:?}");
}

fn time_to_stop(client: &ConnectorClient, ready: impl FnOnce()) -> Duration {
    let run = client.run_in_background().unwrap();
    ready();
    let start = Instant::now();
    client.stop();
    run.join().unwrap();
    start.elapsed()
}

#[test]
fn while_idle() {
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let client = quick(&server.url("/stream/p")).build().unwrap();
    assert_prompt(|| {
        time_to_stop(&client, || {
            wait_until("a connection", || client.stats().connected);
        })
    });
    assert!(!client.stats().connected);
}

#[test]
fn while_a_server_is_mute() {
    let server = FaultServer::start([]).then_always(Script::mute());
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let mut asked = 0;
    assert_prompt(|| {
        asked += 1;
        time_to_stop(&client, || _ = server.wait_for_request(asked, LIMIT))
    });
}

#[test]
fn while_tls_is_being_negotiated() {
    let server = FaultServer::start([]).then_always(Script::new().stall_for_ever());
    let client = quick(&server.url("/").replace("http:", "https:")).build().unwrap();
    let mut accepted = 0;
    assert_prompt(|| {
        accepted += 1;
        time_to_stop(&client, || server.wait_for_accepted(accepted, LIMIT))
    });
}

#[test]
fn while_backing_off() {
    let server = FaultServer::start([]).then_always(Script::answer(500, &[], ""));
    let minute = Duration::from_mins(1);
    let client = quick(&server.url("/stream/p")).initial_backoff(minute).max_backoff(minute).build().unwrap();
    let mut asked = 0;
    assert_prompt(|| {
        asked += 1;
        time_to_stop(&client, || {
            server.wait_for_ended(asked, LIMIT);
            thread::sleep(Duration::from_millis(5));
        })
    });
}

#[test]
fn while_a_server_sends_without_a_pause() {
    let server = FaultServer::start([]).then_always(Script::sse().send_for_ever(batches(1, 500)));
    let client = quick(&server.url("/stream/p")).build().unwrap();
    assert_prompt(|| {
        let before = client.stats().received;
        time_to_stop(&client, || {
            wait_until("a flood", || client.stats().received > before + 1_000);
        })
    });
}

#[test]
fn at_once_after_it_was_started() {
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let client = quick(&server.url("/stream/p")).build().unwrap();
    assert_prompt(|| time_to_stop(&client, || ()));
}

#[test]
fn from_a_callback() {
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let (stopper, seen) = (client.stopper(), Seen::new());
    let sender = seen.sender();
    client.on_actions(move |_| {
        stopper.stop();
        stopper.stop();
        sender.send(()).unwrap();
    });
    client.run().unwrap();
    assert_eq!(seen.rest().len(), 1);
}

#[test]
fn from_many_threads_at_once() {
    let server = FaultServer::start([Script::sse().stall_for_ever()]);
    let client = Arc::new(quick(&server.url("/stream/p")).build().unwrap());
    let run = client.run_in_background().unwrap();
    let stops: Vec<_> = (0..8)
        .map(|_| {
            let client = Arc::clone(&client);
            thread::spawn(move || client.stop())
        })
        .collect();
    run.join().unwrap();
    for stop in stops {
        stop.join().unwrap();
    }
}

#[test]
fn a_client_that_does_not_run_is_not_stopped_in_advance() {
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    client.stop();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
    client.stop();
}

#[test]
fn dropping_the_client_stops_it_without_waiting() {
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let (release, begun) = (Gate::new(), Gate::new());
    let (held, entered) = (release.clone(), begun.clone());
    client.on_actions(move |_| {
        entered.open();
        assert!(held.wait(LIMIT));
    });
    let run = client.run_in_background().unwrap();
    assert!(begun.wait(LIMIT));
    let stopper = client.stopper();
    drop(client);
    server.wait_for_ended(1, LIMIT);
    assert!(!run.is_finished(), "the callback in hand finishes");
    release.open();
    run.join().unwrap();
    stopper.stop();
}
