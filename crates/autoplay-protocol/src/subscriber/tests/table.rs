//! One promise each.

use std::time::Duration;

use super::super::{Action, Arrival, Notice, Outcome, Policy, ResponseHead, Setback};
use super::{Course, STREAM};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn refusals_end_it_at_once_and_for_ever() {
    for status in [401, 403, 404] {
        let mut course = Course::new(Policy::default());
        course.status(status);
        let finished = Action::Finished(Outcome::Refused { status });
        assert_eq!(course.poll(), finished);
        course.now += seconds(1_000_000);
        course.fail();
        course.end();
        course.subscriber.handle_timeout(course.now);
        course.subscriber.handle_response(course.now, &STREAM);
        assert_eq!(course.receives("data: x\n\n"), [""; 0]);
        assert_eq!(course.poll(), finished);
    }
}

#[test]
fn no_content_ends_it_without_an_error() {
    let mut course = Course::new(Policy::default());
    course.status(204);
    assert_eq!(course.poll(), Action::Finished(Outcome::NoContent));
}

#[test]
fn every_other_status_is_tried_again_with_growing_backoff() {
    for status in [
        100, 101, 199, 201, 202, 206, 300, 302, 304, 400, 402, 405, 408, 410, 429, 499, 500, 502, 503, 504,
        599, 999,
    ] {
        let mut course = Course::new(Policy::default());
        for base in [1, 2, 4, 8, 16, 30, 30] {
            course.status(status);
            course.waits_about(seconds(base));
        }
    }
}

#[test]
fn another_content_type_is_a_proxys_error_page() {
    for content_type in [None, Some("text/html; charset=utf-8")] {
        let mut course = Course::new(Policy::default());
        course.answered(&ResponseHead { content_type, ..STREAM });
        assert!(!course.subscriber.is_open());
        let Some(Notice::Lost { was_open: false, setback, .. }) = course.subscriber.poll_notice() else {
            panic!("a notice is expected")
        };
        assert!(setback.to_string().contains("proxy"), "{setback}");
        assert_eq!(course.receives("data: x\n\n"), [""; 0], "nothing is taken from its body");
        course.waits_about(seconds(1));
    }
}

#[test]
fn retry_after_is_honoured_on_429_and_503_only() {
    for (status, expected) in [(429, 60), (503, 60), (500, 1), (408, 1)] {
        let mut course = Course::new(Policy::default());
        course.answered(&ResponseHead { status, retry_after: Some(seconds(60)), ..ResponseHead::default() });
        course.waits_about(seconds(expected));
    }
}

#[test]
fn retry_after_never_shortens_the_backoff_and_is_no_hot_loop() {
    let mut course = Course::new(Policy::default());
    for base in [1, 2, 4, 8] {
        course.answered(&ResponseHead {
            status: 503,
            retry_after: Some(Duration::ZERO),
            ..ResponseHead::default()
        });
        course.waits_about(seconds(base));
    }
}

#[test]
fn retry_after_of_ages_is_a_day() {
    let mut course = Course::new(Policy::default());
    course.answered(&ResponseHead {
        status: 429,
        retry_after: Some(Duration::from_secs(u64::MAX)),
        ..ResponseHead::default()
    });
    course.waits_about(Duration::from_hours(24));
}

#[test]
fn a_bare_200_does_not_start_the_backoff_over() {
    let mut course = Course::new(Policy::default());
    for base in [1, 2, 4] {
        course.answered(&STREAM);
        assert_eq!(course.receives(": welcome\n\nid: 3\n\nevent: other\n\n"), [""; 0]);
        course.end();
        course.waits_about(seconds(base));
    }
    assert_eq!(course.subscriber.last_event_id(), "3");
}

#[test]
fn an_event_a_heartbeat_or_a_skipped_event_starts_the_backoff_over() {
    let oversized = format!("data: {}\n\n", "x".repeat(2_000));
    let heartbeats = ["event: heartbeat\ndata:\n\n", "event: heartbeat\n\n", "event: heartbeat\nid: 1\n\n"];
    for arrival in heartbeats.into_iter().chain(["data: x\n\n", oversized.as_str()]) {
        let mut course = Course::new(Policy { max_event_bytes: 1_024, ..Policy::default() });
        course.status(500);
        course.waits_about(seconds(1));
        course.status(500);
        course.waits_about(seconds(2));
        course.answered(&STREAM);
        course.receives(arrival);
        course.end();
        course.waits_about(seconds(1));
        course.status(500);
        course.waits_about(seconds(2));
    }
}

