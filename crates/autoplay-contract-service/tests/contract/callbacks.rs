//! Callbacks come in order, once each, one at a time.

use std::thread;
use std::time::{Duration, Instant};

use autoplay_testkit::{FaultServer, Gate, Script};
use serde_json::json;

use crate::harness::{LIMIT, QUIET, accepted, each_client, event, send};

#[test]
fn a_burst_comes_in_order() {
    each_client(|service| {
        let event_of = |number: usize| format!("id: {number}\ndata: message {number}\n\n");
        let flood = (0..200).fold(Script::sse(), |script, number| script.send(event_of(number)));
        let server = FaultServer::start([flood.stall_for_ever()]);
        let mut stream = service.stream(&server, json!({}));
        stream.expect(
            (0..200).map(|number| event("message", &format!("message {number}"), &number.to_string())),
        );
        stream.expect_nothing();
    });
}

#[test]
fn a_callback_that_fails_is_not_repeated_and_stops_nothing() {
    each_client(|service| {
        let callbacks = FaultServer::start([
            Script::answer(500, &[("Connection", "close")], ""),
            Script::new().read_request().reset(),
        ]);
        let server =
            FaultServer::start([Script::sse().send("data: 1\n\ndata: 2\n\ndata: 3\n\n").stall_for_ever()]);
        let mut stream = service.stream_telling(&server, json!({}), callbacks.then_always(accepted()));
        stream.expect(["1", "2", "3"].map(|data| event("message", data, "")));
        stream.expect_nothing();
    });
}

#[test]
fn a_failure_is_logged_once_until_a_callback_goes_through() {
    each_client(|service| {
        let fail = || Script::answer(503, &[("Connection", "close")], "");
        let callbacks = FaultServer::start([fail(), fail(), fail(), accepted(), fail()]);
        let server = FaultServer::start([Script::sse().send("data: x\n\n".repeat(6)).stall_for_ever()]);
        let mut stream = service.stream_telling(&server, json!({}), callbacks.then_always(accepted()));
        stream.expect([(); 6].map(|()| event("message", "x", "")));
        stream.delete();
        assert_eq!(send("DELETE", &service.url, "").status, 204);
        service.process.wait(LIMIT);
        let log = service.process.stderr();
        let failures: Vec<&str> = log.lines().collect();
        assert_eq!(failures.len(), 2, "{log}");
        assert!(failures[0].contains("a test") && failures[0].contains("503"), "{log}");
    });
}

#[test]
fn the_next_waits_for_the_answer_to_the_one_before() {
    each_client(|service| {
        let gate = Gate::new();
        let slow = Script::new()
            .read_request()
            .wait_for(&gate)
            .send("HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        let callbacks = FaultServer::start([slow]).then_always(accepted());
        let server = FaultServer::start([Script::sse().send("data: 1\n\ndata: 2\n\n").stall_for_ever()]);
        let mut stream = service.stream_telling(&server, json!({}), callbacks);
        stream.expect([event("message", "1", "")]);
        stream.expect_nothing();
        gate.open();
        stream.expect([event("message", "2", "")]);
    });
}

#[test]
fn none_comes_after_the_answer_to_a_delete() {
    each_client(|service| {
        let callbacks = FaultServer::start([accepted()]).then_always(Script::mute());
        let server = FaultServer::start([Script::sse().send("data: 1\n\n".repeat(1_000)).stall_for_ever()]);
        let mut stream = service.stream_telling(&server, json!({}), callbacks);
        // The second is never answered: the stream is in the middle of a callback.
        stream.expect([event("message", "1", ""), event("message", "1", "")]);
        let start = Instant::now();
        stream.delete();
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "it does not wait for the suite: {:?}",
            start.elapsed()
        );
        stream.expect_nothing();
        server.wait_for_ended(1, LIMIT);
        thread::sleep(QUIET);
        assert_eq!(server.accepted(), 1);
    });
}
