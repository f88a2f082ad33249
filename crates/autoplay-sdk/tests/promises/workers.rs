//! Several workers: the events of one session stay in order, and a slow session delays no other worker's.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::thread;

use autoplay_testkit::{FaultServer, Gate, Script};

use crate::support::{LIMIT, Seen, quick, wait_until};

/// `count` events of so many sessions by turns; `owner` writes whose each is.
fn events(count: usize, owner: impl Fn(usize) -> String) -> String {
    let mut body = String::new();
    for number in 0..count {
        let owner = owner(number);
        _ = write!(
            body,
            "id: {number}\ndata: {{\"type\":\"actions\",\"conversation_id\":\"{number}\",{owner},\"actions\":[]}}\n\n"
        );
    }
    body
}

#[test]
fn events_of_a_session_stay_in_order_on_one_thread() {
    let body = events(3_000, |number| format!("\"session_id\":\"s{}\"", number % 30));
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).workers(4).build().unwrap();
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| {
        let number: usize = batch.conversation_id.unwrap().parse().unwrap();
        sender.send((batch.session_id.unwrap(), number, thread::current().id())).unwrap();
    });
    let run = client.run_in_background().unwrap();
    let mut sessions: HashMap<_, Vec<_>> = HashMap::new();
    for (session, number, thread) in seen.take(3_000) {
        sessions.entry(session).or_default().push((number, thread));
    }
    client.stop();
    run.join().unwrap();
    let mut threads = Vec::new();
    for told in sessions.values() {
        assert!(told.is_sorted_by_key(|(number, _)| *number) && told.len() == 100);
        assert!(told.iter().all(|(_, thread)| *thread == told[0].1));
        threads.push(told[0].1);
    }
    threads.sort_by_key(|thread| format!("{thread:?}"));
    threads.dedup();
    assert!(threads.len() > 1, "thirty sessions meet more than one of four workers");
    assert_eq!(client.stats().last_event_id.as_deref(), Some("2999"));
}

#[test]
fn a_stuck_session_delays_no_other_workers() {
    // The first event's session gets stuck; of forty others, some meet another worker.
    let body = events(401, |number| match number {
        0 => "\"session_id\":\"stuck\"".to_owned(),
        _ => format!("\"session_id\":\"s{}\"", number % 40),
    });
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).workers(2).build().unwrap();
    let (release, held) = (Gate::new(), Gate::new());
    let (wait, stuck) = (release.clone(), held.clone());
    client.on_actions(move |batch| {
        if batch.session_id.as_deref() == Some("stuck") {
            stuck.open();
            assert!(wait.wait(LIMIT));
        }
    });
    let run = client.run_in_background().unwrap();
    assert!(held.wait(LIMIT));
    wait_until("all to be received", || client.stats().received == 401);
    wait_until("the other worker to be done", || {
        let stats = client.stats();
        stats.delivered > 0 && usize::try_from(stats.delivered).unwrap() + stats.queue_size == 400
    });
    assert_eq!(client.stats().dropped, 0);
    release.open();
    wait_until("all", || client.stats().delivered == 401);
    client.stop();
    run.join().unwrap();
}

#[test]
fn events_without_a_session_stay_in_order_by_user() {
    let body = events(900, |number| format!("\"session_id\":null,\"user_id\":\"u{}\"", number % 9));
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).workers(3).build().unwrap();
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| {
        let number: usize = batch.conversation_id.unwrap().parse().unwrap();
        sender.send((batch.user_id.unwrap(), number)).unwrap();
    });
    let run = client.run_in_background().unwrap();
    let mut users: HashMap<_, Vec<_>> = HashMap::new();
    for (user, number) in seen.take(900) {
        users.entry(user).or_default().push(number);
    }
    client.stop();
    run.join().unwrap();
    assert!(users.len() == 9 && users.values().all(|numbers| numbers.is_sorted()));
}

#[test]
fn more_workers_than_a_system_has_threads_are_refused() {
    for workers in [1_025, usize::MAX] {
        let error = quick("http://127.0.0.1:9/").workers(workers).build().unwrap_err();
        assert_eq!(error.argument(), Some("workers"));
    }
    assert!(quick("http://127.0.0.1:9/").workers(1_024).build().is_ok());
}
