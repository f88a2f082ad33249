//! What `autoplay_sdk::embedding` promises to a host.

use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::embedding::{self, Attendance, Change, Interest, SessionsAttendance};
use autoplay_sdk::{Builder, ConnectorClient, Error};
use autoplay_testkit::{FaultServer, Script};

const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn an_event_keeps_its_place_until_it_begins_and_is_delivered_when_the_next_is_asked_for() {
    let server = sends(10);
    let client = builder(&server).build().unwrap();
    embedding::expect(&client, Interest::Actions);
    let Attendance { reading, mut workers, cutter, .. } = embedding::attend(&client).unwrap();
    let reader = thread::spawn(move || reading.run());
    wait_until(|| client.queue_size() == 10);
    let worker = &mut workers[0];
    let mut begun = 0;
    while begun < 10 {
        assert!(worker.fetch());
        assert_eq!((client.queue_size(), client.stats().delivered), (10 - begun, begun as u64));
        while worker.begin().is_some() {
            begun += 1;
            assert_eq!((client.queue_size(), client.stats().delivered), (10 - begun, begun as u64 - 1));
        }
    }
    cutter.cut();
    ended(reader).unwrap();
}

#[test]
fn a_run_that_is_cut_waits_for_nobody_and_begins_nothing_more() {
    let server = sends(10);
    let client = builder(&server).build().unwrap();
    embedding::expect(&client, Interest::Actions);
    let Attendance { reading, mut workers, cutter, .. } = embedding::attend(&client).unwrap();
    let reader = thread::spawn(move || reading.run());
    wait_until(|| client.queue_size() == 10);
    assert!(workers[0].fetch() && workers[0].begin().is_some());
    let start = Instant::now();
    cutter.cut();
    ended(reader).unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "drain_timeout is 10 s");
    assert!(workers[0].begin().is_none() && !workers[0].fetch());
    assert_eq!((client.stats().left, embedding::is_running(&client)), (9, false));
}

#[test]
fn events_wait_until_the_host_has_taken_note_of_their_connection() {
    let server = sends(1);
    let client = builder(&server).drain_timeout(Duration::ZERO).build().unwrap();
    embedding::expect(&client, Interest::Actions);
    embedding::expect(&client, Interest::Connect);
    let Attendance { reading, mut workers, mut changes, .. } = embedding::attend(&client).unwrap();
    let reader = thread::spawn(move || reading.run());
    let mut worker = workers.remove(0);
    let worker = thread::spawn(move || worker.fetch() && worker.begin().is_some());
    assert_eq!(changes.next(), Some(Change::Connected));
    wait_until(|| client.queue_size() == 1);
    assert!(!worker.is_finished());
    let rest = thread::spawn(move || changes.next());
    assert!(worker.join().unwrap());
    client.stop();
    assert!(ended(reader).is_ok());
    assert_eq!(rest.join().unwrap(), None);
}

#[test]
fn sessions_are_handed_over_in_order_and_keep_their_places_until_they_end() {
    let server = sends(10);
    let client = builder(&server).session_concurrency(2).build_async().unwrap();
    embedding::expect_of_sessions(&client, Interest::Actions);
    let SessionsAttendance { reading, sessions, .. } = embedding::attend_sessions(&client).unwrap();
    let reader = thread::spawn(move || reading.run());
    wait_until(|| client.queue_size() == 10);
    let first = [sessions.take().unwrap(), sessions.take().unwrap()];
    assert!(sessions.take().is_none(), "two of a session at a time");
    assert!(first.iter().all(|(_, held)| sessions.begins(held)));
    assert_eq!(client.queue_size(), 10);
    for (_, held) in &first {
        sessions.end(held);
    }
    assert_eq!(client.queue_size(), 8);
    client.stop();
    while let Some((_, held)) = sessions.take() {
        assert!(sessions.begins(&held));
        sessions.end(&held);
    }
    ended(reader).unwrap();
    assert_eq!((client.stats().delivered, client.stats().left), (10, 0));
}

#[test]
fn what_is_pulled_is_everything_in_order() {
    let server = sends(10);
    let client = builder(&server).max_queue_size(3).build_async().unwrap();
    let SessionsAttendance { reading, sessions, cutter } = embedding::pull_sessions(&client).unwrap();
    let reader = thread::spawn(move || reading.run());
    for _ in 0..10 {
        wait_until(|| client.queue_size() > 0);
        let (_, held) = sessions.take().unwrap();
        sessions.end(&held);
    }
    assert_eq!((client.dropped_count(), client.stats().last_event_id.as_deref()), (0, Some("10")));
    cutter.cut();
    ended(reader).unwrap();
}

/// Batches of one session, then silence.
fn sends(count: usize) -> FaultServer {
    let batch = |number| {
        format!(
            "id: {number}\ndata: {{\"type\":\"actions\",\"session_id\":\"s\",\"count\":0,\"actions\":[]}}\n\n"
        )
    };
    FaultServer::start([Script::sse().send((1..=count).map(batch).collect::<String>()).stall_for_ever()])
}

fn builder(server: &FaultServer) -> Builder {
    ConnectorClient::builder(&server.url("/stream/p")).initial_backoff(Duration::from_millis(10))
}

fn ended(reader: thread::JoinHandle<Result<(), Error>>) -> Result<(), Error> {
    wait_until(|| reader.is_finished());
    reader.join().unwrap()
}

#[track_caller]
fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "it did not happen within the limit");
        thread::sleep(Duration::from_millis(1));
    }
}
