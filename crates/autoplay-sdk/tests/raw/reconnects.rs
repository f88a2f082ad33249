//! The same reconnect behaviour as the client's: the place, the pauses, and a restart on request.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::raw::Item;
use autoplay_testkit::{FaultServer, Script};

use crate::support::{LIMIT, each_kind, quick};

#[test]
fn goes_on_after_the_last_event_id_and_says_what_was_lost() {
    each_kind(|subscribe| {
        let server = FaultServer::start([
            Script::sse_chunked().chunk("id: 1\ndata: a\n\nid: 2\n\nid: 3\ndata: half").last_chunk(),
            Script::sse().send("data: b\n\nid\ndata: c\n\n").reset(),
            Script::sse().stall_for_ever(),
        ]);
        let mut events = subscribe(&quick(&server.url("/")).last_event_id("0"));
        assert_eq!(events.data(), "a");
        let Item::Lost(lost) = events.item() else { panic!("the end of the stream is a loss") };
        assert!(lost.was_open && lost.is_clean_end() && !lost.is_timeout());
        assert_eq!(events.item(), Item::Opened);
        let event = events.event();
        assert_eq!(
            (event.data.as_str(), event.id.as_str()),
            ("b", "2"),
            "the half of an event counts for nothing"
        );
        assert_eq!(events.data(), "c");
        let Item::Lost(lost) = events.item() else { panic!("a reset is a loss") };
        assert!(lost.was_open && !lost.is_clean_end(), "{lost}");
        assert_eq!(events.item(), Item::Opened);
        let ids: Vec<_> = server
            .requests()
            .iter()
            .map(|request| request.header("last-event-id").map(str::to_owned))
            .collect();
        assert_eq!(ids, [Some("0".to_owned()), Some("2".to_owned()), None]);
    });
}

#[test]
fn answers_that_are_no_stream_are_losses_of_nothing() {
    each_kind(|subscribe| {
        let server = FaultServer::start([
            Script::answer(500, &[("Content-Type", "text/event-stream")], "data: no\n\n"),
            Script::answer(200, &[("Content-Type", "text/html")], "data: no\n\n"),
            Script::answer(
                200,
                &[("Content-Type", "text/event-stream"), ("Content-Encoding", "br")],
                "data: no\n\n",
            ),
            Script::sse().send("data: yes\n\n").stall_for_ever(),
        ]);
        let mut events = subscribe(&quick(&server.url("/")));
        let Item::Lost(lost) = events.item() else { panic!("a 500 is a loss") };
        assert_eq!((lost.was_open, lost.status_code()), (false, Some(500)));
        let Item::Lost(lost) = events.item() else { panic!("another content type is a loss") };
        assert!(lost.to_string().contains("text/html"), "{lost}");
        let Item::Lost(lost) = events.item() else { panic!("so is what can't be unpacked") };
        assert!(!lost.was_open && lost.to_string().contains("gzip"), "{lost}");
        assert_eq!(events.item(), Item::Opened);
        assert_eq!(events.data(), "yes");
    });
}

#[test]
fn silence_is_a_loss_and_single_bytes_are_none() {
    each_kind(|subscribe| {
        let server = FaultServer::start([
            Script::sse().dribble("data: slow\n\n", Duration::from_millis(30)).stall_for_ever(),
            Script::sse().stall_for_ever(),
        ]);
        let mut events = subscribe(&quick(&server.url("/")).read_timeout(Duration::from_millis(400)));
        assert_eq!(events.data(), "slow");
        let Item::Lost(lost) = events.item() else { panic!("silence is a loss") };
        assert!(lost.is_timeout() && lost.to_string().contains("silent"), "{lost}");
        assert_eq!(events.item(), Item::Opened);
        server.wait_for_ended(1, LIMIT);
    });
}

#[test]
fn a_consumer_that_takes_its_time_is_no_silence() {
    each_kind(|subscribe| {
        let body = "data: 1\n\n".repeat(40_000);
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let mut events = subscribe(&quick(&server.url("/")).read_timeout(Duration::from_millis(300)));
        for pause in [0, 700, 700, 0, 0, 0] {
            let item = events.item();
            assert!(matches!(item, Item::Opened | Item::Event(_)), "{item:?}");
            thread::sleep(Duration::from_millis(pause));
        }
        for _ in 0..39_995 {
            assert!(matches!(events.item(), Item::Event(_)));
        }
        assert!(matches!(events.item(), Item::Lost(_)));
    });
}

#[test]
fn a_restart_drops_the_connection_and_connects_at_once() {
    each_kind(|subscribe| {
        let server = FaultServer::start([
            Script::sse().send("id: 1\ndata: a\n\nid: 2\ndata: half").stall_for_ever(),
            Script::sse().send("data: b\n\n").stall_for_ever(),
        ]);
        let endpoint = quick(&server.url("/"))
            .initial_backoff(Duration::from_secs(20))
            .max_backoff(Duration::from_secs(20));
        let mut events = subscribe(&endpoint);
        assert_eq!(events.data(), "a");
        events.handle.restart();
        assert_eq!(events.item(), Item::Opened, "and no loss");
        let event = events.event();
        assert_eq!((event.data.as_str(), event.id.as_str()), ("b", "1"));
        server.wait_for_ended(1, LIMIT);
        assert_eq!(server.requests()[1].header("last-event-id"), Some("1"));
    });
}

#[test]
fn a_restart_ends_a_pause() {
    each_kind(|subscribe| {
        let server = FaultServer::start([
            Script::answer(500, &[], ""),
            Script::sse().send("data: a\n\n").stall_for_ever(),
        ]);
        let minute = Duration::from_mins(1);
        let mut events = subscribe(&quick(&server.url("/")).max_backoff(minute).initial_backoff(minute));
        let Item::Lost(lost) = events.item() else { panic!("a 500 is a loss") };
        assert!(lost.retry_in >= minute);
        let start = Instant::now();
        events.handle.restart();
        assert_eq!(events.data(), "a");
        assert!(start.elapsed() < LIMIT);
    });
}

#[test]
fn restarts_in_the_middle_of_a_flood_lose_nothing_and_double_nothing() {
    each_kind(|subscribe| {
        let server = Counting::start();
        let mut events = subscribe(&quick(&server.url));
        for number in 1..=3_000 {
            assert_eq!(events.data(), number.to_string());
            if number % 70 == 0 {
                events.handle.restart();
            }
        }
    });
}

/// Counts without end, from the number after the id that it is asked with.
struct Counting {
    url: String,
}

impl Counting {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || _ = Self::count(stream));
            }
        });
        Self { url }
    }

    fn count(mut stream: TcpStream) -> io::Result<()> {
        let mut last = 0_u64;
        for line in BufReader::new(stream.try_clone()?).lines() {
            let line = line?.to_ascii_lowercase();
            if let Some(id) = line.strip_prefix("last-event-id: ") {
                last = id.parse().expect("ids are numbers");
            }
            if line.is_empty() {
                break;
            }
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")?;
        for number in last + 1.. {
            write!(stream, "id: {number}\ndata: {number}\n\n")?;
        }
        Ok(())
    }
}