#[test]
fn retry_replaces_the_initial_backoff_within_the_longest() {
    for (retry, base) in [("5000", 5_000), ("90000", 30_000), ("0", 10)] {
        let mut course = Course::new(Policy::default());
        course.answered(&STREAM);
        course.receives(&format!("retry: {retry}\ndata: x\n\n"));
        course.end();
        course.waits_about(Duration::from_millis(base));
    }
}

#[test]
fn heartbeats_move_the_place_and_are_not_delivered() {
    for heartbeat in ["event: heartbeat\nid: 9\ndata:\n\n", "id: 9\nevent: heartbeat\n\n"] {
        let mut course = Course::new(Policy::default());
        course.answered(&STREAM);
        assert_eq!(course.receives(heartbeat), [""; 0]);
        assert_eq!(course.subscriber.last_event_id(), "9");
    }
}

#[test]
fn gaps_are_delivered_as_events() {
    let mut course = Course::new(Policy::default());
    course.answered(&STREAM);
    let mut arrivals = course.subscriber.handle_bytes(course.now, b"event: gap\ndata: {}\n\n");
    let Some(Arrival::Event(event)) = arrivals.next() else { panic!("an event is expected") };
    assert_eq!((event.event, event.data), ("gap", "{}"));
}

#[test]
fn time_in_which_nobody_read_is_no_silence() {
    let mut course = Course::new(Policy::default());
    course.answered(&STREAM);
    course.now += seconds(100);
    course.subscriber.handle_resumed(course.now);
    course.subscriber.handle_timeout(course.now);
    assert_eq!(course.poll(), Action::Read { deadline: Some(course.now + seconds(65)) });
}

#[test]
fn a_restart_connects_at_once_without_a_notice_and_costs_no_retry() {
    let mut course = Course::new(Policy { max_retries: Some(0), ..Policy::default() });
    let restart = |course: &mut Course| {
        course.subscriber.poll_notice();
        course.subscriber.handle_restart();
        assert!(!course.subscriber.is_open());
        assert_eq!(course.subscriber.poll_notice(), None);
    };
    restart(&mut course);
    course.answered(&STREAM);
    restart(&mut course);
    course.answered(&STREAM);
    course.receives("id: 7\ndata: x\n\nid: 8\ndata: half");
    course.end();
    course.waits_about(seconds(1));
    restart(&mut course);
    course.answered(&STREAM);
    assert_eq!(course.receives("\n\n"), [""; 0], "the half of an event went with its connection");
    assert_eq!(course.subscriber.last_event_id(), "7");
}

#[test]
fn a_restart_does_not_wake_what_is_finished() {
    let mut course = Course::new(Policy::default());
    course.status(401);
    course.subscriber.handle_restart();
    assert_eq!(course.poll(), Action::Finished(Outcome::Refused { status: 401 }));
}

#[test]
fn silence_is_a_lost_connection_and_a_single_byte_is_not() {
    let mut course = Course::new(Policy::default());
    course.answered(&STREAM);
    course.now += seconds(64);
    course.receives(":");
    course.now += seconds(64);
    course.receives("");
    course.subscriber.handle_timeout(course.now);
    assert!(course.subscriber.is_open(), "64 s since the last byte");
    course.now += seconds(1);
    course.subscriber.handle_timeout(course.now);
    assert!(!course.subscriber.is_open());
    let Some(Notice::Lost { setback, was_open, .. }) = course.subscriber.poll_notice() else {
        panic!("a notice is expected")
    };
    assert_eq!((setback, was_open), (Setback::ReadTimeout, true));
    course.waits_about(seconds(1));
}

#[test]
fn without_a_read_timeout_it_waits_for_ever() {
    let mut course = Course::new(Policy { read_timeout: None, ..Policy::default() });
    course.answered(&STREAM);
    course.now += seconds(100_000_000);
    course.subscriber.handle_timeout(course.now);
    assert_eq!(course.poll(), Action::Read { deadline: None });
}

