//! `on_connect` and `on_disconnect`: in order, and before the events of the connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use autoplay_sdk::AsyncConnectorClient;
use autoplay_testkit::{FaultServer, Gate, Script};

use crate::stage::{Door, on_every_runtime, settings, until};
use crate::support::{LIMIT, batches};

type Told = Arc<Mutex<Vec<String>>>;

/// Everything that is told, in the order in which it begins; batches by their session.
fn told(client: &AsyncConnectorClient, connected: Door) -> Told {
    let told = Told::default();
    let noted = Arc::clone(&told);
    client.on_connect(move || {
        let (noted, connected) = (Arc::clone(&noted), connected.clone());
        async move {
            connected.pass().await;
            noted.lock().unwrap().push("connect".to_owned());
        }
    });
    let noted = Arc::clone(&told);
    client.on_disconnect(move || {
        let noted = Arc::clone(&noted);
        async move { noted.lock().unwrap().push("disconnect".to_owned()) }
    });
    let noted = Arc::clone(&told);
    client.on_actions(move |batch| {
        let noted = Arc::clone(&noted);
        async move { noted.lock().unwrap().push(batch.session_id.unwrap()) }
    });
    told
}

#[test]
fn events_wait_until_on_connect_has_ended_and_the_reader_does_not() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 3)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let connected = Door::closed();
        let told = told(&client, connected.clone());
        let run = client.run_in_background().unwrap();
        until("the events", || client.stats().received == 3).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!((client.stats().delivered, client.queue_size()), (0, 3));
        connected.open();
        until("the callbacks", || client.stats().delivered == 3).await;
        client.stop();
        run.await.unwrap();
        let mut told = told.lock().unwrap();
        assert_eq!((told[0].as_str(), told[4].as_str()), ("connect", "disconnect"));
        told[1..4].sort();
        assert_eq!(told[1..4], ["1", "2", "3"]);
    });
}

#[test]
fn each_connection_is_told_once_and_so_is_its_loss() {
    on_every_runtime(async || {
        let server = FaultServer::start([
            Script::answer(500, &[], ""),
            Script::sse().send(batches(1, 1)),
            Script::sse().send(batches(2, 2)),
            Script::sse().send(batches(3, 3)).stall_for_ever(),
        ]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let connected = Door::closed();
        connected.open();
        let told = told(&client, connected);
        let run = client.run_in_background().unwrap();
        until("the third event", || client.stats().delivered == 3).await;
        client.stop();
        run.await.unwrap();
        let told = told.lock().unwrap();
        let changes: Vec<_> = told.iter().filter(|told| told.len() > 1).collect();
        assert_eq!(changes, ["connect", "disconnect", "connect", "disconnect", "connect", "disconnect"]);
        assert_eq!(client.stats().reconnects, 2);
    });
}

#[test]
fn waiting_until_connected_ends_when_the_stream_is_open_or_the_run_over() {
    on_every_runtime(async || {
        let (go, end) = (Gate::new(), Gate::new());
        let sse = [("content-type", "text/event-stream")];
        let server = FaultServer::start([
            Script::new().read_request().wait_for(&go).head(200, &sse).wait_for(&end),
            Script::answer(401, &[], ""),
        ]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        assert!(!client.wait_until_connected(Duration::ZERO).await, "it does not run");
        let client = Arc::new(client);
        let run = client.run_in_background().unwrap();
        assert!(!client.wait_until_connected(Duration::from_millis(20)).await);
        let waiter = Arc::clone(&client);
        let waiting = tokio::spawn(async move { waiter.wait_until_connected(Duration::MAX).await });
        go.open();
        assert!(waiting.await.unwrap());
        end.open();
        until("the loss", || !client.stats().connected).await;
        assert!(!client.wait_until_connected(LIMIT * 10).await, "the run is over");
        assert_eq!(run.await.unwrap_err().status_code(), Some(401));
    });
}

#[test]
fn waiting_until_connected_does_not_wait_for_callbacks_after_a_stop() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        client.on_actions(|_| std::future::pending());
        let run = client.run_in_background().unwrap();
        until("the callback", || client.queue_size() == 1).await;
        client.stop();
        until("the connection to be closed", || server.ended() == 1).await;
        let waiting = client.wait_until_connected(LIMIT);
        let open = tokio::time::timeout(LIMIT / 4, waiting).await;
        assert!(!open.expect("no wait") && !run.is_finished());
        run.abort();
    });
}
