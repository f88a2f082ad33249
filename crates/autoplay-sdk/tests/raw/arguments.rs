//! Wrong arguments are named, with what to do, before anything is sent. What may be a secret is not shown.

use std::time::Duration;

use autoplay_sdk::raw::Endpoint;

#[test]
fn each_wrong_argument_is_named_and_no_value_shown() {
    let good = || Endpoint::new("http://127.0.0.1:1/");
    for (argument, endpoint) in [
        ("url", Endpoint::new("hunter2")),
        ("url", Endpoint::new("http://user:hunter2@h/")),
        ("method", good().method("")),
        ("method", good().method("GE T")),
        ("method", good().method("CONNECT")),
        ("headers", good().header("", "hunter2")),
        ("headers", good().header("a b", "hunter2")),
        ("headers", good().header("x-key", "hunter2\r\nX: y")),
        ("headers", good().header("Content-Length", "7")),
        ("headers", good().header("transfer-encoding", "chunked")),
        ("last_event_id", good().last_event_id("7\n")),
        ("last_event_id", good().last_event_id("a\0b")),
        ("connect_timeout", good().connect_timeout(Duration::ZERO)),
        ("read_timeout", good().read_timeout(Duration::ZERO)),
        ("initial_backoff", good().initial_backoff(Duration::ZERO)),
        ("max_backoff", good().max_backoff(Duration::from_millis(1))),
        ("max_event_bytes", good().max_event_bytes(1_023)),
        ("ca_file", good().ca_file("/nowhere/ca.pem")),
        ("proxy", good().proxy("hunter2:3128")),
    ] {
        for error in [endpoint.subscribe().unwrap_err(), endpoint.subscribe_blocking().unwrap_err()] {
            assert_eq!(error.argument(), Some(argument), "{error}");
            assert!(error.is_config());
            let text = format!("{error} {error:?} {endpoint:?}");
            assert!(text.contains(argument) && !text.contains("hunter2"), "{text}");
        }
    }
}
