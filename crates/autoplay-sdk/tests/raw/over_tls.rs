//! Over TLS, with HTTP/1.1 and HTTP/2: the same requests, the same restarts.

use autoplay_sdk::raw::Item;
use autoplay_testkit::{FaultServer, Script, TlsFront};

use crate::support::{LIMIT, each_kind, quick};
use crate::trust::Trust;

#[test]
fn a_post_is_repeated_with_its_body_after_a_restart() {
    let trust = Trust::new();
    for front in [TlsFront::http1, TlsFront::http2] {
        each_kind(|subscribe| {
            let server = FaultServer::start([
                Script::sse().send("id: 1\ndata: a\n\n").stall_for_ever(),
                Script::sse().send("data: b\n\n").stall_for_ever(),
            ]);
            let front = front(server.addr(), trust.authority.issue("127.0.0.1"));
            let endpoint = quick(&front.url("127.0.0.1", "/ask"))
                .ca_file(trust.path())
                .method("POST")
                .header("Content-Type", "application/json")
                .header("X-Key", "hunter2")
                .body(r#"{"ask":"all"}"#);
            let mut events = subscribe(&endpoint);
            assert_eq!(events.data(), "a");
            events.handle.restart();
            assert_eq!(events.item(), Item::Opened);
            assert_eq!(events.data(), "b");
            server.wait_for_ended(1, LIMIT);
            for (number, id) in [(1, None), (2, Some("1"))] {
                let request = server.wait_for_request(number, LIMIT);
                assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/ask"));
                assert_eq!(&request.body[..], br#"{"ask":"all"}"#);
                assert_eq!(request.header("content-type"), Some("application/json"));
                assert_eq!(request.header("x-key"), Some("hunter2"));
                assert_eq!(request.header("last-event-id"), id);
            }
            events.handle.stop();
            assert!(events.next().is_none());
            drop(events);
            server.wait_for_ended(2, LIMIT);
        });
    }
}

#[test]
fn a_header_does_not_follow_from_https_to_http() {
    let trust = Trust::new();
    let plain = FaultServer::start([Script::sse().send("data: a\n\n").stall_for_ever()]);
    let secure = FaultServer::start([Script::answer(307, &[("Location", &plain.url("/there"))], "")]);
    let front = TlsFront::http1(secure.addr(), trust.authority.issue("127.0.0.1"));
    let endpoint = quick(&front.url("127.0.0.1", "/s")).ca_file(trust.path()).header("X-Key", "hunter2");
    let mut events = crate::support::Subscription::new_blocking(&endpoint);
    assert_eq!(events.data(), "a");
    assert_eq!(secure.requests()[0].header("x-key"), Some("hunter2"));
    assert!(plain.requests()[0].headers.iter().all(|(_, value)| !value.contains("hunter2")));
}
