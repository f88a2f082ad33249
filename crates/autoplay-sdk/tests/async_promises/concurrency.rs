//! Callbacks of different sessions run concurrently; those of one session at most `session_concurrency` at a time, and
//! they begin in order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use autoplay_sdk::Overflow;
use autoplay_testkit::{FaultServer, Random, Script};
use tokio::sync::Barrier;

use crate::stage::{Door, batches_of, number, on_every_runtime, one_thread, settings, until};
use crate::support::batches;

#[test]
fn callbacks_of_different_sessions_run_concurrently() {
    on_every_runtime(async || {
        let server = FaultServer::start([Script::sse().send(batches(1, 50)).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let all = Arc::new(Barrier::new(50));
        client.on_actions(move |_| {
            let all = Arc::clone(&all);
            async move { _ = all.wait().await }
        });
        let run = client.run_in_background().unwrap();
        until("all fifty to meet", || client.stats().delivered == 50).await;
        client.stop();
        run.await.unwrap();
    });
}

/// What callbacks did, per session: the numbers in the order in which they began and ended, and how many ran at once.
#[derive(Debug, Default)]
struct Course {
    begun: Vec<usize>,
    ended: Vec<usize>,
    most: usize,
}

/// Runs `count` events of so many sessions by turns through callbacks that wait for a while each.
async fn course_of(count: usize, sessions: usize, concurrency: usize) -> HashMap<String, Course> {
    let body = batches_of(count, |number| format!("s{}", number % sessions));
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = settings(&server.url("/stream/p")).session_concurrency(concurrency).build_async().unwrap();
    let courses = Arc::new(Mutex::new(HashMap::<String, Course>::new()));
    let (noted, random) = (Arc::clone(&courses), Arc::new(Mutex::new(Random::new(3))));
    client.on_actions(move |batch| {
        let (noted, random) = (Arc::clone(&noted), Arc::clone(&random));
        async move {
            let (number, session) = (number(&batch), batch.session_id.unwrap());
            {
                let mut courses = noted.lock().unwrap();
                let course = courses.entry(session.clone()).or_default();
                course.begun.push(number);
                course.most = course.most.max(course.begun.len() - course.ended.len());
            }
            let pause = random.lock().unwrap().below(4);
            match pause {
                0 => {}
                1 => tokio::task::yield_now().await,
                _ => tokio::time::sleep(Duration::from_millis(pause as u64)).await,
            }
            noted.lock().unwrap().get_mut(&session).unwrap().ended.push(number);
        }
    });
    let run = client.run_in_background().unwrap();
    until("all", || client.stats().delivered == count as u64).await;
    client.stop();
    run.await.unwrap();
    assert_eq!((client.stats().dropped, client.stats().callback_errors), (0, 0));
    drop(client);
    Arc::try_unwrap(courses).unwrap().into_inner().unwrap()
}

#[test]
fn of_one_session_so_many_run_at_a_time_and_begin_in_order() {
    on_every_runtime(async || {
        for concurrency in [1, 2, 4] {
            let courses = course_of(400, 5, concurrency).await;
            assert_eq!(courses.len(), 5);
            for course in courses.values() {
                assert_eq!(course.begun.len(), 80);
                assert!(course.begun.is_sorted(), "{course:?}");
                assert_eq!(course.most, concurrency, "no more, and no fewer where so many wait");
            }
        }
    });
}

#[test]
fn one_at_a_time_also_ends_in_order() {
    on_every_runtime(async || {
        let courses = course_of(200, 2, 1).await;
        assert!(courses.values().all(|course| course.ended.is_sorted() && course.ended.len() == 100));
    });
}

#[test]
fn callbacks_that_wait_for_nothing_begin_in_order_too() {
    on_every_runtime(async || {
        let body = batches_of(5_000, |number| format!("s{}", number % 7));
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        // On a busy machine a callback is as good as stuck for as long as its thread is not scheduled.
        let builder = settings(&server.url("/stream/p")).overflow(Overflow::Block);
        let client = builder.build_async().unwrap();
        let begun = Arc::new(Mutex::new(HashMap::<_, Vec<usize>>::new()));
        let noted = Arc::clone(&begun);
        client.on_actions(move |batch| {
            let noted = Arc::clone(&noted);
            async move {
                let number = number(&batch);
                noted.lock().unwrap().entry(batch.session_id).or_default().push(number);
            }
        });
        let run = client.run_in_background().unwrap();
        until("all", || client.stats().delivered == 5_000).await;
        client.stop();
        run.await.unwrap();
        let begun = begun.lock().unwrap();
        assert!(begun.len() == 7 && begun.values().all(|numbers| numbers.is_sorted()));
    });
}

#[test]
fn a_stuck_session_delays_no_other() {
    on_every_runtime(async || {
        let body =
            batches_of(300, |number| if number % 30 == 1 { "stuck".into() } else { format!("s{number}") });
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        let door = Door::closed();
        let held = door.clone();
        client.on_actions(move |batch| {
            let held = held.clone();
            async move {
                if batch.session_id.as_deref() == Some("stuck") {
                    held.pass().await;
                }
            }
        });
        let run = client.run_in_background().unwrap();
        until("all others", || client.stats().delivered == 290).await;
        assert_eq!(client.queue_size(), 10, "an event keeps its place until its callback has ended");
        assert_eq!(client.stats().last_event_id.as_deref(), Some("300"), "the reader is far beyond");
        door.open();
        until("the stuck ones", || client.stats().delivered == 300).await;
        assert_eq!((client.queue_size(), client.stats().queue_bytes), (0, 0));
        client.stop();
        run.await.unwrap();
    });
}

#[test]
fn without_a_session_it_is_the_user_who_counts() {
    on_every_runtime(async || {
        let of_user =
            |user| format!("data: {{\"type\":\"actions\",\"user_id\":\"u{user}\",\"actions\":[]}}\n\n");
        let body: String = (1..=60).map(|number| of_user(number % 2)).collect();
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).session_concurrency(1).build_async().unwrap();
        let inside = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let both = Arc::new(AtomicUsize::new(0));
        let (entered, met) = (Arc::clone(&inside), Arc::clone(&both));
        client.on_actions(move |batch| {
            let (entered, met) = (Arc::clone(&entered), Arc::clone(&met));
            async move {
                let user = usize::from(batch.user_id.as_deref() == Some("u1"));
                assert_eq!(entered[user].fetch_add(1, SeqCst), 0);
                tokio::time::sleep(Duration::from_millis(2)).await;
                met.fetch_max(entered[0].load(SeqCst) + entered[1].load(SeqCst), SeqCst);
                entered[user].fetch_sub(1, SeqCst);
            }
        });
        let run = client.run_in_background().unwrap();
        until("all", || client.stats().delivered == 60).await;
        client.stop();
        run.await.unwrap();
        assert_eq!((client.stats().callback_errors, both.load(SeqCst)), (0, 2));
    });
}

#[test]
fn callbacks_that_never_wait_leave_the_runtime_to_others() {
    one_thread().block_on(async {
        let body = batches(1, 20_000);
        let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
        let client = settings(&server.url("/stream/p")).build_async().unwrap();
        client.on_actions(async |_| ());
        let turns = Arc::new(AtomicUsize::new(0));
        let taken = Arc::clone(&turns);
        let other = tokio::spawn(async move {
            loop {
                taken.fetch_add(1, SeqCst);
                tokio::task::yield_now().await;
            }
        });
        let run = client.run_in_background().unwrap();
        until("all", || client.stats().delivered == 20_000).await;
        assert!(turns.load(SeqCst) > 20, "{turns:?}");
        other.abort();
        client.stop();
        run.await.unwrap();
    });
}
