//! What may still happen when a run has ended: nothing begins, and nothing breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use autoplay_testkit::{FaultServer, Script};

use crate::support::{batches, quick, wait_until};

/// A batch that takes a while to read.
fn large_batch() -> String {
    let action =
        "{\"index\":0,\"type\":\"click\",\"description\":\"a click\",\"canonical_url\":\"https://a/b\"}";
    format!(
        "data: {{\"type\":\"actions\",\"session_id\":\"1\",\"actions\":[{}]}}\n\n",
        vec![action; 1_000].join(",")
    )
}

#[test]
fn no_callback_begins_after_the_run_not_even_for_an_event_that_was_being_read() {
    let server = FaultServer::start([]).then_always(Script::sse().send_for_ever(large_batch()));
    for _ in 0..30 {
        let client = quick(&server.url("/stream/p")).drain_timeout(Duration::ZERO).build().unwrap();
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&begun);
        client.on_actions(move |_| _ = counted.fetch_add(1, SeqCst));
        let run = client.run_in_background().unwrap();
        wait_until("a flood", || begun.load(SeqCst) > 3);
        client.stop();
        run.join().unwrap();
        let at_the_end = begun.load(SeqCst);
        thread::sleep(Duration::from_millis(10));
        assert_eq!(begun.load(SeqCst), at_the_end);
        // A callback in hand at the cut counts when it has returned.
        wait_until("every event is accounted for", || {
            let stats = client.stats();
            stats.received == stats.delivered + stats.dropped + stats.left
        });
    }
}

#[test]
fn no_notice_of_a_drop_is_told_after_the_run() {
    let server = FaultServer::start([]).then_always(Script::sse().send_for_ever(batches(1, 200)));
    for _ in 0..10 {
        let client = quick(&server.url("/stream/p"))
            .drain_timeout(Duration::ZERO)
            .max_queue_size(1)
            .max_lag(Duration::ZERO)
            .build()
            .unwrap();
        let told = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&told);
        client.on_actions(|_| thread::sleep(Duration::from_millis(2)));
        client.on_drop(move |_, _| {
            counted.fetch_add(1, SeqCst);
            thread::sleep(Duration::from_millis(1));
        });
        let run = client.run_in_background().unwrap();
        wait_until("some", || told.load(SeqCst) > 5);
        client.stop();
        run.join().unwrap();
        let at_the_end = told.load(SeqCst);
        thread::sleep(Duration::from_millis(30));
        assert_eq!(told.load(SeqCst), at_the_end);
    }
}

#[test]
fn what_a_callback_owns_may_panic_when_it_goes() {
    struct Owned;
    impl Drop for Owned {
        fn drop(&mut self) {
            panic!("a panic that is part of the test");
        }
    }
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let owned = Owned;
    client.on_actions(move |_| _ = &owned);
    let run = client.run_in_background().unwrap();
    wait_until("the callback", || client.stats().delivered == 1);
    // Now the callback goes with the run.
    drop(client);
    run.join().unwrap();
}
