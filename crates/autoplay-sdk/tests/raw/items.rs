//! Everything that the stream says comes out, in order and as it stands.

use autoplay_sdk::raw::Item;
use autoplay_testkit::{FaultServer, Gate, Script};

use crate::support::{each_kind, quick};

#[test]
fn events_and_comments_come_in_order_with_the_id_as_it_then_stands() {
    let body = "\u{FEFF}:first\r\nid: a\rdata: 1\n\n: second\nevent: greeting\ndata:2\ndata\n\nid\ndata:  3\n\n\
                id: b\n\ndata: 4\n\nid: no\0ne\ndata: 5\n\nevent: heartbeat\nid: c\ndata: {}\n\n";
    each_kind(|subscribe| {
        let server = FaultServer::start([Script::sse().send_split(body, 7).stall_for_ever()]);
        let mut events = subscribe(&quick(&server.url("/")));
        assert_eq!(events.item(), Item::Opened);
        assert_eq!(events.item(), Item::Comment("first".to_owned()));
        let first = events.event();
        assert_eq!((first.event.as_str(), first.data.as_str(), first.id.as_str()), ("message", "1", "a"));
        assert_eq!(events.item(), Item::Comment("second".to_owned()));
        for (name, data, id) in [
            ("greeting", "2\n", "a"),
            ("message", " 3", ""),
            ("message", "4", "b"),
            ("message", "5", "b"),
            ("heartbeat", "{}", "c"),
        ] {
            let event = events.event();
            assert_eq!((event.event.as_str(), event.data.as_str(), event.id.as_str()), (name, data, id));
        }
    });
}

#[test]
fn a_comment_comes_at_the_end_of_its_own_line() {
    each_kind(|subscribe| {
        let gate = Gate::new();
        let script = Script::sse().send("data: half\n:now\n").wait_for(&gate).send("\n");
        let server = FaultServer::start([script.stall_for_ever()]);
        let mut events = subscribe(&quick(&server.url("/")));
        assert_eq!(events.item(), Item::Opened);
        assert_eq!(events.item(), Item::Comment("now".to_owned()));
        gate.open();
        assert_eq!(events.data(), "half");
    });
}

#[test]
fn an_event_over_the_limit_is_told_and_its_id_counts() {
    let body = format!("id: 1\ndata: {}\n\ndata: small\n\n", "x".repeat(5_000));
    each_kind(|subscribe| {
        let server = FaultServer::start([Script::sse().send(&body).stall_for_ever()]);
        let mut events = subscribe(&quick(&server.url("/")).max_event_bytes(4_096));
        assert_eq!(events.item(), Item::Opened);
        assert_eq!(events.item(), Item::Oversized { bytes: 5_000, id: "1".to_owned() });
        let event = events.event();
        assert_eq!((event.data.as_str(), event.id.as_str()), ("small", "1"));
    });
}
