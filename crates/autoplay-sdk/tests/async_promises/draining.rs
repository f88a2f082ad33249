//! After a stop, what is queued is still delivered, for at most `drain_timeout`; what then runs is cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use autoplay_testkit::{FaultServer, Script};

use crate::stage::{Door, batches_of, number, on_every_runtime, settings, until};
use crate::support::{LIMIT, batches};

/// Counts when it goes.
struct Leaves(Arc<AtomicUsize>);

impl Drop for Leaves {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn what_is_queued_is_delivered_after_a_stop() {
    on_every_runtime(async || {
        let body = batches_of(30, |_| "s".to_owned());
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let door = Door::closed();
        let held = door.clone();
        client.on_actions(move |_| {
            let held = held.clone();
            async move { held.pass().await }
        });
        let run = client.run_in_background().unwrap();
        until("the queue to fill", || client.queue_size() == 30).await;
        client.stop();
        until("the connection to be closed", || server.ended() == 1).await;
        assert!(!run.is_finished());
        door.open();
        run.await.unwrap();
        assert_eq!((client.stats().delivered, client.stats().left), (30, 0));
    });
}

#[test]
fn what_is_stuck_is_cancelled_after_the_drain_timeout_and_nothing_begins() {
    on_every_runtime(async || {
        let server = FaultServer::start([]);
        let body = batches_of(30, |_| "s".to_owned());
        server.push(Script::sse().send(body).stall_for_ever());
        server.push(Script::sse().stall_for_ever());
        let patience = Duration::from_millis(200);
        let client = settings(&server.url("/stream/p")).drain_timeout(patience).build_async().unwrap();
        let (begun, gone) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (entered, left) = (Arc::clone(&begun), Arc::clone(&gone));
        client.on_actions(move |batch| {
            let (entered, leaves) = (Arc::clone(&entered), Leaves(Arc::clone(&left)));
            async move {
                entered.fetch_add(1, SeqCst);
                if number(&batch) != 1 {
                    std::future::pending::<()>().await;
                }
                drop(leaves);
            }
        });
        let run = client.run_in_background().unwrap();
        until("four to be stuck", || begun.load(SeqCst) == 5 && client.stats().delivered == 1).await;
        let start = Instant::now();
        client.stop();
        run.await.unwrap();
        let elapsed = start.elapsed();
        assert!(elapsed >= patience && elapsed < patience + Duration::from_secs(2), "{elapsed:?}");
        until("the stuck ones to be cancelled", || gone.load(SeqCst) == 5).await;
        assert_eq!(begun.load(SeqCst), 5);
        let stats = client.stats();
        assert_eq!((stats.received, stats.delivered, stats.left, stats.queue_size), (30, 1, 29, 0));

        let run = client.run_in_background().unwrap();
        until("the second request", || server.requests().len() == 2).await;
        assert_eq!(
            server.requests()[1].header("last-event-id"),
            Some("1"),
            "what was not settled comes again"
        );
        client.stop();
        run.await.unwrap();
    });
}

#[test]
fn without_patience_the_run_ends_at_once() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 30)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).drain_timeout(Duration::ZERO).build_async().unwrap();
        client.on_actions(|_| std::future::pending());
        let run = client.run_in_background().unwrap();
        until("the queue to fill", || client.queue_size() == 30).await;
        let start = Instant::now();
        client.stop();
        run.await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(2));
        assert_eq!(client.stats().left, 30);
    });
}

#[test]
fn a_callback_may_stop_its_client_and_go_on() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let (stopper, door) = (client.stopper(), Door::closed());
        let held = door.clone();
        client.on_actions(move |_| {
            let (stopper, held) = (stopper.clone(), held.clone());
            async move {
                stopper.stop();
                stopper.stop();
                held.pass().await;
            }
        });
        let run = client.run_in_background().unwrap();
        until("the connection to be closed", || server.ended() == 1).await;
        assert!(!run.is_finished());
        door.open();
        run.await.unwrap();
        assert_eq!(client.stats().delivered, 1);
    });
}

#[test]
fn on_disconnect_is_told_and_waited_for_at_the_end() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let told = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&told);
        client.on_disconnect(move || {
            let counted = Arc::clone(&counted);
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                counted.fetch_add(1, SeqCst);
            }
        });
        let run = client.run_in_background().unwrap();
        assert!(client.wait_until_connected(LIMIT).await);
        client.stop();
        run.await.unwrap();
        assert_eq!(told.load(SeqCst), 1);
    });
}
