//! How a subscription ends: by a stop, by 204, by an error that is final, by being dropped.

use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::raw::{Endpoint, Item};
use autoplay_testkit::{FaultServer, Script};

use crate::support::{LIMIT, Subscription, each_kind, quick};

#[test]
fn no_content_ends_it_without_an_error() {
    each_kind(|subscribe| {
        let server = FaultServer::start([
            Script::sse().send("data: a\n\n"),
            Script::new().read_request().head(204, &[]),
        ]);
        let mut events = subscribe(&quick(&server.url("/")));
        assert_eq!(events.data(), "a");
        assert!(matches!(events.item(), Item::Lost(_)));
        assert!(events.next().is_none() && events.next().is_none());
        assert_eq!(server.accepted(), 2);
    });
}

#[test]
fn a_refusal_is_the_last_thing_that_comes() {
    for (status, advice) in [(401, "headers"), (403, "headers"), (404, "url and method")] {
        each_kind(|subscribe| {
            let server = FaultServer::start([Script::answer(status, &[], "")]);
            let mut events = subscribe(&quick(&server.url("/s?token=hunter2")));
            let error = events.next().unwrap().unwrap_err();
            assert!(error.is_refused() && error.status_code() == Some(status));
            let text = format!("{error} {error:?}");
            assert!(text.contains(advice) && !text.contains("hunter2"), "{text}");
            assert!(events.next().is_none() && events.next().is_none());
        });
    }
}

#[test]
fn spent_retries_are_an_error_that_comes_after_the_losses() {
    each_kind(|subscribe| {
        let server = FaultServer::start([]).then_always(Script::answer(503, &[], ""));
        let mut events = subscribe(&quick(&server.url("/")).max_retries(1));
        assert!(matches!(events.item(), Item::Lost(_)));
        let error = events.next().unwrap().unwrap_err();
        assert!(error.is_retries_spent() && error.status_code() == Some(503), "{error}");
        assert!(events.next().is_none());
        assert_eq!(server.accepted(), 2);
    });
}

#[test]
fn a_stop_ends_it_within_50_ms_whatever_it_waits_for() {
    let scripts: [fn() -> Script; 4] = [
        || Script::sse().stall_for_ever(),
        Script::mute,
        || Script::answer(500, &[], ""),
        || Script::sse().send_for_ever("no end of a line"),
    ];
    for script in scripts {
        each_kind(|subscribe| {
            let server = FaultServer::start([]).then_always(script());
            let minute = Duration::from_mins(1);
            let endpoint = Endpoint::new(&server.url("/")).max_backoff(minute).initial_backoff(minute);
            // The machine may be busy with something else at one time, not at three.
            let mut times = [1, 2, 3].map(|number| {
                let time = time_to_stop(subscribe(&endpoint));
                server.wait_for_ended(number, LIMIT);
                time
            });
            times.sort();
            assert!(times[1] < Duration::from_millis(50), "{times:?}");
        });
    }
}

/// From the stop, in the middle of what goes on, to the end of the items.
fn time_to_stop(mut events: Subscription) -> Duration {
    let handle = events.handle.clone();
    let stopper = thread::spawn(move || {
        thread::sleep(Duration::from_millis(60));
        handle.stop();
        Instant::now()
    });
    while events.next().is_some() {}
    stopper.join().unwrap().elapsed()
}

#[test]
fn nothing_comes_after_a_stop_not_even_what_was_read() {
    each_kind(|subscribe| {
        let body = "data: a\n\n".repeat(1_000);
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let mut events = subscribe(&quick(&server.url("/")));
        assert_eq!(events.data(), "a");
        thread::sleep(Duration::from_millis(50));
        events.handle.stop();
        events.handle.stop();
        assert!(events.next().is_none());
        events.handle.restart();
        assert!(events.next().is_none());
    });
}

#[test]
fn who_leaves_at_the_end_of_an_answer_asks_once() {
    let server = FaultServer::start([]).then_always(Script::sse().send("data: because\n\n"));
    let endpoint = Endpoint::new(&server.url("/")).method("POST").body("why?");
    let kinds: [fn(&Endpoint) -> Subscription; 2] = [Subscription::new_async, Subscription::new_blocking];
    for (subscribe, number) in kinds.into_iter().zip(1..) {
        let mut events = subscribe(&endpoint);
        assert_eq!(events.data(), "because");
        assert!(matches!(events.item(), Item::Lost(lost) if lost.is_clean_end() && lost.was_open));
        drop(events);
        server.wait_for_ended(number, LIMIT);
        // Longer than the pause before another attempt.
        thread::sleep(Duration::from_millis(1_500));
        assert_eq!(server.accepted(), number);
    }
}

#[test]
fn dropping_it_closes_the_connection() {
    let server = FaultServer::start([]).then_always(Script::sse().send(":\n").stall_for_ever());
    let mut stream = Subscription::new_async(&quick(&server.url("/")));
    assert_eq!(stream.item(), Item::Opened);
    drop(stream);
    server.wait_for_ended(1, LIMIT);
    let mut iterator = quick(&server.url("/")).subscribe_blocking().unwrap();
    assert_eq!(iterator.next().unwrap().unwrap(), Item::Opened);
    drop(iterator);
    server.wait_for_ended(2, LIMIT);
}

/// The process's threads and open files.
#[cfg(target_os = "linux")]
fn belongings() -> [usize; 2] {
    ["/proc/self/task", "/proc/self/fd"].map(|list| std::fs::read_dir(list).unwrap().count())
}

#[test]
#[cfg(target_os = "linux")]
fn three_hundred_subscriptions_leave_nothing_behind() {
    let server = FaultServer::start([]).then_always(Script::sse().send(":\n").stall_for_ever());
    let url = server.url("/");
    let use_both = |server: &FaultServer, number: usize| {
        let mut stream = Subscription::new_async(&quick(&url));
        assert_eq!(stream.item(), Item::Opened);
        drop(stream);
        let mut iterator = quick(&url).subscribe_blocking().unwrap();
        assert_eq!(iterator.next().unwrap().unwrap(), Item::Opened);
        drop(iterator);
        server.wait_for_ended(2 * number, LIMIT);
    };
    use_both(&server, 1);
    let before = belongings();
    (2..=150).for_each(|number| use_both(&server, number));
    let start = Instant::now();
    // The last thread may still be on its way out.
    while belongings().iter().zip(before).any(|(now, before)| *now > before + 1) {
        assert!(start.elapsed() < LIMIT, "{:?} was {before:?}", belongings());
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn giving_up_a_wait_for_the_next_item_loses_nothing() {
    let server = FaultServer::start([Script::sse()
        .dribble("data: 1\n\ndata: 2\n\ndata: 3\n\n", Duration::from_millis(3))
        .stall_for_ever()]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut events = quick(&server.url("/")).subscribe().unwrap();
        let mut seen = Vec::new();
        let start = Instant::now();
        while seen.len() < 3 {
            assert!(start.elapsed() < LIMIT);
            let wait = tokio::time::timeout(Duration::from_millis(1), events.next());
            if let Ok(Some(Ok(Item::Event(event)))) = wait.await {
                seen.push(event.data);
            }
        }
        assert_eq!(seen, ["1", "2", "3"]);
    });
}

#[test]
fn the_stream_can_be_spawned_and_the_iterator_sent() {
    fn sendable<T: Send + Unpin + 'static>(_: &T) {}
    let endpoint = Endpoint::new("http://127.0.0.1:1/");
    sendable(&endpoint.subscribe().unwrap());
    sendable(&endpoint.subscribe_blocking().unwrap());
}
