//! HTTP/2, where the server offers it: the same promises over another wire.

use std::io::Write;
use std::thread;
use std::time::Duration;

use autoplay_testkit::{FaultServer, Gate, Script, TlsFront};

use crate::support::{LIMIT, Seen, batches, quick, sessions_of, wait_until};
use crate::trust::Trust;

const SSE: (&str, &str) = ("Content-Type", "text/event-stream");

fn front(trust: &Trust, server: &FaultServer) -> TlsFront {
    TlsFront::http2(server.addr(), trust.authority.issue("127.0.0.1"))
}

#[test]
fn it_is_used_where_the_server_offers_it() {
    let trust = Trust::new();
    let server = FaultServer::start([Script::sse().send(batches(1, 3)).stall_for_ever()]);
    let front = front(&trust, &server);
    let client = quick(&front.url("127.0.0.1", "/stream/p?x=1")).ca_file(trust.path()).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(3), [1, 2, 3]);
    assert_eq!(front.handshakes(), [Ok("h2".to_owned())]);
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/stream/p?x=1"));
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["accept", "accept-encoding", "authorization", "cache-control", "host", "user-agent", "via"]
    );
    assert_eq!(request.header("via"), Some("2.0 testkit"));
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    assert_eq!(request.header("authorization"), Some("Bearer uk_live_secret"));
    client.stop();
    run.join().unwrap();
    server.wait_for_ended(1, LIMIT);
}

#[test]
fn a_lost_stream_is_resumed_whatever_ended_it() {
    // A reset destroys what is still on its way, so it waits until that has been seen.
    let (trust, second, third) = (Trust::new(), Gate::new(), Gate::new());
    let and_a_half = [&batches(2, 2), "id: 3\ndata: cut in the mid"].concat();
    let server = FaultServer::start([
        Script::sse().send(batches(1, 1)),
        Script::sse().send(and_a_half).wait_for(&second).reset(),
        Script::answer(500, &[], "no"),
        Script::new().read_request().reset(),
        // It promises more than it sends; whole events count all the same.
        Script::new()
            .read_request()
            .head(200, &[SSE, ("Content-Length", "100000")])
            .send(batches(3, 3))
            .wait_for(&third),
        Script::sse().send_split(batches(4, 9), 7).stall_for_ever(),
    ]);
    let front = front(&trust, &server);
    let client = quick(&front.url("127.0.0.1", "/stream/p")).ca_file(trust.path()).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(2), [1, 2]);
    second.open();
    assert_eq!(seen.next(), 3);
    third.open();
    assert_eq!(seen.take(6), [4, 5, 6, 7, 8, 9]);
    client.stop();
    run.join().unwrap();
    let places: Vec<_> =
        server.requests().iter().map(|request| request.header("last-event-id").map(str::to_owned)).collect();
    let place = |id: &str| Some(id.to_owned());
    assert_eq!(places, [None, place("1"), place("2"), place("2"), place("2"), place("3")]);
}

#[test]
fn refusals_and_the_end_without_content_are_heard() {
    let trust = Trust::new();
    let server =
        FaultServer::start([Script::answer(401, &[], "no"), Script::new().read_request().head(204, &[])]);
    let front = front(&trust, &server);
    let client = quick(&front.url("127.0.0.1", "/stream/p")).ca_file(trust.path()).build().unwrap();
    assert_eq!(client.run().unwrap_err().status_code(), Some(401));
    client.run().unwrap();
    assert_eq!(server.accepted(), 2);
}

#[test]
fn silence_is_a_lost_stream() {
    let trust = Trust::new();
    let server = FaultServer::start([
        Script::sse().stall_for_ever(),
        Script::sse().send(batches(1, 1)).stall_for_ever(),
    ]);
    let front = front(&trust, &server);
    let client = quick(&front.url("127.0.0.1", "/stream/p"))
        .ca_file(trust.path())
        .read_timeout(Duration::from_millis(150))
        .build()
        .unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    server.wait_for_ended(1, LIMIT);
    client.stop();
    run.join().unwrap();
}

#[test]
fn more_than_a_window_full_comes_through() {
    // The window of a stream is 64 KiB unless the client opens it wider, and opens again only as it reads.
    let trust = Trust::new();
    let server = FaultServer::start([Script::sse().send(batches(1, 20_000)).stall_for_ever()]);
    let front = front(&trust, &server);
    let client = quick(&front.url("127.0.0.1", "/stream/p"))
        .ca_file(trust.path())
        .max_queue_size(20_000)
        .build()
        .unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert!(seen.take(20_000).into_iter().eq(1..=20_000));
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_server_of_tiny_frames_is_held_back_like_any_other() {
    // Each frame takes more memory than is in it. What a window lets through unread must not be taken for an attack.
    let trust = Trust::new();
    let server = FaultServer::start([Script::sse().send(batches(1, 20_000)).stall_for_ever()]);
    let front = TlsFront::http2_in_frames_of(8, server.addr(), trust.authority.issue("127.0.0.1"));
    let client = quick(&front.url("127.0.0.1", "/stream/p"))
        .ca_file(trust.path())
        .max_queue_size(1)
        .max_lag(Duration::from_mins(10))
        .build()
        .unwrap();
    let (seen, go) = (Seen::new(), Gate::new());
    client.on_actions({
        let (sender, go) = (seen.sender(), go.clone());
        move |batch| {
            let session = batch.session_id.expect("each batch has a session");
            assert!(go.wait(LIMIT), "the test has ended");
            _ = sender.send(session.parse::<usize>().expect("sessions are numbers"));
        }
    });
    let run = client.run_in_background().unwrap();
    server.wait_for_request(1, LIMIT);
    // Time for the server to fill the window.
    thread::sleep(Duration::from_secs(1));
    go.open();
    assert!(seen.take(20_000).into_iter().eq(1..=20_000));
    assert_eq!(server.accepted(), 1, "the connection was kept");
    client.stop();
    run.join().unwrap();
}

#[test]
fn gzip_is_understood_event_by_event() {
    let trust = Trust::new();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(batches(1, 1).as_bytes()).unwrap();
    packer.flush().unwrap();
    let head = [SSE, ("Content-Encoding", "gzip")];
    let script = Script::new().read_request().head(200, &head).send(packer.get_ref()).stall_for_ever();
    let server = FaultServer::start([script]);
    let front = front(&trust, &server);
    let client = quick(&front.url("127.0.0.1", "/stream/p")).ca_file(trust.path()).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1, "although the compressed stream has not ended");
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_server_that_goes_away_is_found_at_its_new_place() {
    let trust = Trust::new();
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 1)).stall_for_ever());
    let (first, second) = (front(&trust, &server), front(&trust, &server));
    let home = FaultServer::start([
        Script::answer(307, &[("Location", &first.url("127.0.0.1", "/s"))], ""),
        Script::answer(307, &[("Location", &second.url("127.0.0.1", "/s"))], ""),
    ]);
    let client = quick(&home.url("/stream/p")).ca_file(trust.path()).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    drop(first);
    assert_eq!(seen.next(), 1);
    wait_until("both handshakes", || second.handshakes().len() == 1);
    client.stop();
    run.join().unwrap();
}
