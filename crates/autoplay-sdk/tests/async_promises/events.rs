//! The events as a stream.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use autoplay_sdk::{Event, EventStream};
use autoplay_testkit::{FaultServer, Gate, Script};
use futures_core::Stream;

use crate::stage::{on_every_runtime, settings, until};
use crate::support::{LIMIT, batch, batches};

/// The session of a batch, or what else it is.
fn name(event: Event) -> String {
    match event {
        Event::Actions(batch) => batch.session_id.unwrap(),
        Event::Summary(summary) => summary.summary,
        Event::Gap(gap) => gap.reason,
        Event::Other(raw) => raw.data,
        _ => panic!("there are no others"),
    }
}

async fn next(events: &mut EventStream) -> String {
    let event = tokio::time::timeout(LIMIT, events.next()).await.expect("an event within the limit");
    name(event.expect("it goes on").expect("it is no error"))
}

#[test]
fn events_of_every_type_come_in_order_and_a_stop_ends_them() {
    on_every_runtime(async || {
        let summary = "data: {\"type\":\"summary\",\"summary\":\"S\"}\n\n";
        let gap = "event: gap\ndata: {\"reason\":\"epoch\"}\n\n";
        let other = "event: usertour_trigger\ndata: {}\n\n";
        let body = [&batches(1, 20), summary, "data: no json\n\n", gap, other, &batch(21)].concat();
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        client.on_actions(async |_| panic!("no callback is called"));
        let mut events = client.events().unwrap();
        assert_eq!(events.last_event_id(), "");
        for number in 1..=20 {
            assert_eq!(next(&mut events).await, number.to_string());
            assert_eq!(events.last_event_id(), number.to_string());
        }
        for expected in ["S", "epoch", "{}", "21"] {
            assert_eq!(next(&mut events).await, expected);
        }
        assert_eq!((client.stats().delivered, client.queue_size()), (23, 1), "the last is in hand");
        let stopper = client.stopper();
        let stop = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            stopper.stop();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            end = events.next() => assert!(end.is_none()),
            () = stop => {}
        }
        assert!(events.next().await.is_none());
        assert_eq!(events.last_event_id(), "21");
        let stats = client.stats();
        assert_eq!((stats.received, stats.delivered, stats.malformed, stats.left), (25, 24, 1, 0));
    });
}

#[test]
fn it_is_a_stream() {
    async fn first(stream: impl Stream<Item = Result<Event, autoplay_sdk::Error>>) -> Event {
        let mut stream = pin!(stream);
        poll_fn(|context| stream.as_mut().poll_next(context)).await.unwrap().unwrap()
    }
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let events = client.events().unwrap();
        // The stream keeps the client.
        drop(client);
        let event = tokio::spawn(first(events)).await.unwrap();
        assert_eq!(name(event), "1");
        until("the connection to be closed", || server.ended() == 1).await;
    });
}

#[test]
fn the_event_in_hand_comes_again_unless_it_was_settled() {
    on_every_runtime(async || {
        let server = FaultServer::start([]);
        server.push(Script::sse().send(batches(1, 5)).stall_for_ever());
        server.push(Script::sse().send(batches(3, 5)).stall_for_ever());
        server.push(Script::sse().send(batches(4, 5)).stall_for_ever());
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let mut events = client.events().unwrap();
        for expected in ["1", "2", "3"] {
            assert_eq!(next(&mut events).await, expected);
        }
        assert!(client.events().unwrap_err().is_already_running());
        drop(events);
        assert_eq!(client.stats().last_event_id.as_deref(), Some("2"));

        let mut events = client.events().unwrap();
        assert_eq!(next(&mut events).await, "3");
        events.settle();
        events.settle();
        drop(events);
        let mut events = client.events().unwrap();
        assert_eq!(next(&mut events).await, "4");
        drop(events);
        let ids: Vec<_> =
            server.requests().iter().map(|sent| sent.header("last-event-id").map(str::to_owned)).collect();
        assert_eq!(ids, [None, Some("2".to_owned()), Some("3".to_owned())]);
        let stats = client.stats();
        assert_eq!(stats.received, stats.delivered + stats.left);
    });
}

#[test]
fn an_error_comes_last_and_the_client_can_be_used_again() {
    on_every_runtime(async || {
        let server = FaultServer::start([
            Script::sse().send(batches(1, 3)),
            Script::answer(403, &[], ""),
            Script::new().read_request().head(204, &[]),
        ]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let mut events = client.events().unwrap();
        for expected in ["1", "2", "3"] {
            assert_eq!(next(&mut events).await, expected);
        }
        let error = events.next().await.unwrap().unwrap_err();
        assert_eq!(error.status_code(), Some(403));
        assert!(events.next().await.is_none());
        assert!(client.events().unwrap().next().await.is_none(), "204 is no error");
    });
}

#[test]
fn the_pace_of_the_consumer_is_that_of_the_reader_and_nothing_is_dropped() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 300)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).max_queue_size(3).max_lag(Duration::ZERO);
        let client = client.build_async().unwrap();
        let mut events = client.events().unwrap();
        for number in 1..=300 {
            assert_eq!(next(&mut events).await, number.to_string());
            assert!(client.queue_size() <= 3);
        }
        assert_eq!(client.dropped_count(), 0);
    });
}

#[test]
fn after_a_stop_what_was_read_is_still_handed_out_for_as_long_as_draining_may_take() {
    on_every_runtime(async || {
        for (patience, expected) in [(LIMIT, 5), (Duration::from_millis(20), 1)] {
            let server = FaultServer::start([Script::sse().send(batches(1, 5)).stall_for_ever()]);
            let client = settings(&server.url("/stream/p")).drain_timeout(patience).build_async().unwrap();
            let mut events = client.events().unwrap();
            assert_eq!(next(&mut events).await, "1");
            client.stop();
            tokio::time::sleep(Duration::from_millis(50)).await;
            let mut count = 1;
            while let Some(event) = events.next().await {
                event.unwrap();
                count += 1;
            }
            assert_eq!(count, expected, "{patience:?}");
            assert_eq!(client.stats().left, 5 - expected);
        }
    });
}

#[test]
fn asking_can_be_given_up_without_losing_anything() {
    on_every_runtime(async || {
        let go = Gate::new();
        let script = Script::sse().send(batch(1)).wait_for(&go).send(batches(2, 40));
        let server = FaultServer::start([script.stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let mut events = client.events().unwrap();
        assert_eq!(next(&mut events).await, "1");
        let mut came = Vec::new();
        while came.len() < 39 {
            let asked = tokio::time::timeout(Duration::from_micros(50), events.next()).await;
            go.open();
            came.extend(asked.ok().map(|event| name(event.unwrap().unwrap())));
        }
        assert_eq!(came, (2..=40).map(|number: u32| number.to_string()).collect::<Vec<_>>());
    });
}

#[test]
fn a_thread_that_was_blocked_is_no_silence_of_the_server() {
    on_every_runtime(async || {
        let signs_of_life = ":".repeat(30) + "\n";
        let server = FaultServer::start([Script::sse()
            .send(batch(1))
            .dribble(signs_of_life, Duration::from_millis(100))
            .send(batch(2))
            .stall_for_ever()]);
        let silence = Duration::from_secs(1);
        let client = settings(&server.url("/stream/p")).read_timeout(silence).build_async().unwrap();
        let mut events = client.events().unwrap();
        assert_eq!(next(&mut events).await, "1");
        // As nothing should in async code, and some do all the same.
        std::thread::sleep(silence * 3 / 2);
        assert_eq!(next(&mut events).await, "2");
        assert_eq!(server.accepted(), 1);
    });
}
