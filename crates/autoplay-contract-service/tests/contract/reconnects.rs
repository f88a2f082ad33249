//! Losses, restarts, time-outs, and when an error is told.

use std::time::{Duration, Instant};

use autoplay_testkit::{FaultServer, Gate, Script};
use serde_json::json;

use crate::harness::{LIMIT, each_client, event};

fn message(data: &str) -> serde_json::Value {
    event("message", data, "")
}

#[test]
fn a_clean_end_is_no_error() {
    each_client(|service| {
        let server = FaultServer::start([
            Script::sse_chunked().chunk("data: a\n\ndata: half").last_chunk(),
            Script::sse().send("data: b\n\n").stall_for_ever(),
        ]);
        let mut stream = service.stream(&server, json!({}));
        stream.expect([message("a"), message("b")]);
        stream.expect_nothing();
    });
}

#[test]
fn troubles_are_one_error_until_the_next_event() {
    each_client(|service| {
        let server = FaultServer::start([
            Script::answer(500, &[("Content-Type", "text/event-stream")], "data: no\n\n"),
            Script::answer(200, &[("Content-Type", "text/html")], "data: no\n\n"),
            Script::sse().send(":hello\n").reset(),
            Script::sse().send("data: a\n\n").reset(),
            Script::answer(503, &[], ""),
            Script::sse().send("data: b\n\n").stall_for_ever(),
        ]);
        let mut stream = service.stream(&server, json!({}));
        stream.expect_error("500");
        stream.expect([json!({"kind": "comment", "comment": "hello"}), message("a")]);
        stream.expect_error("");
        stream.expect([message("b")]);
        stream.expect_nothing();
    });
}

#[test]
fn silence_is_an_error_and_a_new_connection() {
    each_client(|service| {
        let server = FaultServer::start([
            Script::sse().dribble("data: Hello\n\n", Duration::from_millis(60)).stall_for_ever(),
            Script::sse().send("data: again\n\n").stall_for_ever(),
        ]);
        let mut stream = service.stream(&server, json!({"readTimeoutMs": 400}));
        stream.expect([message("Hello")]);
        stream.expect_error("silent");
        stream.expect([message("again")]);
    });
}

#[test]
fn a_restart_is_a_new_connection_at_once_and_no_error() {
    each_client(|service| {
        let server = FaultServer::start([
            Script::sse().send("id: 1\ndata: Hello\n\n").stall_for_ever(),
            Script::sse().send("data: Thanks\n\n").stall_for_ever(),
        ]);
        let mut stream = service.stream(&server, json!({"initialDelayMs": 60_000}));
        stream.expect([event("message", "Hello", "1")]);
        let start = Instant::now();
        stream.command(&json!({"command": "restart"}));
        stream.expect([event("message", "Thanks", "1")]);
        assert!(start.elapsed() < LIMIT);
        server.wait_for_ended(1, LIMIT);
        assert_eq!(server.requests()[1].header("last-event-id"), Some("1"));
        stream.expect_nothing();
    });
}

#[test]
fn no_content_is_the_end_and_no_error() {
    each_client(|service| {
        let server = FaultServer::start([Script::sse().send("data: a\n\n")])
            .then_always(Script::new().read_request().head(204, &[]));
        let mut stream = service.stream(&server, json!({}));
        stream.expect([message("a")]);
        server.wait_for_request(2, LIMIT);
        stream.expect_nothing();
        assert_eq!(server.accepted(), 2);
        stream.delete();
    });
}

#[test]
fn a_refusal_is_told_and_not_repeated() {
    each_client(|service| {
        for status in [401, 403, 404] {
            let server = FaultServer::start([]).then_always(Script::answer(status, &[], ""));
            let mut stream = service.stream(&server, json!({}));
            stream.expect_error(&status.to_string());
            stream.expect_nothing();
            assert_eq!(server.accepted(), 1);
        }
    });
}

#[test]
fn the_pause_is_the_parameters_and_then_the_servers() {
    each_client(|service| {
        let (first, second) = (Gate::new(), Gate::new());
        let server = FaultServer::start([
            Script::sse().send("data: a\n\n").wait_for(&first),
            Script::sse().send("retry: 600\ndata: b\n\n").wait_for(&second),
            Script::sse().stall_for_ever(),
        ]);
        let mut stream = service.stream(&server, json!({"initialDelayMs": 300}));
        for (number, gate, data, pause) in [(2, &first, "a", 300), (3, &second, "b", 600)] {
            stream.expect([message(data)]);
            let start = Instant::now();
            gate.open();
            server.wait_for_request(number, LIMIT);
            let took = start.elapsed();
            assert!(took >= Duration::from_millis(pause), "{took:?}");
        }
        stream.expect_nothing();
    });
}

#[test]
fn redirects_are_followed_without_a_word() {
    each_client(|service| {
        for status in [301, 302, 303, 307, 308] {
            let there = FaultServer::start([Script::sse().send("data: a\n\n").stall_for_ever()]);
            let here = FaultServer::start([Script::answer(status, &[("Location", &there.url("/x"))], "")]);
            let mut stream = service.stream(&here, json!({}));
            stream.expect([message("a")]);
            assert_eq!(there.requests()[0].method, "GET");
        }
    });
}
