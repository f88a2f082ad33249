//! 401, 403 and 404 end a run at once with an error that says what to do; other answers do not.

use std::time::{Duration, Instant};

use autoplay_sdk::ErrorKind;
use autoplay_testkit::{FaultServer, Script};

use crate::support::{Seen, batches, quick, sessions_of};

#[test]
fn a_refusal_ends_the_run_at_once() {
    for (status, advice) in [(401, "another product"), (403, "right to read"), (404, "product id")] {
        let server = FaultServer::start([]).then_always(Script::answer(status, &[], "{}"));
        let url = server.url("/stream/p");
        let client =
            quick(&url).initial_backoff(Duration::from_secs(30)).max_backoff(Duration::from_secs(30));
        let client = client.build().unwrap();
        let start = Instant::now();
        let error = client.run().unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());

        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.is_refused() && !error.is_config() && !error.is_retries_spent());
        assert_eq!(error.status_code(), Some(status));
        assert_eq!(error.url(), Some(url.as_str()));
        let text = error.to_string();
        assert!(text.contains(advice) && text.contains(&status.to_string()) && text.contains(&url), "{text}");
        assert_eq!(server.requests().len(), 1, "asked once and never again");
    }
}

#[test]
fn a_refusal_in_the_background_comes_out_of_join() {
    let server = FaultServer::start([]).then_always(Script::answer(401, &[], ""));
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let error = client.run_in_background().unwrap().join().unwrap_err();
    assert_eq!(error.status_code(), Some(401));
}

#[test]
fn a_refusal_shows_no_token() {
    let server = FaultServer::start([]).then_always(Script::answer(401, &[], ""));
    let client = quick(&server.url("/stream/p?token=hunter2&since=1")).build().unwrap();
    let error = client.run().unwrap_err();
    let text = format!("{error} {error:?} {client:?}");
    assert!(!text.contains("hunter2") && !text.contains("uk_live_secret"), "{text}");
    assert!(error.url().unwrap().ends_with("/stream/p?token=...&since=1"));
    assert_eq!(server.requests()[0].path, "/stream/p?token=hunter2&since=1", "sent as it was given");
}

#[test]
fn what_is_queued_is_delivered_before_a_refusal_is_reported() {
    let server = FaultServer::start([Script::sse().send(batches(1, 20)), Script::answer(403, &[], "")]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| {
        std::thread::sleep(Duration::from_millis(5));
        sender.send(batch.session_id.unwrap()).unwrap();
    });
    assert_eq!(client.run().unwrap_err().status_code(), Some(403));
    assert_eq!(seen.rest().len(), 20);
}

#[test]
fn no_content_ends_the_run_quietly() {
    let server = FaultServer::start([Script::new().read_request().head(204, &[])]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    client.run().unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn other_answers_are_tried_again_and_nothing_is_taken_from_their_bodies() {
    let sse = ("Content-Type", "text/event-stream");
    let body = batches(100, 101);
    let server = FaultServer::start([
        Script::answer(500, &[sse], &body),
        Script::answer(202, &[sse], &body),
        Script::answer(206, &[sse], &body),
        Script::answer(302, &[sse], &body),
        Script::answer(400, &[sse], &body),
        Script::answer(410, &[sse], &body),
        Script::answer(429, &[sse], &body),
        Script::answer(200, &[("Content-Type", "text/html")], &body),
        Script::answer(200, &[], &body),
        Script::new()
            .read_request()
            .head(200, &[("Content-Type", "Text/Event-Stream; Charset=UTF-8")])
            .send(batches(1, 1)),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
    assert!(seen.rest().is_empty());
    assert_eq!(client.stats().reconnects, 0, "it was open once");
}

#[test]
fn two_retries_are_three_requests_in_a_row_that_fail() {
    let server = FaultServer::start([]).then_always(Script::answer(503, &[], ""));
    let url = server.url("/stream/p");
    let error = quick(&url).max_retries(2).build().unwrap().run().unwrap_err();
    assert!(error.is_retries_spent());
    assert_eq!(error.status_code(), Some(503));
    assert_eq!(error.url(), Some(url.as_str()));
    assert!(error.to_string().contains("503") && error.to_string().contains("max_retries"), "{error}");
    assert_eq!(server.requests().len(), 3);
    let error = quick(&url).max_retries(0).build().unwrap().run().unwrap_err();
    assert!(error.to_string().contains("after 1 failed request (max_retries)"), "{error}");
}

#[test]
fn early_hints_are_passed_over() {
    let hints = Script::new().read_request().head(103, &[("Link", "</style.css>")]);
    let stream = hints.head(200, &[("Content-Type", "text/event-stream")]).send(batches(1, 1));
    let server = FaultServer::start([stream.stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
}
