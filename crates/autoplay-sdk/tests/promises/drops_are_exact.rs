//! A full queue drops, every drop is counted and told, and nothing else is lost.

use crate::support::{LIMIT, Seen, batches, quick, wait_until};
use autoplay_testkit::{FaultServer, Gate, Script};

/// Ten fit into the queue, one is in hand, the others go: whatever the threads do.
fn eleven_of_fifty_are_delivered(script: impl FnOnce(&Gate) -> Script) {
    let in_hand = Gate::new();
    let server = FaultServer::start([script(&in_hand).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).max_queue_size(10).build().unwrap();

    let release = Gate::new();
    let (delivered, dropped) = (Seen::new(), Seen::new());
    let (sender, held, begun) = (delivered.sender(), release.clone(), in_hand.clone());
    client.on_actions(move |batch| {
        begun.open();
        assert!(held.wait(LIMIT));
        sender.send(batch.session_id.unwrap()).unwrap();
    });
    let sender = dropped.sender();
    client.on_drop(move |raw, total| sender.send((raw.id, total)).unwrap());

    let run = client.run_in_background().unwrap();
    // Told while the callback is still stuck.
    let told = dropped.take(39);
    assert_eq!(client.dropped_count(), 39);
    assert_eq!(client.queue_size(), 10);
    release.open();
    let names = delivered.take(11);
    client.stop();
    run.join().unwrap();

    let expected: Vec<String> = (1..=11).map(|number| number.to_string()).collect();
    assert_eq!(names, expected);
    let expected: Vec<_> = (12..=50).map(|number| (number.to_string(), number - 11)).collect();
    assert_eq!(told, expected);
    assert!(delivered.rest().is_empty() && dropped.rest().is_empty());
    let stats = client.stats();
    assert_eq!((stats.received, stats.delivered, stats.dropped, stats.left), (50, 11, 39, 0));
}

#[test]
fn thirty_nine_of_fifty_when_they_come_after_the_callback_has_begun() {
    eleven_of_fifty_are_delivered(|in_hand| {
        Script::sse().send(batches(1, 1)).wait_for(in_hand).send(batches(2, 50))
    });
}

#[test]
fn thirty_nine_of_fifty_when_they_come_all_at_once() {
    for _ in 0..50 {
        eleven_of_fifty_are_delivered(|_| Script::sse().send(batches(1, 50)));
    }
}

#[test]
fn what_finds_no_room_and_is_malformed_is_no_drop() {
    let malformed = "data: {\"type\":\"actions\",\"actions\":[{]}\n\n".repeat(5);
    let unwanted = "data: {\"type\":\"actions\",\"type\":\"summary\"}\n\n".repeat(5);
    let in_hand = Gate::new();
    let later = [&batches(2, 3), malformed.as_str(), &batches(4, 4), &unwanted, &batches(5, 5)].concat();
    let script = Script::sse().send(batches(1, 1)).wait_for(&in_hand).send(later).stall_for_ever();
    let server = FaultServer::start([script]);
    let client = quick(&server.url("/stream/p")).max_queue_size(2).max_lag(LIMIT / 100).build().unwrap();
    let (release, dropped) = (Gate::new(), Seen::new());
    let (held, sender) = (release.clone(), dropped.sender());
    client.on_actions(move |_| {
        in_hand.open();
        assert!(held.wait(LIMIT));
    });
    client.on_drop(move |raw, total| sender.send((raw.id, total)).unwrap());
    let run = client.run_in_background().unwrap();
    assert_eq!(dropped.take(2), [("4".to_owned(), 1), ("5".to_owned(), 2)]);
    wait_until("all to be received", || client.stats().received == 15);
    release.open();
    client.stop();
    run.join().unwrap();
    let stats = client.stats();
    assert_eq!((stats.delivered, stats.dropped, stats.malformed), (3, 2, 5));
    assert!(dropped.rest().is_empty());
}

#[test]
fn an_event_that_nobody_registered_for_takes_no_place() {
    let summaries = "data: {\"type\":\"summary\",\"summary\":\"s\"}\n\n".repeat(100);
    let unknown = "data: {\"type\":\"usertour_trigger\"}\n\n".repeat(100);
    let body = [&batches(1, 1), summaries.as_str(), &unknown, &batches(2, 3)].concat();
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).max_queue_size(2).build().unwrap();
    let (release, delivered) = (Gate::new(), Seen::new());
    let (held, sender) = (release.clone(), delivered.sender());
    client.on_actions(move |batch| {
        assert!(held.wait(LIMIT));
        sender.send(batch.session_id.unwrap()).unwrap();
    });
    let run = client.run_in_background().unwrap();
    wait_until("all to be received", || client.stats().received == 203);
    release.open();
    assert_eq!(delivered.take(3), ["1", "2", "3"]);
    assert_eq!(client.dropped_count(), 0);
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_stuck_on_drop_holds_up_nothing() {
    let server = FaultServer::start([Script::sse().send(batches(1, 50)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).max_queue_size(1).build().unwrap();
    let (release, stuck) = (Gate::new(), Gate::new());
    let held = release.clone();
    client.on_actions(move |_| assert!(held.wait(LIMIT)));
    let never = stuck.clone();
    client.on_drop(move |_, _| assert!(never.wait(LIMIT)));
    let run = client.run_in_background().unwrap();
    wait_until("all to be received", || client.stats().received == 50);
    assert_eq!(client.dropped_count(), 48);
    release.open();
    wait_until("what fits to be delivered", || client.stats().delivered == 2);
    stuck.open();
    client.stop();
    run.join().unwrap();
}

#[test]
fn on_drop_may_panic_too() {
    let server = FaultServer::start([Script::sse().send(batches(1, 5)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).max_queue_size(1).build().unwrap();
    let release = Gate::new();
    let held = release.clone();
    client.on_actions(move |_| assert!(held.wait(LIMIT)));
    client.on_drop(|_, _| panic!("a panic that is part of the test"));
    let run = client.run_in_background().unwrap();
    wait_until("three panics", || client.stats().callback_errors == 3);
    release.open();
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().delivered, 2);
}