#[test]
fn a_request_has_its_deadline_and_is_made_once() {
    let mut course = Course::new(Policy::default());
    let deadline = course.now + seconds(10);
    assert_eq!(course.poll(), Action::Connect { deadline });
    assert_eq!(course.poll(), Action::AwaitResponse { deadline });
    course.now += seconds(9);
    course.subscriber.handle_timeout(course.now);
    assert_eq!(course.poll(), Action::AwaitResponse { deadline });
    course.now = deadline;
    course.subscriber.handle_timeout(course.now);
    course.waits_about(seconds(1));
}

#[test]
fn two_retries_are_three_requests_in_a_row() {
    let mut course = Course::new(Policy { max_retries: Some(2), ..Policy::default() });
    for _ in 0..2 {
        course.connects();
        course.fail();
        course.waits();
    }
    course.status(503);
    let last = Setback::Status(503);
    assert_eq!(course.poll(), Action::Finished(Outcome::RetriesSpent { failures: 3, last }));
    let notice = course.subscriber.poll_notice();
    assert!(matches!(notice, Some(Notice::Lost { retry_in: None, .. })), "{notice:?}");
}

#[test]
fn a_connection_that_has_brought_an_event_is_no_failure() {
    let mut course = Course::new(Policy { max_retries: Some(0), ..Policy::default() });
    for _ in 0..5 {
        course.answered(&STREAM);
        course.receives("data: x\n\n");
        course.fail();
        course.waits_about(seconds(1));
    }
    course.answered(&STREAM);
    course.end();
    assert!(matches!(course.poll(), Action::Finished(Outcome::RetriesSpent { failures: 1, .. })));
}

#[test]
fn after_an_event_the_retries_are_counted_anew() {
    let mut course = Course::new(Policy { max_retries: Some(1), ..Policy::default() });
    for _ in 0..3 {
        course.status(500);
        course.waits();
        course.answered(&STREAM);
        course.receives("data: x\n\n");
        course.end();
        course.waits();
    }
    course.status(500);
    course.waits();
    course.status(500);
    assert!(matches!(course.poll(), Action::Finished(Outcome::RetriesSpent { failures: 2, .. })));
}

#[test]
fn what_a_lost_connection_left_unfinished_is_discarded_with_its_id() {
    let mut course = Course::new(Policy::default());
    course.answered(&STREAM);
    assert_eq!(course.receives("id: 1\ndata: one\n\nid: 2\ndata: tw"), ["one"]);
    course.fail();
    assert_eq!(course.subscriber.last_event_id(), "1");
    course.waits();
    course.answered(&STREAM);
    assert_eq!(course.receives("id: 2\ndata: two\n\n"), ["two"]);
    assert_eq!(course.subscriber.last_event_id(), "2");
}

#[test]
fn each_change_is_told_once() {
    let mut course = Course::new(Policy::default());
    assert_eq!(course.subscriber.poll_notice(), None);
    course.answered(&STREAM);
    assert_eq!(course.subscriber.poll_notice(), Some(Notice::Opened));
    assert_eq!(course.subscriber.poll_notice(), None);
    course.end();
    let notice = course.subscriber.poll_notice();
    assert!(matches!(notice, Some(Notice::Lost { was_open: true, .. })), "{notice:?}");
}

#[test]
fn it_resumes_after_an_id_from_an_earlier_subscription() {
    let mut course = Course::new(Policy::default());
    course.subscriber.resume_after("1-a-7");
    assert_eq!(course.subscriber.last_event_id(), "1-a-7");
    course.answered(&STREAM);
    assert_eq!(course.subscriber.last_event_id(), "1-a-7", "opening the stream keeps it");
}

#[test]
fn settings_beyond_the_clock_do_not_panic() {
    let mut course = Course::new(Policy {
        connect_timeout: Duration::MAX,
        initial_backoff: Duration::MAX,
        max_backoff: Duration::MAX,
        read_timeout: Some(Duration::MAX),
        ..Policy::default()
    });
    course.answered(&STREAM);
    course.receives("data: x\n\n");
    course.fail();
    assert!(matches!(course.poll(), Action::Wait { .. }));
}
