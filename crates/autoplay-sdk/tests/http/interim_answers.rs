//! Interim answers (1xx) are read over: the real one follows.

use std::time::Duration;

use autoplay_testkit::{FaultServer, Script, TlsFront};

use crate::support::{batches, quick, sessions_of};
use crate::trust::Trust;

const LINK: &[(&str, &str)] = &[("Link", "</style.css>; rel=preload; as=style")];
const SSE: &[(&str, &str)] = &[("Content-Type", "text/event-stream")];

fn interim(statuses: &[u16]) -> Script {
    statuses.iter().fold(Script::new().read_request(), |script, status| script.head(*status, LINK))
}

#[test]
fn early_hints_and_others_come_before_the_stream() {
    for statuses in [&[103][..], &[100], &[102, 103], &[103; 20]] {
        let server =
            FaultServer::start([interim(statuses).head(200, SSE).send(batches(1, 1)).stall_for_ever()]);
        let client = quick(&server.url("/stream/p")).max_retries(0).build().unwrap();
        let seen = sessions_of(&client);
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.next(), 1, "after {statuses:?}");
        client.stop();
        run.join().unwrap();
    }
}

#[test]
fn what_counts_is_the_status_that_follows() {
    for (status, expected) in [(401, Some(401)), (204, None)] {
        let server = FaultServer::start([interim(&[103]).head(status, &[("Content-Length", "0")])]);
        let outcome = quick(&server.url("/stream/p")).build().unwrap().run();
        assert_eq!(outcome.err().and_then(|error| error.status_code()), expected);
        assert_eq!(server.accepted(), 1);
    }
}

#[test]
fn hints_that_look_like_a_stream_are_none() {
    // Neither the content type nor the text of an interim answer is the stream's.
    let hint = Script::new().read_request().head(103, SSE).head(200, &[("Content-Type", "text/html")]);
    let server = FaultServer::start([hint.send(batches(1, 1))]);
    let client = quick(&server.url("/stream/p")).max_retries(0).build().unwrap();
    let seen = sessions_of(&client);
    let error = client.run().unwrap_err();
    assert!(error.to_string().contains("text/html"), "{error}");
    assert_eq!(seen.rest(), []);
}

#[test]
fn endless_hints_are_given_up_after_connect_timeout() {
    let hints = Script::new()
        .read_request()
        .dribble("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500), Duration::from_millis(1));
    let server = FaultServer::start([hints, Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).connect_timeout(Duration::from_millis(200)).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
}

#[test]
fn they_are_read_over_in_http_2_as_well() {
    let trust = Trust::new();
    let server =
        FaultServer::start([interim(&[103, 103]).head(200, SSE).send(batches(1, 1)).stall_for_ever()]);
    let front = TlsFront::http2(server.addr(), trust.authority.issue("127.0.0.1"));
    let client =
        quick(&front.url("127.0.0.1", "/stream/p")).ca_file(trust.path()).max_retries(0).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
}
