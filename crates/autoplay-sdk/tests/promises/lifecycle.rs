//! `on_connect` and `on_disconnect`: in order, off the reader, and before the events of the connection.

use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::ConnectorClient;
use autoplay_testkit::{FaultServer, Gate, Script};

use crate::support::{LIMIT, Seen, batches, quick, wait_until};

/// Everything that is told, by name, in the order in which it begins; batches by their session.
fn told(client: &ConnectorClient) -> Seen<String> {
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_connect(move || _ = sender.send("connect".to_owned()));
    let sender = seen.sender();
    client.on_disconnect(move || _ = sender.send("disconnect".to_owned()));
    let sender = seen.sender();
    client.on_actions(move |batch| _ = sender.send(batch.session_id.unwrap()));
    seen
}

#[test]
fn each_connection_is_told_once_and_so_is_its_loss() {
    let server = FaultServer::start([
        Script::answer(500, &[], ""),
        Script::answer(200, &[("content-type", "text/html")], "data: x\n\n"),
        Script::sse().send(batches(1, 1)),
        Script::sse().send(batches(2, 2)).reset(),
        Script::answer(503, &[], ""),
        Script::sse().send(batches(3, 3)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = told(&client);
    let run = client.run_in_background().unwrap();
    wait_until("the third connection's event", || client.stats().delivered == 3);
    client.stop();
    run.join().unwrap();
    let told = seen.rest();
    let changes: Vec<_> = told.iter().filter(|told| told.len() > 1).collect();
    assert_eq!(changes, ["connect", "disconnect", "connect", "disconnect", "connect", "disconnect"]);
    let events: Vec<_> = told.iter().filter(|told| told.len() == 1).collect();
    assert_eq!(events, ["1", "2", "3"]);
    for number in 1..=3 {
        let connects = told.iter().take_while(|told| **told != number.to_string());
        let connects = connects.filter(|told| *told == "connect").count();
        assert!(connects >= number, "{number} was told before its connection: {told:?}");
    }
}

#[test]
fn events_wait_until_on_connect_has_ended_and_the_reader_does_not() {
    let server = FaultServer::start([Script::sse().send(batches(1, 3)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = told(&client);
    let (begun, release, sender) = (Gate::new(), Gate::new(), seen.sender());
    let (open, held) = (begun.clone(), release.clone());
    client.on_connect(move || {
        open.open();
        assert!(held.wait(LIMIT));
        _ = sender.send("connected".to_owned());
    });
    let run = client.run_in_background().unwrap();
    assert!(begun.wait(LIMIT));
    wait_until("the events", || client.stats().received == 3);
    thread::sleep(Duration::from_millis(50));
    assert_eq!((client.stats().delivered, client.queue_size()), (0, 3));
    release.open();
    assert_eq!(seen.take(4), ["connected", "1", "2", "3"]);
    client.stop();
    run.join().unwrap();
}

#[test]
fn events_of_an_earlier_connection_do_not_wait_for_the_next_on_connect() {
    let again = Gate::new();
    let server = FaultServer::start([
        Script::sse().send(batches(1, 20)).wait_for(&again),
        Script::sse().send(batches(21, 22)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let (go, seen, release) = (Gate::new(), Seen::new(), Gate::new());
    let (wait, sender) = (go.clone(), seen.sender());
    client.on_actions(move |batch| {
        assert!(wait.wait(LIMIT));
        _ = sender.send(batch.session_id.unwrap().parse::<usize>().unwrap());
    });
    let run = client.run_in_background().unwrap();
    wait_until("the first", || client.stats().received == 20);
    let held = release.clone();
    client.on_connect(move || assert!(held.wait(LIMIT)));
    again.open();
    wait_until("the second connection's", || client.stats().received == 22);
    go.open();
    assert_eq!(seen.take(20), (1..=20).collect::<Vec<_>>());
    thread::sleep(Duration::from_millis(30));
    assert!(seen.rest().is_empty());
    release.open();
    assert_eq!(seen.take(2), [21, 22]);
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_stop_from_on_connect_ends_the_run_and_the_connection_is_told_to_be_lost() {
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = told(&client);
    let (stopper, sender) = (client.stopper(), seen.sender());
    client.on_connect(move || {
        stopper.stop();
        _ = sender.send("connect".to_owned());
    });
    client.run().unwrap();
    let told = seen.rest();
    assert_eq!(told.iter().filter(|told| *told == "disconnect").count(), 1, "{told:?}");
    assert_eq!(told[0], "connect");
}

#[test]
fn a_run_that_never_connected_tells_of_nothing() {
    let server = FaultServer::start([Script::answer(401, &[], "")]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = told(&client);
    client.run().unwrap_err();
    assert!(seen.rest().is_empty());
}

#[test]
fn one_that_panics_is_counted_and_the_events_come() {
    let server = FaultServer::start([Script::sse().send(batches(1, 2)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = told(&client);
    client.on_connect(|| panic!("a panic that is part of the test"));
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(2), ["1", "2"]);
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().callback_errors, 1);
}

#[test]
fn a_stuck_on_disconnect_holds_the_end_for_the_drain_timeout_at_most() {
    let server = FaultServer::start([Script::sse().stall_for_ever()]);
    let patience = Duration::from_millis(100);
    let client = quick(&server.url("/stream/p")).drain_timeout(patience).build().unwrap();
    let release = Gate::new();
    let held = release.clone();
    client.on_disconnect(move || _ = held.wait(LIMIT));
    let run = client.run_in_background().unwrap();
    assert!(client.wait_until_connected(LIMIT));
    let start = Instant::now();
    client.stop();
    run.join().unwrap();
    assert!(start.elapsed() >= patience && start.elapsed() < LIMIT / 2, "{:?}", start.elapsed());
    release.open();
}

#[test]
fn waiting_until_connected_ends_when_the_stream_is_open() {
    let go = Gate::new();
    let server = FaultServer::start([Script::new()
        .read_request()
        .wait_for(&go)
        .head(200, &[("content-type", "text/event-stream")])
        .stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    assert!(!client.wait_until_connected(Duration::ZERO), "it does not run");
    let run = client.run_in_background().unwrap();
    assert!(!client.wait_until_connected(Duration::from_millis(20)));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| client.wait_until_connected(Duration::MAX));
        go.open();
        assert!(waiting.join().unwrap());
    });
    assert!(client.wait_until_connected(Duration::ZERO));
    client.stop();
    run.join().unwrap();
    assert!(!client.wait_until_connected(Duration::ZERO));
}

#[test]
fn waiting_until_connected_ends_with_the_run() {
    let go = Gate::new();
    let server = FaultServer::start([Script::new().read_request().wait_for(&go).head(401, &[])]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let run = client.run_in_background().unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| client.wait_until_connected(LIMIT * 10));
        thread::sleep(Duration::from_millis(20));
        go.open();
        assert!(!waiting.join().unwrap());
    });
    run.join().unwrap_err();
    assert!(!client.wait_until_connected(LIMIT * 10), "nobody is about to connect");
}

#[test]
fn waiting_until_connected_does_not_wait_for_callbacks_after_a_stop() {
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let (begun, release) = (Gate::new(), Gate::new());
    let (open, held) = (begun.clone(), release.clone());
    client.on_actions(move |_| {
        open.open();
        assert!(held.wait(LIMIT));
    });
    let run = client.run_in_background().unwrap();
    assert!(begun.wait(LIMIT));
    client.stop();
    server.wait_for_ended(1, LIMIT);
    let start = Instant::now();
    assert!(!client.wait_until_connected(LIMIT / 2), "nobody is about to connect");
    assert!(start.elapsed() < LIMIT / 4 && !run.is_finished());
    release.open();
    run.join().unwrap();
}
