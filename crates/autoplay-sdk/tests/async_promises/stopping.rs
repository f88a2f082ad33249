//! A stop ends reading, connecting and waiting within 50 ms, whatever is going on.

use std::cell::Cell;
use std::time::{Duration, Instant};

use autoplay_sdk::{AsyncConnectorClient, Builder};
use autoplay_testkit::{FaultServer, Script};

use crate::stage::{on_every_runtime, settings, until};
use crate::support::{LIMIT, batches};

/// The median of some stops, each of a run in which `ready` was waited for.
async fn assert_prompt(client: &AsyncConnectorClient, ready: impl AsyncFn()) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let run = client.run_in_background().unwrap();
        ready().await;
        let start = Instant::now();
        client.stop();
        run.await.unwrap();
        times.push(start.elapsed());
    }
    times.sort();
    assert!(times[2] < Duration::from_millis(50), "{times:?}");
}

fn slow_to_return(url: &str) -> Builder {
    settings(url).initial_backoff(Duration::from_secs(30)).max_backoff(Duration::from_secs(30))
}

#[test]
fn while_the_stream_is_silent() {
    on_every_runtime(async || {
        let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
        let client = slow_to_return(&server.url("/stream/p")).build_async().unwrap();
        assert_prompt(&client, async || assert!(client.wait_until_connected(LIMIT).await)).await;
    });
}

#[test]
fn while_backing_off() {
    on_every_runtime(async || {
        let server = FaultServer::start([]).then_always(Script::answer(500, &[], ""));
        let client = slow_to_return(&server.url("/stream/p")).build_async().unwrap();
        let runs = Cell::new(0);
        assert_prompt(&client, async || {
            runs.update(|runs| runs + 1);
            until("the answer", || server.ended() == runs.get()).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        })
        .await;
    });
}

#[test]
fn while_a_server_keeps_its_answer_back() {
    on_every_runtime(async || {
        let server = FaultServer::start([]).then_always(Script::mute());
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let runs = Cell::new(0);
        assert_prompt(&client, async || {
            runs.update(|runs| runs + 1);
            until("the connection", || server.accepted() == runs.get()).await;
        })
        .await;
    });
}

#[test]
fn while_events_flood_in() {
    on_every_runtime(async || {
        let server = FaultServer::start([]).then_always(Script::sse().send_for_ever(batches(1, 100)));
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        client.on_actions(async |_| ());
        assert_prompt(&client, async || {
            let before = client.stats().received;
            until("a flood", || client.stats().received > before + 1_000).await;
        })
        .await;
    });
}

#[test]
fn at_once_after_the_start_and_never_in_advance() {
    on_every_runtime(async || {
        let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        client.stop();
        assert_prompt(&client, async || ()).await;
        let run = client.run_in_background().unwrap();
        assert!(client.wait_until_connected(LIMIT).await, "an earlier stop does not count");
        assert!(client.run().await.unwrap_err().is_already_running());
        assert!(client.run_in_background().unwrap_err().is_already_running());
        client.stop();
        run.await.unwrap();
    });
}

#[test]
fn while_callbacks_work_for_milliseconds_and_never_wait() {
    on_every_runtime(async || {
        let server = FaultServer::start([]).then_always(Script::sse().send_for_ever(batches(1, 100)));
        let builder = settings(&server.url("/stream/p")).drain_timeout(Duration::ZERO);
        let client = builder.max_queue_size(100).max_lag(Duration::ZERO).build_async().unwrap();
        client.on_actions(async |_| std::thread::sleep(Duration::from_millis(2)));
        client.on_drop(async |_, _| std::thread::sleep(Duration::from_millis(1)));
        assert_prompt(&client, async || {
            let before = client.dropped_count();
            until("drops", || client.dropped_count() > before + 100).await;
        })
        .await;
    });
}
