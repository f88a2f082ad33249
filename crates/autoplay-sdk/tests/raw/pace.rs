//! The consumer's pace is the reader's pace, so memory is bounded.

use std::thread;
use std::time::Duration;

use autoplay_sdk::raw::Item;
use autoplay_testkit::{FaultServer, Script};

use crate::support::{LIMIT, each_kind, quick};

/// More than sockets and buffers on the way can hold.
const FLOOD: usize = 64 * 1024 * 1024;

#[test]
fn who_takes_nothing_holds_the_server_back() {
    each_kind(|subscribe| {
        let event = format!("data: {}\n\n", "x".repeat(100_000));
        let flood = event.repeat(FLOOD / event.len());
        let server = FaultServer::start([Script::sse().send(flood)]).then_always(Script::mute());
        let mut events = subscribe(&quick(&server.url("/")));
        assert_eq!(events.item(), Item::Opened);
        thread::sleep(Duration::from_millis(300));
        assert_eq!((server.accepted(), server.ended()), (1, 0), "the server still has most of it");
        for _ in 0..FLOOD / event.len() {
            assert_eq!(events.data().len(), 100_000);
        }
        server.wait_for_ended(1, LIMIT);
    });
}
