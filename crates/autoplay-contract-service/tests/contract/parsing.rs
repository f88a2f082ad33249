//! The format, whatever the pieces it arrives in.

use autoplay_testkit::{FaultServer, Script};
use serde_json::{Value, json};

use crate::harness::{Service, comment, each_client, event};

/// A stream and what is to be told of it.
fn table() -> Vec<(&'static str, Vec<Value>)> {
    let message = |data: &str| event("message", data, "");
    vec![
        ("data: Hello\n\n", vec![message("Hello")]),
        ("data: a\n\ndata: b\n\n", vec![message("a"), message("b")]),
        ("data: Hello\ndata:World\ndata:\n\n", vec![message("Hello\nWorld\n")]),
        ("data:\n\n", vec![message("")]),
        ("data\n\ndata\ndata\n\n", vec![message(""), message("\n")]),
        ("data:  two\ndata:\ttab\n\n", vec![message(" two\n\ttab")]),
        ("data: a\r\ndata: b\r\n\r\n", vec![message("a\nb")]),
        ("data: a\rdata: b\r\r", vec![message("a\nb")]),
        ("data: a\ndata: b\r\n\rdata: c\n\r\n", vec![message("a\nb"), message("c")]),
        ("\u{FEFF}data: a\n\n", vec![message("a")]),
        ("\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n", vec![message("b")]),
        ("data: a\u{FEFF}\n\n\u{FEFF}data: b\n\ndata: c\n\n", vec![message("a\u{FEFF}"), message("c")]),
        ("event: greeting\ndata: a\n\ndata: b\n\n", vec![event("greeting", "a", ""), message("b")]),
        ("data: a\nid: 7\nevent:greeting\n\n", vec![event("greeting", "a", "7")]),
        ("event: a\nevent: b\ndata: c\n\n", vec![event("b", "c", "")]),
        ("event: a\nevent\ndata: c\n\n", vec![message("c")]),
        ("event:  x \ndata: a\n\n", vec![event(" x ", "a", "")]),
        ("event: lonely\n\nevent: heartbeat\ndata: a\n\n", vec![event("heartbeat", "a", "")]),
        ("id: 1\ndata: a\n\ndata: b\n\n", vec![event("message", "a", "1"), event("message", "b", "1")]),
        ("id: 1\ndata: a\n\nid: \ndata: b\n\n", vec![event("message", "a", "1"), message("b")]),
        ("id: 1\ndata: a\n\nid\ndata: b\n\n", vec![event("message", "a", "1"), message("b")]),
        ("id: 1\n\ndata: a\n\n", vec![event("message", "a", "1")]),
        (
            "id: 1\ndata: a\n\nid: x\0y\ndata: b\n\n",
            vec![event("message", "a", "1"), event("message", "b", "1")],
        ),
        ("id: ü:€\ndata: a\n\n", vec![event("message", "a", "ü:€")]),
        ("color: blue\ndata: a\nDATA: b\n data: c\n\n", vec![message("a")]),
        ("retry: 5\ndata: a\nretry: x\nretry: -1\n\n", vec![message("a")]),
        (":Hello\n", vec![comment("Hello")]),
        (": Hello\n:  World\n:\n", vec![comment("Hello"), comment(" World"), comment("")]),
        ("data: a\n:c:d\ndata: b\n\n:e\r", vec![comment("c:d"), message("a\nb"), comment("e")]),
        ("data: €豆腐 🦀\n\n", vec![message("€豆腐 🦀")]),
        ("data: {\"a\":\"\\u0000\\\"\"}\n\n", vec![message("{\"a\":\"\\u0000\\\"\"}")]),
        ("data: \u{0}\u{1}\u{7f}\u{2028}\u{85}\n\n", vec![message("\u{0}\u{1}\u{7f}\u{2028}\u{85}")]),
    ]
}

fn check(service: &Service, stream: &Script, expected: &[Value], what: &str) {
    let server = FaultServer::start([stream.clone().stall_for_ever()]);
    let mut told = service.stream(&server, json!({}));
    for message in expected {
        assert_eq!(told.message(), *message, "{what:?}");
    }
    told.delete();
    server.wait_for_ended(1, crate::harness::LIMIT);
}

#[test]
fn in_one_piece() {
    each_client(|service| {
        for (stream, expected) in table() {
            check(service, &Script::sse().send(stream), &expected, stream);
        }
    });
}

#[test]
fn byte_by_byte_and_chunk_by_chunk() {
    each_client(|service| {
        for (stream, expected) in table() {
            let places: Vec<usize> = (1..stream.len()).collect();
            check(service, &Script::sse().send_split_at(stream, &places), &expected, stream);
            let chunks = stream.bytes().fold(Script::sse_chunked(), |script, byte| script.chunk([byte]));
            check(service, &chunks, &expected, stream);
        }
    });
}

#[test]
fn invalid_utf_8_is_replaced_and_costs_no_event() {
    each_client(|service| {
        let stream = Script::sse().send(b"data: a\xFFb\xE2\x82\n\nid: \xC0\ndata: c\n\n");
        let expected = [event("message", "a\u{FFFD}b\u{FFFD}", ""), event("message", "c", "\u{FFFD}")];
        check(service, &stream, &expected, "invalid UTF-8");
    });
}

#[test]
fn a_large_event_comes_whole() {
    each_client(|service| {
        let data = "0123456789abcdef".repeat(512 * 1024);
        let server = FaultServer::start([Script::sse().send(format!("data: {data}\n\n")).stall_for_ever()]);
        let mut told = service.stream(&server, json!({}));
        let message = told.message();
        assert!(message["event"]["data"] == *data, "8 MiB arrive as they were sent");
    });
}

#[test]
fn types_that_were_listened_for_come_like_all_others() {
    each_client(|service| {
        let gate = autoplay_testkit::Gate::new();
        let body = "event: put\ndata: 1\n\nevent: patch\ndata: 2\n\ndata: 3\n\n";
        let server = FaultServer::start([Script::sse().wait_for(&gate).send(body).stall_for_ever()]);
        let mut told = service.stream(&server, json!({}));
        told.command(&json!({"command": "listen", "listen": {"type": "put"}}));
        told.command(&json!({"command": "listen", "Listen": {"type": "patch"}}));
        gate.open();
        told.expect([event("put", "1", ""), event("patch", "2", ""), event("message", "3", "")]);
    });
}
