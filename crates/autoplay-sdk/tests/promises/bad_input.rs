//! Wrong arguments are refused by name; wrong events cost themselves and nothing else.

use std::time::Duration;

use autoplay_sdk::{Builder, ConnectorClient, Error};
use autoplay_testkit::{FaultServer, Script};

use crate::support::{LIMIT, batches, quick, sessions_of, wait_until};

fn builder() -> Builder {
    ConnectorClient::builder("http://127.0.0.1:1/stream/p")
}

#[track_caller]
fn assert_names(argument: &str, built: Result<ConnectorClient, Error>) {
    let error = built.expect_err(argument);
    assert!(error.is_config());
    assert_eq!(error.argument(), Some(argument));
    assert!(error.to_string().starts_with(argument), "{error}");
}

#[test]
fn urls_that_are_none_are_refused() {
    for url in ["", "/stream/p", "example.com/stream/p", "ftp://h/p", "http://u:p@h/s", "http://h/s#f"] {
        assert_names("url", ConnectorClient::new(url, ""));
    }
}

#[test]
fn a_token_with_control_characters_is_refused_and_not_shown() {
    for token in
        ["hunter2\n", "hunter2\r\nX-Admin: 1", "\thunter2", "hunter2\0", "hunter2\u{7f}", "hunter2\u{85}"]
    {
        let built = ConnectorClient::new("http://127.0.0.1:1/s", token);
        let text = format!("{built:?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert_names("token", built);
    }
}

#[test]
fn a_token_that_was_copied_with_its_scheme_is_refused_and_not_shown() {
    let built = ConnectorClient::new("http://127.0.0.1:1/s", "Bearer hunter2");
    let text = format!("{built:?}");
    assert!(!text.contains("hunter2") && text.contains("the key alone"), "{text}");
    assert_names("token", built);
}

#[test]
fn numbers_out_of_range_are_refused() {
    assert_names("max_queue_size", builder().max_queue_size(0).build());
    assert_names("max_queue_bytes", builder().max_queue_bytes(0).build());
    assert_names("workers", builder().workers(0).build());
    assert_names("connect_timeout", builder().connect_timeout(Duration::ZERO).build());
    assert_names("initial_backoff", builder().initial_backoff(Duration::ZERO).build());
    assert_names("max_backoff", builder().max_backoff(Duration::from_millis(999)).build());
    assert_names("max_backoff", builder().initial_backoff(Duration::from_secs(31)).build());
    assert_names("read_timeout", builder().read_timeout(Duration::ZERO).build());
    assert_names("max_event_bytes", builder().max_event_bytes(1_023).build());
}

#[test]
fn the_edges_of_the_ranges_are_taken() {
    builder()
        .max_queue_size(1)
        .connect_timeout(Duration::from_nanos(1))
        .initial_backoff(Duration::from_secs(30))
        .max_retries(0)
        .read_timeout(None)
        .drain_timeout(Duration::ZERO)
        .max_event_bytes(1_024)
        .build()
        .unwrap();
    builder().max_queue_size(usize::MAX).max_event_bytes(usize::MAX).build().unwrap();
}

#[test]
fn malformed_events_are_counted_and_the_next_one_is_delivered() {
    let malformed = [
        "data: {",
        "data: ",
        "data: not json",
        "data: [1]",
        "data: 7",
        "data: \"text\"",
        "data: null",
        "data: {\"type\":\"actions\",\"actions\":{}}",
        "data: {\"type\":\"actions\",\"actions\":7}",
        "event: actions\ndata: {\"actions\":\"x\"}",
    ];
    let mut stream = String::new();
    for (number, event) in malformed.iter().enumerate() {
        stream += event;
        stream += "\n\n";
        stream += &batches(number, number);
    }
    stream += &["data: ", &"[".repeat(100_000), "\n\n"].concat();
    stream += &batches(10, 10);
    let server = FaultServer::start([Script::sse().send(stream).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(11), (0..=10).collect::<Vec<_>>());
    client.stop();
    run.join().unwrap();
    assert_eq!((client.stats().malformed, client.stats().received), (11, 22));
    assert_eq!(server.accepted(), 1, "the stream goes on");
}

#[test]
fn odd_values_do_not_cost_an_event() {
    let odd = "data: {\"type\":\"actions\",\"session_id\":1,\"session_id\":2,\"count\":99,\"actions\":[7,{\"title\":\
               \"\\ud83d\",\"timestamp_start\":NaN,\"index\":1e400}],\"forwarded_at\":Infinity,\"x\":\
               123456789012345678901234567890}\n\n";
    let server = FaultServer::start([Script::sse().send(odd).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = crate::support::Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| sender.send(batch).unwrap());
    let run = client.run_in_background().unwrap();
    let batch = seen.next();
    client.stop();
    run.join().unwrap();
    assert_eq!((batch.session_id.as_deref(), batch.count, batch.actions.len()), (Some("2"), 1, 1));
    assert_eq!(batch.actions[0].title, "\u{fffd}");
    assert_eq!(client.stats().malformed, 0);
}

#[test]
fn an_event_over_the_limit_is_passed_over_and_its_id_counts() {
    let large = format!("id: 5\ndata: {}\n\n", "x".repeat(100_000));
    let server = FaultServer::start([
        Script::sse().send([batches(4, 4), large].concat()),
        Script::sse().send(batches(6, 6)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).max_event_bytes(1_024).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(2), [4, 6]);
    assert_eq!(server.wait_for_request(2, LIMIT).header("last-event-id"), Some("5"));
    client.stop();
    run.join().unwrap();
    assert_eq!((client.stats().oversized, client.stats().malformed), (1, 0));
}

#[test]
fn a_line_that_never_ends_is_survived() {
    let endless = Script::sse().send("data: ").send_for_ever("x".repeat(65_536));
    let server = FaultServer::start([endless]);
    let client = quick(&server.url("/stream/p")).max_event_bytes(1_024).build().unwrap();
    let run = client.run_in_background().unwrap();
    wait_until("32 MiB", || client.stats().bytes > 32 << 20);
    client.stop();
    run.join().unwrap();
}
