//! The log says what happened, with size and position, and never a token or a payload.

use std::io;
use std::sync::{Arc, Mutex};

use autoplay_testkit::{FaultServer, Script};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{batches, quick, sessions_of, wait_until};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn what_happened_is_said_without_secrets() {
    let log = Log::default();
    // Everything that anybody says, the HTTP library included.
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    subscriber.with_ansi(false).with_writer(log.clone()).init();

    let malformed = "data: {\"type\":\"actions\",\"email\":\"hunter2@example.com\",\"actions\":7}\n\n";
    let oversized = format!("data: {}\n\n", "hunter2".repeat(1_000));
    let corrected = "data: {\"type\":\"actions\",\"session_id\":\"1\",\"count\":5,\"actions\":[],\"email\":\"hunter2\"}\n\n";
    let summaries = "data: {\"type\":\"summary\",\"summary\":\"hunter2\"}\n\n".repeat(100);
    let gap = "data: {\"type\":\"gap\",\"reason\":\"hunter2@example.com\"}\n\n";
    let stream = [malformed, &oversized, &summaries, gap, corrected].concat();
    let page = Script::answer(200, &[("Content-Type", "text/html; session=hunter2")], "hunter2");
    let server = FaultServer::start([
        page,
        Script::sse().send(stream),
        Script::sse().send(batches(2, 2)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p?token=hunter2"))
        .token("hunter2")
        .max_event_bytes(1_024)
        .build()
        .unwrap();
    let seen = sessions_of(&client);
    client.on_summary(|_| panic!("a panic that is part of the test"));
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(2), [1, 2]);
    wait_until("the panics", || client.stats().callback_errors == 100);
    client.stop();
    run.join().unwrap();

    let deaf =
        FaultServer::start([Script::sse().send(batches(1, 1))]).then_always(Script::answer(204, &[], ""));
    quick(&deaf.url("/stream/p")).build().unwrap().run().unwrap();

    let text = log.text();
    let size = format!("bytes={}", malformed.len() - "data: \n\n".len());
    for said in [
        "text/html",
        "proxy",
        "events are missing",
        size.as_str(),
        "position=",
        "max_event_bytes",
        "`count` said 5",
        "event_type=\"actions\" session_id=\"1\" product_id=",
        "event_type=\"gap\"",
        "callback=\"on_summary\"",
        "connected",
        "no callback is registered",
        "token=...",
    ] {
        assert!(text.contains(said), "{said:?} is not in the log: {text}");
    }
    // A burst of ten, and one a second.
    let panics = text.lines().filter(|line| line.contains("a callback panicked")).count();
    assert!((10..30).contains(&panics), "{panics} lines of a hundred panics");
    let ours = |line: &&str| line.contains("autoplay");
    let leak = text.lines().filter(ours).find(|line| line.contains("hunter2"));
    assert_eq!(leak, None);
    let elsewhere = text.lines().find(|line| line.contains("hunter2"));
    assert_eq!(elsewhere, None, "the libraries below say nothing of it either");
}
