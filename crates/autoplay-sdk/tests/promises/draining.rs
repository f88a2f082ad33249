//! After a stop, what is queued is still delivered, for at most `drain_timeout`; then nothing begins any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use autoplay_testkit::{FaultServer, Gate, Script};

use crate::support::{LIMIT, Seen, batches, quick, sessions_of, wait_until};

#[test]
fn what_is_queued_is_delivered_after_a_stop() {
    let server = FaultServer::start([Script::sse().send(batches(1, 30)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let (release, seen) = (Gate::new(), Seen::new());
    let (held, sender) = (release.clone(), seen.sender());
    client.on_actions(move |batch| {
        assert!(held.wait(LIMIT));
        sender.send(batch.session_id.unwrap()).unwrap();
    });
    let run = client.run_in_background().unwrap();
    wait_until("the queue to fill", || client.queue_size() == 29);
    client.stop();
    server.wait_for_ended(1, LIMIT);
    release.open();
    run.join().unwrap();
    assert_eq!(seen.rest().len(), 30);
    assert_eq!((client.stats().delivered, client.stats().left), (30, 0));
}

#[test]
fn a_stuck_callback_holds_the_run_for_the_drain_timeout_and_no_other_begins() {
    let server = FaultServer::start([Script::sse().send(batches(1, 30)).stall_for_ever()]);
    let patience = Duration::from_millis(200);
    let client = quick(&server.url("/stream/p")).drain_timeout(patience).build().unwrap();
    let (release, begun) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
    let (held, counted) = (release.clone(), Arc::clone(&begun));
    client.on_actions(move |_| {
        counted.fetch_add(1, SeqCst);
        assert!(held.wait(LIMIT));
    });
    let run = client.run_in_background().unwrap();
    wait_until("the queue to fill", || client.queue_size() == 29);
    let start = Instant::now();
    client.stop();
    run.join().unwrap();
    let elapsed = start.elapsed();
    assert!(elapsed >= patience && elapsed < patience + Duration::from_secs(2), "{elapsed:?}");
    assert_eq!((client.stats().left, client.queue_size()), (29, 0));

    release.open();
    wait_until("the stuck callback to end", || client.stats().delivered == 1);
    thread::sleep(Duration::from_millis(20));
    assert_eq!(begun.load(SeqCst), 1);
}

#[test]
fn without_patience_the_run_ends_at_once() {
    let server = FaultServer::start([Script::sse().send(batches(1, 30)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).drain_timeout(Duration::ZERO).build().unwrap();
    let release = Gate::new();
    let held = release.clone();
    client.on_actions(move |_| assert!(held.wait(LIMIT)));
    let run = client.run_in_background().unwrap();
    wait_until("the queue to fill", || client.queue_size() == 29);
    let start = Instant::now();
    client.stop();
    run.join().unwrap();
    assert!(start.elapsed() < Duration::from_secs(2));
    release.open();
}

#[test]
fn an_endless_drain_timeout_is_no_overflow() {
    let server = FaultServer::start([Script::sse().send(batches(1, 3)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).drain_timeout(Duration::MAX).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(3), [1, 2, 3]);
    client.stop();
    run.join().unwrap();
}

#[test]
fn what_was_not_settled_comes_again_in_the_next_run() {
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 10)).stall_for_ever());
    let client = quick(&server.url("/stream/p")).drain_timeout(Duration::ZERO).build().unwrap();
    let (release, seen) = (Gate::new(), Seen::new());
    let (held, sender) = (release.clone(), seen.sender());
    client.on_actions(move |batch| {
        _ = sender.send(batch.session_id.clone().unwrap());
        if batch.session_id.as_deref() == Some("4") {
            _ = held.wait(LIMIT);
        }
    });
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(4), ["1", "2", "3", "4"]);
    wait_until("all to be received", || client.stats().received == 10);
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().last_event_id.as_deref(), Some("3"), "4 is in hand, 5 to 10 are left");

    let run = client.run_in_background().unwrap();
    assert_eq!(server.wait_for_request(2, LIMIT).header("last-event-id"), Some("3"));
    client.stop();
    release.open();
    run.join().unwrap();
}

#[test]
fn an_id_that_several_events_share_counts_when_the_last_of_them_is_settled() {
    let second_of_id_2 = "data: {\"type\":\"actions\",\"session_id\":\"stuck\",\"actions\":[]}\n\n";
    let server =
        FaultServer::start([Script::sse().send([&batches(1, 2), second_of_id_2].concat()).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).drain_timeout(Duration::ZERO).build().unwrap();
    let (release, seen) = (Gate::new(), Seen::new());
    let (held, sender) = (release.clone(), seen.sender());
    client.on_actions(move |batch| {
        _ = sender.send(batch.session_id.clone().unwrap());
        if batch.session_id.as_deref() == Some("stuck") {
            _ = held.wait(LIMIT);
        }
    });
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(3), ["1", "2", "stuck"]);
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().last_event_id.as_deref(), Some("1"));
    release.open();
}

#[test]
fn a_callback_that_outlives_its_run_is_settled_when_it_returns() {
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 10)).stall_for_ever());
    let client = quick(&server.url("/stream/p")).drain_timeout(Duration::ZERO).build().unwrap();
    let (begun, release) = (Gate::new(), Gate::new());
    let (open, held) = (begun.clone(), release.clone());
    client.on_actions(move |batch| {
        if batch.session_id.as_deref() == Some("4") {
            open.open();
            assert!(held.wait(LIMIT));
        }
    });
    let run = client.run_in_background().unwrap();
    assert!(begun.wait(LIMIT));
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().last_event_id.as_deref(), Some("3"));
    release.open();
    wait_until("the callback to return", || client.stats().last_event_id.as_deref() == Some("4"));
    let run = client.run_in_background().unwrap();
    assert_eq!(server.wait_for_request(2, LIMIT).header("last-event-id"), Some("4"));
    client.stop();
    run.join().unwrap();
}

#[test]
fn without_patience_the_loss_of_the_connection_is_told_all_the_same() {
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let client = quick(&server.url("/stream/p")).drain_timeout(Duration::ZERO).build().unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&told);
    client.on_disconnect(move || _ = counted.fetch_add(1, SeqCst));
    for runs in 1..=10 {
        let run = client.run_in_background().unwrap();
        assert!(client.wait_until_connected(LIMIT));
        client.stop();
        run.join().unwrap();
        assert_eq!(told.load(SeqCst), runs);
    }
}
