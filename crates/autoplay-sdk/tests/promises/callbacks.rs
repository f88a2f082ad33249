//! Callbacks run one at a time and in order, can be replaced at any time, and may panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use autoplay_testkit::{FaultServer, Gate, Script};

use crate::support::{Seen, batches, quick, wait_until};

#[test]
fn a_panicking_callback_is_counted_and_the_stream_goes_on() {
    let server = FaultServer::start([Script::sse().send(batches(1, 5)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| {
        let session = batch.session_id.unwrap();
        assert!(session != "2" && session != "4", "a panic that is part of the test");
        sender.send(session).unwrap();
    });
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(3), ["1", "3", "5"]);
    client.stop();
    run.join().unwrap();
    let stats = client.stats();
    assert_eq!((stats.callback_errors, stats.delivered), (2, 5));
    assert_eq!(server.accepted(), 1);
}

#[test]
fn a_panic_whose_value_panics_in_its_drop_is_survived() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("and once more");
        }
    }
    let server = FaultServer::start([Script::sse().send(batches(1, 2)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    client.on_actions(|_| std::panic::panic_any(Bomb));
    let run = client.run_in_background().unwrap();
    wait_until("two panics", || client.stats().delivered == 2);
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().callback_errors, 2);
}

#[test]
fn the_next_event_sees_a_replaced_callback() {
    let (go, seen) = (Gate::new(), Seen::new());
    let server = FaultServer::start([Script::sse()
        .send(batches(1, 1))
        .wait_for(&go)
        .send(batches(2, 2))
        .stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let sender = seen.sender();
    client.on_actions(move |batch| sender.send(("first", batch.session_id.unwrap())).unwrap());
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), ("first", "1".into()));
    let sender = seen.sender();
    client.on_actions(move |batch| sender.send(("second", batch.session_id.unwrap())).unwrap());
    go.open();
    assert_eq!(seen.next(), ("second", "2".into()));
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_callback_may_replace_itself() {
    let server = FaultServer::start([Script::sse().send(batches(1, 3)).stall_for_ever()]);
    let client = Arc::new(quick(&server.url("/stream/p")).build().unwrap());
    let seen = Seen::new();
    let (sender, weak) = (seen.sender(), Arc::downgrade(&client));
    client.on_actions(move |_| {
        let sender = sender.clone();
        let client = weak.upgrade().unwrap();
        client.on_actions(move |batch| sender.send(batch.session_id.unwrap()).unwrap());
    });
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(2), ["2", "3"]);
    client.stop();
    run.join().unwrap();
}

#[test]
fn batches_and_summaries_come_one_at_a_time_and_in_order() {
    let summary = "data: {\"type\":\"summary\",\"summary\":\"Visited 3 pages.\",\"replaces\":20}\n\n";
    let named = "event: summary\ndata: {\"summary\":\"by name\"}\n\n";
    let body = [&batches(1, 50), summary, named, &batches(51, 100)].concat();
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let (seen, inside) = (Seen::new(), Arc::new(AtomicUsize::new(0)));
    let (sender, entered) = (seen.sender(), Arc::clone(&inside));
    client.on_actions(move |batch| {
        assert_eq!(entered.fetch_add(1, SeqCst), 0);
        sender.send(batch.session_id.unwrap()).unwrap();
        entered.fetch_sub(1, SeqCst);
    });
    let (sender, entered) = (seen.sender(), Arc::clone(&inside));
    client.on_summary(move |summary| {
        assert_eq!(entered.fetch_add(1, SeqCst), 0);
        sender.send(summary.to_text()).unwrap();
        entered.fetch_sub(1, SeqCst);
    });
    let run = client.run_in_background().unwrap();
    let told = seen.take(102);
    client.stop();
    run.join().unwrap();
    assert_eq!(told[50..52], ["Visited 3 pages.", "by name"]);
    let numbers: Vec<_> = told.iter().filter_map(|text| text.parse::<usize>().ok()).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
    assert_eq!(client.stats().callback_errors, 0);
}
