//! What the client asks with, at first and again.

use autoplay_testkit::{FaultServer, Request, Script};
use serde_json::json;

use crate::harness::{LIMIT, each_client, event};

fn twice(service: &crate::harness::Service, more: serde_json::Value) -> [Request; 2] {
    let server = FaultServer::start([Script::sse().reset(), Script::sse().stall_for_ever()]);
    let _stream = service.stream(&server, more);
    [1, 2].map(|number| server.wait_for_request(number, LIMIT))
}

#[test]
fn by_default_it_is_a_get_for_a_stream() {
    each_client(|service| {
        for request in twice(service, json!({})) {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/stream"));
            assert_eq!(request.header("accept"), Some("text/event-stream"));
            assert_eq!(request.header("cache-control"), Some("no-cache"));
            assert_eq!(request.header("last-event-id"), None);
            assert_eq!(request.header("authorization"), None);
            assert!(request.body.is_empty());
        }
    });
}

#[test]
fn headers_method_and_body_are_sent_each_time() {
    each_client(|service| {
        for method in ["POST", "REPORT"] {
            let body = r#"{"hello": "wörld"}"#;
            let more = json!({
                "method": method,
                "body": body,
                "headers": {"content-type": "application/json; charset=utf-8", "header-name-1": "value-1", "x-2": ""},
            });
            for request in twice(service, more) {
                assert_eq!((request.method.as_str(), &request.body[..]), (method, body.as_bytes()));
                assert_eq!(request.header("content-type"), Some("application/json; charset=utf-8"));
                assert_eq!(
                    (request.header("header-name-1"), request.header("x-2")),
                    (Some("value-1"), Some(""))
                );
            }
        }
    });
}

#[test]
fn a_body_of_any_size_is_sent() {
    each_client(|service| {
        let body = "x".repeat(3_000_000);
        let [request, _] = twice(service, json!({"method": "POST", "body": body}));
        assert!(request.body == body.as_bytes(), "{} bytes", request.body.len());
    });
}

#[test]
fn the_last_event_id_is_that_of_the_parameters_until_the_stream_brings_another() {
    each_client(|service| {
        let server = FaultServer::start([
            Script::sse().send("data: a\n\n").reset(),
            Script::sse().send("id: ü7\ndata: b\n\nid: 8\ndata: half").reset(),
            Script::sse().send("id: 9\n\ndata: c\n\n").reset(),
            Script::sse().send("id\ndata: d\n\n").reset(),
            Script::sse().stall_for_ever(),
        ]);
        let mut stream = service.stream(&server, json!({"lastEventId": "abc"}));
        stream.expect([event("message", "a", "abc")]);
        let ids = [1, 2, 3, 4, 5].map(|number| {
            let request = server.wait_for_request(number, LIMIT);
            request.header("last-event-id").map(str::to_owned)
        });
        assert_eq!(
            ids.each_ref().map(Option::as_deref),
            [Some("abc"), Some("abc"), Some("ü7"), Some("9"), None]
        );
    });
}
