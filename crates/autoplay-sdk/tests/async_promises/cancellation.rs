//! To give up a run ends everything at once: no task, no socket and no callback is left, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use autoplay_sdk::AsyncConnectorClient;
use autoplay_testkit::{FaultServer, Script};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::stage::{Door, on_every_runtime, one_thread, settings, until};
use crate::support::{LIMIT, batches};

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[test]
fn a_run_that_is_given_up_leaves_nothing_behind_and_the_next_begins_there() {
    on_every_runtime(async || {
        let before = tasks();
        let server = FaultServer::start([
            Script::sse().send(batches(1, 20)).stall_for_ever(),
            Script::sse().stall_for_ever(),
        ]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let inside = Arc::new(());
        let held = Arc::clone(&inside);
        client.on_actions(move |batch| {
            let held = Arc::clone(&held);
            async move {
                if batch.session_id.as_deref() != Some("1") {
                    std::future::pending::<()>().await;
                }
                drop(held);
            }
        });
        let given_up = timeout(LIMIT, async {
            tokio::select! { result = client.run() => panic!("{result:?}"), () = until("nineteen", || client.stats().delivered == 1 && Arc::strong_count(&inside) == 21) => {} }
        });
        given_up.await.unwrap();
        until("the callbacks to be cancelled", || Arc::strong_count(&inside) == 2).await;
        until("the connection to be closed", || server.ended() == 1).await;
        until("the tasks to end", || tasks() == before).await;
        let stats = client.stats();
        assert_eq!((stats.received, stats.delivered, stats.left, stats.queue_size), (20, 1, 19, 0));
        assert!(!stats.connected);

        let run = client.run_in_background().unwrap();
        until("the second request", || server.requests().len() == 2).await;
        assert_eq!(server.requests()[1].header("last-event-id"), Some("1"));
        client.stop();
        run.await.unwrap();
    });
}

#[test]
fn a_run_that_is_aborted_ends_without_an_error() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        client.on_actions(|_| std::future::pending());
        let run = client.run_in_background().unwrap();
        until("the callback", || client.queue_size() == 1).await;
        run.abort();
        timeout(Duration::from_secs(2), run).await.unwrap().unwrap();
        until("the connection to be closed", || server.ended() == 1).await;
        assert_eq!(client.queue_size(), 0);
    });
}

#[test]
fn a_handle_that_is_dropped_lets_the_run_go_on_and_a_client_that_is_dropped_ends_it() {
    on_every_runtime(async || {
        let before = tasks();
        let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let (begun, door) = (Arc::new(AtomicUsize::new(0)), Door::closed());
        let (entered, held) = (Arc::clone(&begun), door.clone());
        client.on_actions(move |_| {
            let (entered, held) = (Arc::clone(&entered), held.clone());
            async move {
                entered.fetch_add(1, SeqCst);
                held.pass().await;
                entered.fetch_add(1, SeqCst);
            }
        });
        drop(client.run_in_background().unwrap());
        until("the callback", || begun.load(SeqCst) == 1).await;
        drop(client);
        until("the connection to be closed", || server.ended() == 1).await;
        door.open();
        until("the callback to end", || begun.load(SeqCst) == 2).await;
        until("the tasks to end", || tasks() == before).await;
    });
}

#[test]
fn a_hundred_runs_leave_no_task_and_no_socket_behind() {
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 3)).stall_for_ever());
    one_thread().block_on(async {
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        client.on_actions(async |_| ()).on_connect(async || ()).on_drop(async |_, _| ());
        let one = async |round: usize| {
            if round.is_multiple_of(2) {
                let run = client.run_in_background().unwrap();
                assert!(client.wait_until_connected(LIMIT).await);
                client.stop();
                run.await.unwrap();
            } else {
                tokio::select! {
                    biased;
                    result = client.run() => panic!("{result:?}"),
                    open = client.wait_until_connected(LIMIT) => assert!(open),
                }
            }
        };
        one(0).await;
        one(1).await;
        until("a rest", || server.ended() == server.accepted()).await;
        let (tasks_before, files_before) = (tasks(), files());
        for round in 0..100 {
            one(round).await;
        }
        until("the tasks to end", || tasks() <= tasks_before).await;
        until("the sockets to be closed", || files() <= files_before).await;
    });
}

/// Open files of this process, sockets included; 0 where the system does not tell.
fn files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[test]
fn without_a_runtime_a_background_run_is_an_error() {
    let client = AsyncConnectorClient::new("http://127.0.0.1:9/stream/p", "").unwrap();
    let error = client.run_in_background().unwrap_err();
    assert!(error.to_string().contains("tokio runtime"), "{error}");
    one_thread().block_on(async {
        let run = client.run_in_background().unwrap();
        client.stop();
        run.join().await.unwrap();
    });
}
