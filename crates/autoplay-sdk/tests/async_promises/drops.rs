//! What becomes of events that find the queue full, where an event keeps its place until its callback has ended.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use autoplay_sdk::Overflow;
use autoplay_testkit::{FaultServer, Script};

use crate::stage::{Door, batches_of, number, on_every_runtime, settings, until};
use crate::support::batches;

#[test]
fn forty_of_fifty_are_dropped_counted_and_told_while_the_callbacks_are_stuck() {
    on_every_runtime(async || {
        for round in 0..20 {
            let body = batches_of(50, |number| format!("s{}", number % (round + 1)));
            let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
            let client =
                settings(&server.url("/stream/p")).max_queue_size(10).max_lag(Duration::from_millis(50));
            let client = client.build_async().unwrap();
            let (door, told) = (Door::closed(), Arc::new(Mutex::new(Vec::new())));
            let held = door.clone();
            client.on_actions(move |_| {
                let held = held.clone();
                async move { held.pass().await }
            });
            let noted = Arc::clone(&told);
            client.on_drop(move |raw, total| {
                let noted = Arc::clone(&noted);
                async move {
                    tokio::task::yield_now().await;
                    noted.lock().unwrap().push((raw.id, total));
                }
            });
            let run = client.run_in_background().unwrap();
            until("forty to be told", || told.lock().unwrap().len() == 40).await;
            assert_eq!((client.dropped_count(), client.queue_size()), (40, 10));
            door.open();
            until("ten", || client.stats().delivered == 10).await;
            client.stop();
            run.await.unwrap();
            let expected: Vec<_> = (11..=50).map(|number| (number.to_string(), number - 10)).collect();
            assert_eq!(*told.lock().unwrap(), expected);
            let stats = client.stats();
            assert_eq!((stats.received, stats.delivered, stats.dropped, stats.left), (50, 10, 40, 0));
        }
    });
}

#[test]
fn a_stuck_on_drop_holds_up_nothing_and_one_that_panics_is_counted() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 50)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).max_queue_size(1).max_lag(Duration::ZERO);
        let client = client.build_async().unwrap();
        let door = Door::closed();
        let held = door.clone();
        client.on_actions(move |_| {
            let held = held.clone();
            async move { held.pass().await }
        });
        client.on_drop(|_, total| async move {
            assert!(total != 1, "a panic that is part of the test");
            std::future::pending::<()>().await;
        });
        let run = client.run_in_background().unwrap();
        until("all to be received", || client.stats().received == 50).await;
        assert_eq!(client.dropped_count(), 49);
        until("the panic", || client.stats().callback_errors == 1).await;
        door.open();
        until("what fits", || client.stats().delivered == 1).await;
        drop(run);
    });
}

#[test]
fn blocking_loses_nothing_and_reads_no_further() {
    on_every_runtime(async || {
        let body = batches_of(500, |_| "s".to_owned());
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).max_queue_size(5).overflow(Overflow::Block);
        let client = client.max_lag(Duration::ZERO).session_concurrency(1).build_async().unwrap();
        let (door, begun) = (Door::closed(), Arc::new(Mutex::new(Vec::new())));
        let (held, noted) = (door.clone(), Arc::clone(&begun));
        client.on_actions(move |batch| {
            let (held, noted) = (held.clone(), Arc::clone(&noted));
            async move {
                noted.lock().unwrap().push(number(&batch));
                held.pass().await;
            }
        });
        let run = client.run_in_background().unwrap();
        until("a full queue", || client.queue_size() == 5).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!((client.queue_size(), client.stats().received), (5, 5));
        door.open();
        until("all", || client.stats().delivered == 500).await;
        client.stop();
        run.await.unwrap();
        assert_eq!(*begun.lock().unwrap(), (1..=500).collect::<Vec<_>>());
        assert_eq!(client.dropped_count(), 0);
    });
}

#[test]
fn callbacks_that_keep_up_lose_nothing_through_a_queue_much_smaller() {
    on_every_runtime(async || {
        let body = batches_of(5_000, |number| format!("s{}", number % 100));
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).max_queue_size(10).build_async().unwrap();
        client.on_actions(async |_| tokio::task::yield_now().await);
        let run = client.run_in_background().unwrap();
        until("all", || client.stats().delivered == 5_000).await;
        client.stop();
        run.await.unwrap();
        assert_eq!(client.dropped_count(), 0);
    });
}

#[test]
fn a_stuck_session_with_ten_events_holds_the_reader_for_a_tenth_of_the_lag() {
    on_every_runtime(async || {
        let body = batches_of(50, |_| "s".to_owned());
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let lag = Duration::from_secs(2);
        let client =
            settings(&server.url("/stream/p")).max_queue_size(10).max_lag(lag).build_async().unwrap();
        client.on_actions(|_| std::future::pending());
        let run = client.run_in_background().unwrap();
        until("a full queue", || client.queue_size() == 10).await;
        let since = Instant::now();
        until("forty drops", || client.dropped_count() == 40).await;
        let waited = since.elapsed();
        assert!(waited >= lag / 20 && waited < lag / 2, "{waited:?}");
        run.abort();
    });
}
