//! The request says what is needed and nothing more; the answer may be framed and packed in any way.

use std::io::Write;

use autoplay_testkit::{FaultServer, Script};

use crate::support::{batches, quick, sessions_of};

#[test]
fn the_request_holds_what_is_needed_and_nothing_more() {
    let server = FaultServer::start([Script::answer(404, &[], "")]);
    quick(&server.url("/stream/p?since=earliest")).build().unwrap().run().unwrap_err();
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/stream/p?since=earliest"));
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    assert_eq!(request.header("cache-control"), Some("no-cache"));
    assert_eq!(request.header("authorization"), Some("Bearer uk_live_secret"));
    assert!(request.header("user-agent").unwrap().starts_with("autoplay-sdk-rust/"));
    let mut names: Vec<String> = request.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    assert_eq!(names, ["accept", "accept-encoding", "authorization", "cache-control", "host", "user-agent"]);
}

#[test]
fn any_framing_gives_the_same_events() {
    let body = batches(1, 3);
    let chunks = batches(1, 3).bytes().fold(Script::sse_chunked(), |script, byte| script.chunk([byte]));
    let exact = Script::answer(200, &[("Content-Type", "text/event-stream")], &body);
    let old = Script::new().read_request().send("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    for script in [
        Script::sse().send(&body),
        Script::sse().send_split(&body, 3),
        Script::sse().send(body.replace('\n', "\r\n")),
        Script::sse().send(body.replace('\n', "\r")),
        chunks.last_chunk(),
        exact,
        old.send(&body),
    ] {
        let server = FaultServer::start([script]).then_always(Script::new().read_request().head(204, &[]));
        let client = quick(&server.url("/stream/p")).build().unwrap();
        let seen = sessions_of(&client);
        client.run().unwrap();
        assert_eq!(seen.rest(), [1, 2, 3]);
    }
}

#[test]
fn gzip_is_understood_event_by_event() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(batches(1, 1).as_bytes()).unwrap();
    packer.flush().unwrap();
    let first = packer.get_ref().clone();
    let head = [("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip")];
    let server =
        FaultServer::start([Script::new().read_request().head(200, &head).send(first).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1, "although the compressed stream has not ended");
    client.stop();
    run.join().unwrap();
}
