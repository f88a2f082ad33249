//! A lost connection is noticed and made again, neither too early nor in a hot loop.

use std::time::{Duration, Instant};

use autoplay_testkit::{FaultServer, Script};

use crate::Client;
use crate::support::{LIMIT, batches, quick, sessions_of, wait_until};

#[test]
fn a_failing_server_is_asked_with_growing_pauses() {
    let server = FaultServer::start([]).then_always(Script::answer(500, &[], ""));
    let client = quick(&server.url("/stream/p"))
        .initial_backoff(Duration::from_millis(40))
        .max_backoff(Duration::from_secs(30))
        .max_retries(4);
    let start = Instant::now();
    client.build().unwrap().run().unwrap_err();
    // 40 + 80 + 160 + 320 ms.
    assert!(start.elapsed() >= Duration::from_millis(600), "{:?}", start.elapsed());
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn retry_after_is_waited_for() {
    let busy = Script::answer(503, &[("Retry-After", "1")], "");
    let server = FaultServer::start([busy, Script::sse().stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let pause = pause_before_the_second_request(&server, &client);
    assert!(pause >= Duration::from_millis(900), "{pause:?}");
}

#[test]
fn retry_from_the_server_replaces_the_initial_backoff() {
    let stream = ["retry: 700\n\n", &batches(1, 1)].concat();
    let server = FaultServer::start([Script::sse().send(stream), Script::sse().stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).max_backoff(Duration::from_secs(5)).build().unwrap();
    let pause = pause_before_the_second_request(&server, &client);
    assert!(pause >= Duration::from_millis(600), "{pause:?}");
}

#[test]
fn silence_is_a_lost_connection() {
    let server = FaultServer::start([
        Script::sse().stall_for_ever(),
        Script::sse().send(batches(1, 1)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).read_timeout(Duration::from_millis(100)).build().unwrap();
    assert_eq!(first_sessions(&client, 1), [1]);
    assert_eq!(client.stats().reconnects, 1);
}

#[test]
fn a_byte_now_and_then_is_a_sign_of_life() {
    let dribbled = Script::sse().dribble(":::::::::::::::\n", Duration::from_millis(50)).send(batches(1, 1));
    let server = FaultServer::start([dribbled.stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).read_timeout(Duration::from_millis(500)).build().unwrap();
    assert_eq!(first_sessions(&client, 1), [1]);
    assert_eq!(server.accepted(), 1);
}

#[test]
fn a_mute_server_is_given_up_after_connect_timeout() {
    let server = FaultServer::start([Script::mute(), Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).connect_timeout(Duration::from_millis(100)).build().unwrap();
    assert_eq!(first_sessions(&client, 1), [1]);
}

#[test]
fn a_head_that_dribbles_is_given_up_after_connect_timeout() {
    let slow =
        Script::new().read_request().dribble("HTTP/1.1 200 OK\r\nX: ".repeat(100), Duration::from_millis(30));
    let server = FaultServer::start([slow, Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).connect_timeout(Duration::from_millis(200)).build().unwrap();
    assert_eq!(first_sessions(&client, 1), [1]);
}

#[test]
fn garbage_half_closes_and_lies_about_lengths_are_survived() {
    let sse = ("Content-Type", "text/event-stream");
    let server = FaultServer::start([
        Script::new(),
        Script::new().read_request().send("\0\u{1}\u{2} this is not HTTP\r\n\r\n"),
        Script::new().read_request().half_close(),
        Script::new().read_request().reset(),
        // It promises more than it sends; whole events count all the same.
        Script::new().read_request().head(200, &[sse, ("Content-Length", "100000")]).send(batches(1, 1)),
        // It breaks off within the chunked encoding.
        Script::sse_chunked().chunk(batches(2, 2)).send("ffff\r\nid: 3"),
        // It breaks the chunked encoding.
        Script::sse_chunked().chunk(batches(3, 3)).send("no number\r\n"),
        Script::sse_chunked().chunk(batches(4, 4)).last_chunk(),
        Script::sse().send(batches(5, 5)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    assert_eq!(first_sessions(&client, 5), [1, 2, 3, 4, 5]);
}

#[test]
fn a_server_that_is_not_there_yet_is_found_later() {
    let addr = FaultServer::start([]).addr();
    let client = quick(&format!("http://{addr}/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let server = FaultServer::start_at(addr, [Script::sse().send(batches(1, 1)).stall_for_ever()]);
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
    drop(server);
}

#[test]
fn events_come_out_when_they_come_in() {
    // Nothing is held back until more follows: neither by the transport nor by the decoder.
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    wait_until("the callback to be counted", || client.stats().delivered == 1);
    assert!(client.stats().connected);
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_connection_that_is_refused_is_told_in_plain_words() {
    // Port 9 of the loopback has no listener.
    let client = quick("http://127.0.0.1:9/stream/p").max_retries(0).build().unwrap();
    let text = client.run().unwrap_err().to_string();
    assert!(text.contains("the last: tcp connect error: Connection refused"), "{text}");
}

#[test]
fn a_server_without_tls_is_told_in_plain_words() {
    let plain = Script::new().send("HTTP/1.1 400 Bad Request\r\n\r\n");
    let server = FaultServer::start([]).then_always(plain);
    let client = quick(&server.url("/stream/p").replace("http:", "https:")).max_retries(0).build().unwrap();
    let text = client.run().unwrap_err().to_string();
    assert!(text.contains("url begins with http://"), "{text}");
}

/// The sessions of the first batches that the client gets; then it is stopped.
fn first_sessions(client: &Client, count: usize) -> Vec<usize> {
    let seen = sessions_of(client);
    let run = client.run_in_background().unwrap();
    let sessions = seen.take(count);
    client.stop();
    run.join().unwrap();
    sessions
}

/// From the end of the first connection.
fn pause_before_the_second_request(server: &FaultServer, client: &Client) -> Duration {
    let run = client.run_in_background().unwrap();
    server.wait_for_ended(1, LIMIT);
    let start = Instant::now();
    _ = server.wait_for_request(2, LIMIT);
    let pause = start.elapsed();
    client.stop();
    run.join().unwrap();
    pause
}
