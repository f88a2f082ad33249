//! Only a 200 with `text/event-stream` is a stream. No event is ever taken from another answer's body.

use autoplay_testkit::{FaultServer, Script};

use crate::support::{batches, quick, sessions_of};

const SSE: (&str, &str) = ("Content-Type", "text/event-stream");

#[test]
fn a_stream_may_be_named_in_any_case_with_any_parameters() {
    for content_type in [
        "text/event-stream",
        "Text/Event-Stream; charset=UTF-8",
        "TEXT/EVENT-STREAM",
        "text/event-stream;charset=\"latin1\";x=y",
        "text/event-stream ; a=b",
    ] {
        let server = FaultServer::start([Script::new()
            .read_request()
            .head(200, &[("Content-Type", content_type)])
            .send(batches(1, 1))
            .stall_for_ever()]);
        let client = quick(&server.url("/stream/p")).max_retries(0).build().unwrap();
        let seen = sessions_of(&client);
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.next(), 1, "{content_type}");
        client.stop();
        run.join().unwrap();
    }
}

#[test]
fn another_content_type_is_tried_again_and_told() {
    for (content_type, told) in [
        (Some("text/html; charset=utf-8"), "text/html"),
        (Some("application/json"), "application/json"),
        (Some("text/event-streams"), "text/event-streams"),
        (Some("text/plain; type=text/event-stream"), "text/plain"),
        (Some(""), ""),
        (None, "no content type"),
    ] {
        let headers: Vec<_> = content_type.map(|value| ("Content-Type", value)).into_iter().collect();
        let page = Script::answer(200, &headers, batches(1, 2));
        let server = FaultServer::start([]).then_always(page);
        let client = quick(&server.url("/stream/p")).max_retries(1).build().unwrap();
        let seen = sessions_of(&client);
        let error = client.run().unwrap_err();
        assert!(error.is_retries_spent() && error.status_code().is_none(), "{error}");
        assert!(error.to_string().contains(told), "{content_type:?}: {error}");
        assert_eq!((seen.rest(), server.accepted(), client.stats().received), (vec![], 2, 0));
    }
}

#[test]
fn no_other_status_is_a_stream_whatever_it_carries() {
    for status in
        [201, 202, 203, 205, 206, 226, 300, 304, 400, 402, 408, 410, 418, 429, 500, 502, 503, 504, 599, 999]
    {
        let server = FaultServer::start([]).then_always(Script::answer(status, &[SSE], batches(1, 2)));
        let client = quick(&server.url("/stream/p")).max_retries(1).build().unwrap();
        let seen = sessions_of(&client);
        let error = client.run().unwrap_err();
        assert_eq!(error.status_code(), Some(status), "{error}");
        assert_eq!((seen.rest(), server.accepted(), client.stats().received), (vec![], 2, 0), "{status}");
    }
}

#[test]
fn the_place_outlives_other_answers() {
    let server = FaultServer::start([
        Script::sse().send(batches(1, 1)),
        Script::answer(502, &[SSE], "id: 77\ndata: x\n\n"),
        Script::answer(200, &[("Content-Type", "text/html")], "id: 78\ndata: x\n\n"),
        Script::sse().send(batches(2, 2)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(2), [1, 2]);
    client.stop();
    run.join().unwrap();
    for request in &server.requests()[1..] {
        assert_eq!(request.header("last-event-id"), Some("1"));
    }
}

#[test]
fn no_content_ends_the_run_quietly_even_in_the_middle() {
    let gone = Script::new().read_request().head(204, &[SSE]).send(batches(7, 9));
    let server = FaultServer::start([Script::sse().send(batches(1, 1)), gone]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    client.run().unwrap();
    assert_eq!((seen.rest(), server.accepted()), (vec![1], 2));
}
