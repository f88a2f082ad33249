//! What becomes of events that find the queue full: they wait while the callbacks keep up, and are dropped when those
//! lag; or they always wait.

use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::Overflow;
use autoplay_testkit::{FaultServer, Gate, Script};

use crate::support::{LIMIT, Seen, batches, quick, sessions_of, wait_until};

#[test]
fn a_burst_that_fast_callbacks_work_off_loses_nothing() {
    let server = FaultServer::start([Script::sse().send(batches(1, 20_000)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).max_queue_size(10).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(20_000), (1..=20_000).collect::<Vec<_>>());
    assert_eq!(client.dropped_count(), 0);
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_stuck_callback_with_ten_waiting_holds_the_reader_for_a_tenth_of_the_lag() {
    let server = FaultServer::start([Script::sse().send(batches(1, 50)).stall_for_ever()]);
    let lag = Duration::from_secs(2);
    let client = quick(&server.url("/stream/p")).max_queue_size(10).max_lag(lag).build().unwrap();
    let (begun, release) = (Seen::new(), Gate::new());
    let (sender, held) = (begun.sender(), release.clone());
    client.on_actions(move |_| {
        _ = sender.send(Instant::now());
        assert!(held.wait(LIMIT));
    });
    let run = client.run_in_background().unwrap();
    let since = begun.next();
    wait_until("39 drops", || client.dropped_count() == 39);
    let waited = since.elapsed();
    assert!(waited >= lag / 10 && waited < lag / 2, "{waited:?}");
    release.open();
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().delivered, 11);
}

#[test]
fn without_a_lag_a_full_queue_drops() {
    for _ in 0..20 {
        let server = FaultServer::start([Script::sse().send(batches(1, 50)).stall_for_ever()]);
        let client =
            quick(&server.url("/stream/p")).max_queue_size(10).max_lag(Duration::ZERO).build().unwrap();
        let release = Gate::new();
        let held = release.clone();
        client.on_actions(move |_| assert!(held.wait(LIMIT)));
        let run = client.run_in_background().unwrap();
        wait_until("all to be received", || client.stats().received == 50);
        assert_eq!((client.dropped_count(), client.queue_size()), (39, 10));
        release.open();
        client.stop();
        run.join().unwrap();
    }
}

#[test]
fn blocking_loses_nothing_and_stops_reading() {
    // More than the sockets' buffers can hold.
    let events = 20_000;
    let server = FaultServer::start([Script::sse().send(batches(1, events)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p"))
        .max_queue_size(10)
        .overflow(Overflow::Block)
        .max_lag(Duration::ZERO)
        .build()
        .unwrap();
    let (release, seen) = (Gate::new(), Seen::new());
    let (held, sender) = (release.clone(), seen.sender());
    client.on_actions(move |batch| {
        assert!(held.wait(LIMIT));
        sender.send(batch.session_id.unwrap().parse::<usize>().unwrap()).unwrap();
    });
    client.on_drop(|_, _| panic!("nothing is ever dropped"));
    let run = client.run_in_background().unwrap();
    wait_until("the queue to fill", || client.queue_size() == 10);
    thread::sleep(Duration::from_millis(100));
    let stats = client.stats();
    assert_eq!((stats.received, stats.queue_size, stats.queue_capacity), (11, 10, 10));
    assert!(stats.bytes < 2_000_000, "{stats:?}");
    release.open();
    assert_eq!(seen.take(events), (1..=events).collect::<Vec<_>>());
    client.stop();
    run.join().unwrap();
    assert_eq!((client.stats().dropped, client.stats().callback_errors), (0, 0));
}

#[test]
fn the_queue_is_full_by_bytes_too_but_lets_one_event_in() {
    let event = |number: usize, bytes: usize| {
        let text = "x".repeat(bytes);
        format!("id: {number}\ndata: {{\"type\":\"actions\",\"session_id\":\"{text}\",\"actions\":[]}}\n\n")
    };
    let (go, all) = (Gate::new(), [event(1, 10), event(2, 50_000), event(3, 10), event(4, 10)]);
    let server = FaultServer::start([Script::sse()
        .send(all[0].clone())
        .wait_for(&go)
        .send(all[1..].concat())
        .stall_for_ever()]);
    let client =
        quick(&server.url("/stream/p")).max_queue_bytes(10_000).max_lag(Duration::ZERO).build().unwrap();
    let release = Gate::new();
    let (held, begun) = (release.clone(), go.clone());
    client.on_actions(move |_| {
        begun.open();
        assert!(held.wait(LIMIT));
    });
    let run = client.run_in_background().unwrap();
    wait_until("two drops", || client.dropped_count() == 2);
    let stats = client.stats();
    assert_eq!(stats.queue_size, 1);
    assert!(stats.queue_bytes > 50_000, "{stats:?}");
    release.open();
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().queue_bytes, 0);
}

#[test]
fn time_without_room_is_no_silence_of_the_server() {
    let server = FaultServer::start([Script::sse().send(batches(1, 5)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p"))
        .max_queue_size(1)
        .overflow(Overflow::Block)
        .read_timeout(Duration::from_millis(400))
        .build()
        .unwrap();
    let release = Gate::new();
    let held = release.clone();
    client.on_actions(move |_| assert!(held.wait(LIMIT)));
    let run = client.run_in_background().unwrap();
    wait_until("the queue to fill", || client.queue_size() == 1);
    thread::sleep(Duration::from_millis(800));
    assert!(client.stats().connected && server.accepted() == 1);
    release.open();
    wait_until("all to be delivered", || client.stats().delivered == 5);
    wait_until("real silence to be noticed", || server.accepted() == 2);
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_stop_does_not_wait_for_room_and_what_found_none_comes_again() {
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 50)).stall_for_ever());
    let client = quick(&server.url("/stream/p"))
        .max_queue_size(3)
        .overflow(Overflow::Block)
        .drain_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let release = Gate::new();
    let held = release.clone();
    client.on_actions(move |batch| {
        if batch.session_id.as_deref() == Some("5") {
            _ = held.wait(LIMIT);
        }
    });
    let run = client.run_in_background().unwrap();
    wait_until("the queue to fill behind the fifth", || {
        client.queue_size() == 3 && client.stats().delivered == 4
    });
    let start = Instant::now();
    client.stop();
    run.join().unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    let stats = client.stats();
    release.open();
    assert_eq!(stats.last_event_id.as_deref(), Some("4"));
    // Whatever had been read is accounted for.
    assert_eq!(stats.received, stats.delivered.min(4) + 1 + stats.left, "{stats:?}");
}

#[test]
fn an_endless_lag_is_no_overflow_and_nothing_is_dropped() {
    let server = FaultServer::start([Script::sse().send(batches(1, 50)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).max_queue_size(1).max_lag(Duration::MAX).build().unwrap();
    let (release, seen) = (Gate::new(), Seen::new());
    let (held, sender) = (release.clone(), seen.sender());
    client.on_actions(move |batch| {
        assert!(held.wait(LIMIT));
        _ = sender.send(batch.session_id.unwrap().parse::<usize>().unwrap());
    });
    let run = client.run_in_background().unwrap();
    wait_until("the queue to fill", || client.queue_size() == 1 && client.stats().received == 2);
    thread::sleep(Duration::from_millis(100));
    release.open();
    assert_eq!(seen.take(50), (1..=50).collect::<Vec<_>>());
    assert_eq!(client.dropped_count(), 0);
    client.stop();
    run.join().unwrap();
}
