use std::time::Duration;

use proptest::prelude::*;

use super::*;

impl Key for u8 {
    type Hasher = std::hash::RandomState;
}

const MS: Duration = Duration::from_millis(1);

fn rules(max_events: usize, overflow: OnFull) -> Rules {
    Rules { max_events, max_bytes: 1_000_000, overflow, places: Places::UntilBegin, concurrency: 1 }
}

fn backlog(rules: Rules) -> Backlog<u32, u8> {
    Backlog::new(rules, "".into())
}

/// The next event of one lane begins.
fn begin(backlog: &mut Backlog<u32, u8>, lane: u8, now: Instant) -> Option<u32> {
    let mut lent = Vec::new();
    backlog.lend(&lane, 1, &mut lent).then(|| {
        backlog.begin_lent(&lane, now);
        lent[0]
    })
}

fn incoming(event: u32, lane: u8) -> Incoming<u32, u8> {
    Incoming { event, lane, bytes: 10, place: event.to_string().as_str().into(), connection: 0 }
}

#[test]
fn events_of_a_lane_begin_in_order_one_at_a_time() {
    let now = Instant::now();
    let mut backlog = backlog(rules(10, OnFull::Wait));
    for (event, lane) in [(1, 0), (2, 0), (3, 1)] {
        assert_eq!(backlog.offer(incoming(event, lane), now), Offer::Taken);
    }
    assert_eq!(begin(&mut backlog, 0, now), Some(1));
    assert_eq!(begin(&mut backlog, 0, now), None, "one at a time");
    assert_eq!(begin(&mut backlog, 1, now), Some(3), "the other lane does not wait");
    backlog.finish(&0, now);
    assert_eq!(begin(&mut backlog, 0, now), Some(2));
}

#[test]
fn a_place_is_free_when_the_callback_begins_or_when_it_ends() {
    let now = Instant::now();
    for (places, after_begin) in [(Places::UntilBegin, 1), (Places::UntilEnd, 2)] {
        let mut backlog = backlog(Rules { places, ..rules(10, OnFull::Wait) });
        backlog.offer(incoming(1, 0), now);
        backlog.offer(incoming(2, 0), now);
        let (lane, ticket, _) = backlog.begin_any(now).expect("an event");
        assert_eq!(backlog.len(), after_begin);
        backlog.end(&lane, ticket, Ended::Called, now);
        assert_eq!(backlog.len(), 1);
    }
}

#[test]
fn it_is_full_by_number_or_by_size_but_lets_one_event_in() {
    let now = Instant::now();
    let mut backlog = backlog(Rules { max_bytes: 100, ..rules(3, OnFull::Wait) });
    let sized = |event, bytes| Incoming { bytes, ..incoming(event, 0) };
    assert_eq!(backlog.offer(sized(1, 1_000), now), Offer::Taken);
    assert_eq!(backlog.offer(sized(2, 1), now), Offer::Later(sized(2, 1), None));
    begin(&mut backlog, 0, now).expect("an event");
    for event in 2..=4 {
        assert_eq!(backlog.offer(sized(event, 30), now), Offer::Taken);
    }
    assert_eq!(backlog.offer(sized(5, 1), now), Offer::Later(sized(5, 1), None));
}

#[test]
fn a_stuck_callback_with_n_waiting_holds_the_reader_a_nth_of_the_lag() {
    let start = Instant::now();
    let mut backlog = backlog(rules(10, OnFull::DropBeyond(1_000 * MS)));
    backlog.offer(incoming(0, 0), start);
    begin(&mut backlog, 0, start).expect("an event");
    for event in 1..=10 {
        assert_eq!(backlog.offer(incoming(event, 0), start), Offer::Taken);
    }
    let Offer::Later(_, Some(until)) = backlog.offer(incoming(11, 0), start) else {
        panic!("it waits at first")
    };
    assert_eq!(until.duration_since(start), 100 * MS + Duration::from_nanos(1));
    assert_eq!(backlog.offer(incoming(11, 0), until), Offer::Dropped(11));
    assert_eq!(backlog.offer(incoming(12, 0), until), Offer::Dropped(12), "the next one does not wait again");
}

#[test]
fn fast_callbacks_are_waited_for_whatever_the_burst() {
    let mut now = Instant::now();
    let mut backlog = backlog(rules(10, OnFull::DropBeyond(1_000 * MS)));
    let mut done = 0;
    for event in 0..10_000 {
        while let Offer::Later(..) = backlog.offer(incoming(event, 0), now) {
            begin(&mut backlog, 0, now).expect("an event");
            now += MS;
            backlog.finish(&0, now);
            done += 1;
        }
    }
    assert_eq!(done + backlog.len(), 10_000);
}

#[test]
fn a_worker_that_is_not_scheduled_for_a_moment_is_not_taken_for_a_stuck_one() {
    let start = Instant::now();
    let mut backlog = backlog(rules(500, OnFull::DropBeyond(1_000 * MS)));
    for event in 0..=500 {
        backlog.offer(incoming(event, 0), start);
        begin(&mut backlog, 0, start);
    }
    assert!(matches!(backlog.offer(incoming(501, 0), start + 40 * MS), Offer::Later(..)));
    assert_eq!(backlog.offer(incoming(501, 0), start + 55 * MS), Offer::Dropped(501));
}

#[test]
fn slow_callbacks_make_it_drop_as_soon_as_it_is_full() {
    let mut now = Instant::now();
    let mut backlog = backlog(rules(10, OnFull::DropBeyond(1_000 * MS)));
    for event in 0..16 {
        backlog.offer(incoming(event, 0), now);
        begin(&mut backlog, 0, now).expect("an event");
        now += 200 * MS;
        backlog.finish(&0, now);
    }
    backlog.offer(incoming(16, 0), now);
    begin(&mut backlog, 0, now).expect("an event");
    for event in 0..10 {
        assert_eq!(backlog.offer(incoming(event, 0), now), Offer::Taken);
    }
    assert_eq!(backlog.offer(incoming(10, 0), now), Offer::Dropped(10));
}

#[test]
fn without_a_lag_it_drops_whenever_it_is_full_but_waits_for_a_worker_that_is_about_to_begin() {
    let start = Instant::now();
    let mut backlog = backlog(rules(2, OnFull::DropBeyond(Duration::ZERO)));
    backlog.offer(incoming(1, 0), start);
    backlog.offer(incoming(2, 0), start);
    assert_eq!(backlog.offer(incoming(3, 0), start), Offer::Later(incoming(3, 0), None));
    begin(&mut backlog, 0, start).expect("an event");
    assert_eq!(backlog.offer(incoming(3, 0), start), Offer::Taken);
    assert_eq!(backlog.offer(incoming(4, 0), start + MS), Offer::Dropped(4));
}

#[test]
fn slow_callbacks_or_not_an_idle_worker_is_waited_for() {
    let mut now = Instant::now();
    let mut backlog = backlog(rules(2, OnFull::DropBeyond(1_000 * MS)));
    backlog.offer(incoming(0, 0), now);
    begin(&mut backlog, 0, now).expect("an event");
    now += 5_000 * MS;
    backlog.finish(&0, now);
    backlog.offer(incoming(1, 0), now);
    backlog.offer(incoming(2, 0), now);
    assert_eq!(backlog.offer(incoming(3, 0), now), Offer::Later(incoming(3, 0), None));
    begin(&mut backlog, 0, now).expect("an event");
    assert_eq!(backlog.offer(incoming(3, 0), now), Offer::Taken);
    assert_eq!(backlog.offer(incoming(4, 0), now), Offer::Dropped(4));
}

#[test]
fn an_event_that_was_fetched_keeps_its_place_until_its_callback_begins() {
    let mut now = Instant::now();
    let mut backlog = backlog(rules(4, OnFull::DropBeyond(Duration::ZERO)));
    for event in 1..=4 {
        backlog.offer(incoming(event, 0), now);
    }
    let mut lent = Vec::new();
    assert!(backlog.lend(&0, 3, &mut lent));
    assert_eq!((lent.as_slice(), backlog.len(), backlog.bytes()), ([1, 2, 3].as_slice(), 4, 40));
    assert!(!backlog.lend(&0, 3, &mut lent), "one loan at a time");
    let later = backlog.offer(incoming(5, 0), now);
    assert_eq!(later, Offer::Later(incoming(5, 0), None), "one is about to begin");
    backlog.begin_lent(&0, now);
    assert_eq!(backlog.offer(incoming(5, 0), now), Offer::Taken);
    now += 10 * MS;
    assert_eq!(
        backlog.offer(incoming(6, 0), now),
        Offer::Dropped(6),
        "three of the four are fetched already"
    );
    backlog.begin_lent(&0, now);
    assert_eq!((backlog.len(), backlog.resume_place().as_str(), backlog.pace(&0)), (3, "1", 10 * MS));
    // Time is over: one is in hand, one was fetched, two wait.
    assert_eq!((backlog.abandon(), backlog.len(), backlog.bytes()), (3, 0, 0));
    backlog.begin_lent(&0, now);
    backlog.finish(&0, now);
    assert!(backlog.is_settled());
    assert_eq!(backlog.resume_place().as_str(), "2", "3 was fetched, and is not settled");
}

#[test]
fn an_event_without_a_callback_is_settled_and_says_nothing_of_their_pace() {
    let mut now = Instant::now();
    let mut backlog = backlog(rules(10, OnFull::Wait));
    (1..=5).for_each(|event| _ = backlog.offer(incoming(event, 0), now));
    assert!(backlog.lend(&0, 3, &mut Vec::new()));
    backlog.begin_lent(&0, now);
    now += 10 * MS;
    backlog.pass_over_lent(&0, now);
    backlog.pass_over_lent(&0, now + 500 * MS);
    assert_eq!((backlog.pace(&0), backlog.resume_place().as_str()), (10 * MS, "3"));
    assert_eq!((backlog.len(), backlog.bytes()), (2, 20));
    backlog.finish(&0, now + 900 * MS);
    assert_eq!((backlog.pace(&0), backlog.resume_place().as_str()), (10 * MS, "3"));
    assert!(backlog.lend(&0, 3, &mut Vec::new()), "the next ones may begin");
    backlog.begin_lent(&0, now);
    backlog.pass_over_lent(&0, now);
    assert!(backlog.is_settled());
    assert_eq!(backlog.resume_place().as_str(), "5");
}

#[test]
fn what_is_held_back_is_not_lent_either() {
    let now = Instant::now();
    let mut backlog = backlog(rules(4, OnFull::Wait));
    backlog.offer(incoming(1, 0), now);
    backlog.offer(Incoming { connection: 1, ..incoming(2, 0) }, now);
    let mut lent = Vec::new();
    assert!(backlog.lend(&0, 10, &mut lent));
    backlog.begin_lent(&0, now);
    backlog.finish(&0, now);
    assert!(!backlog.lend(&0, 10, &mut lent) && !backlog.is_ready(&0));
    backlog.release(1);
    assert!(backlog.is_ready(&0) && backlog.lend(&0, 10, &mut lent));
    assert_eq!(lent, [1, 2]);
}

#[test]
fn what_was_abandoned_while_it_was_read_is_not_called() {
    let start = Instant::now();
    let until_end = Rules { places: Places::UntilEnd, ..rules(10, OnFull::DropBeyond(1_000 * MS)) };
    let mut backlog = backlog(until_end);
    backlog.offer(incoming(1, 0), start);
    let (lane, ticket, _) = backlog.begin_any(start).expect("an event");
    assert!(backlog.calls(&lane, ticket, start + 500 * MS));
    backlog.end(&lane, ticket, Ended::PassedOver, start + 500 * MS);
    backlog.offer(incoming(2, 0), start);
    let (lane, ticket, _) = backlog.begin_any(start).expect("an event");
    backlog.abandon();
    assert!(!backlog.calls(&lane, ticket, start));
}

#[test]
fn where_places_last_to_the_end_what_is_in_hand_counts() {
    let start = Instant::now();
    let mut backlog: Backlog<u32, u8> = backlog(Rules {
        places: Places::UntilEnd,
        concurrency: 4,
        ..rules(4, OnFull::DropBeyond(1_000 * MS))
    });
    for event in 0..4 {
        backlog.offer(incoming(event, 0), start);
        let (lane, ticket, _) = backlog.begin_any(start).expect("up to four at a time");
        backlog.under_way(&lane, ticket);
    }
    let Offer::Later(_, Some(until)) = backlog.offer(incoming(4, 0), start) else {
        panic!("it waits at first")
    };
    assert_eq!(until.duration_since(start), 250 * MS + Duration::from_nanos(1));
    assert_eq!(backlog.offer(incoming(4, 0), until), Offer::Dropped(4));
}

#[test]
fn an_event_begins_when_the_one_before_it_is_under_way() {
    let now = Instant::now();
    let mut backlog = backlog(Rules { places: Places::UntilEnd, concurrency: 2, ..rules(10, OnFull::Wait) });
    for (event, lane) in [(1, 0), (2, 0), (3, 0), (4, 1)] {
        backlog.offer(incoming(event, lane), now);
    }
    let (_, first, _) = backlog.begin_any(now).expect("an event");
    assert_eq!(
        backlog.begin_any(now).map(|(_, _, event)| event),
        Some(4),
        "another lane does not wait for it"
    );
    assert!(!backlog.is_any_ready());
    backlog.under_way(&0, first);
    let (_, second, event) = backlog.begin_any(now).expect("an event");
    assert_eq!(event, 2);
    assert!(backlog.end(&0, first, Ended::Called, now));
    assert!(!backlog.is_any_ready(), "the end of one says nothing of another");
    assert!(backlog.end(&0, second, Ended::Called, now), "who ends has begun");
    assert_eq!(backlog.begin_any(now).map(|(_, _, event)| event), Some(3));
}

#[test]
fn where_places_last_to_the_end_what_is_in_hand_is_abandoned_too() {
    let now = Instant::now();
    let mut backlog = backlog(Rules { places: Places::UntilEnd, ..rules(10, OnFull::Wait) });
    for event in 1..=3 {
        backlog.offer(incoming(event, 0), now);
    }
    let (lane, ticket, _) = backlog.begin_any(now).expect("an event");
    assert_eq!(backlog.abandon(), 3);
    assert!(backlog.is_settled() && !backlog.end(&lane, ticket, Ended::Called, now));
    assert_eq!((backlog.len(), backlog.bytes(), backlog.resume_place().as_str()), (0, 0, ""));
}

#[test]
fn events_are_held_back_until_their_connection_is_released() {
    let start = Instant::now();
    let mut backlog = backlog(rules(2, OnFull::DropBeyond(100 * MS)));
    backlog.hold_back(1, start);
    for event in 1..=2 {
        backlog.offer(Incoming { connection: 1, ..incoming(event, 0) }, start);
    }
    assert_eq!(begin(&mut backlog, 0, start), None);
    // An `on_connect` that is stuck does not hold the reader for ever either.
    let Offer::Later(_, Some(until)) = backlog.offer(Incoming { connection: 1, ..incoming(3, 0) }, start)
    else {
        panic!("it waits at first")
    };
    assert_eq!(backlog.offer(Incoming { connection: 1, ..incoming(3, 0) }, until), Offer::Dropped(3));
    backlog.release(1);
    assert_eq!(begin(&mut backlog, 0, start), Some(1));
}

#[test]
fn what_is_abandoned_is_not_settled() {
    let now = Instant::now();
    let mut backlog = backlog(rules(10, OnFull::Wait));
    for event in 1..=3 {
        backlog.offer(incoming(event, 0), now);
    }
    begin(&mut backlog, 0, now).expect("an event");
    backlog.close();
    assert!(!backlog.is_over_for(&0) && !backlog.is_settled());
    assert_eq!(backlog.abandon(), 2);
    assert!(backlog.is_over_for(&0) && !backlog.is_settled());
    assert_eq!(backlog.resume_place().as_str(), "");
    backlog.finish(&0, now);
    assert!(backlog.is_settled());
    assert_eq!(backlog.resume_place().as_str(), "1");
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Offer(u8),
    BeginAny,
    UnderWay,
    EndOldest,
    EndNewest,
    Pass,
    Wait(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_u8).prop_map(Step::Offer),
        3 => Just(Step::BeginAny),
        2 => Just(Step::UnderWay),
        2 => Just(Step::EndOldest),
        1 => Just(Step::EndNewest),
        1 => Just(Step::Pass),
        1 => (1..200_u8).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 0..200)
}

proptest! {
    /// Whatever happens: bounds hold, lanes keep their order, every event is dropped or begins once, and the place to
    /// resume from is that before the oldest event that is not settled.
    #[test]
    fn nothing_is_lost_or_reordered(steps in steps(), blocking in any::<bool>(), to_end in any::<bool>(), concurrency in 1..4_usize) {
        let overflow = if blocking { OnFull::Wait } else { OnFull::DropBeyond(50 * MS) };
        let places = if to_end { Places::UntilEnd } else { Places::UntilBegin };
        let mut backlog = backlog(Rules { places, concurrency, ..rules(5, overflow) });
        let mut now = Instant::now();
        let (mut next, mut running, mut unsettled) = (0_u32, Vec::new(), Vec::<u32>::new());
        let mut begun: [Vec<u32>; 3] = Default::default();
        for step in steps {
            match step {
                Step::Offer(lane) => {
                    next += 1;
                    match backlog.offer(incoming(next, lane), now) {
                        Offer::Taken => unsettled.push(next),
                        Offer::Dropped(event) => prop_assert!(!blocking && event == next),
                        Offer::Later(..) => next -= 1,
                    }
                }
                Step::BeginAny => if let Some((lane, ticket, event)) = backlog.begin_any(now) {
                    running.push((lane, ticket, event));
                    begun[usize::from(lane)].push(event);
                },
                Step::UnderWay => for (lane, ticket, _) in &running {
                    backlog.under_way(lane, *ticket);
                },
                Step::EndOldest | Step::EndNewest => if !running.is_empty() {
                    let at = if matches!(step, Step::EndOldest) { 0 } else { running.len() - 1 };
                    let (lane, ticket, event) = running.remove(at);
                    backlog.end(&lane, ticket, Ended::Called, now);
                    unsettled.retain(|other| *other != event);
                },
                Step::Pass => {
                    next += 1;
                    backlog.pass(next.to_string().as_str().into());
                }
                Step::Wait(ms) => now += MS * u32::from(ms),
            }
            prop_assert!(backlog.len() <= 5);
            for lane in 0..3_u8 {
                prop_assert!(running.iter().filter(|(of, ..)| *of == lane).count() <= concurrency);
            }
            let place = backlog.resume_place();
            match unsettled.first() {
                None => prop_assert_eq!(place.as_str(), if next == 0 { String::new() } else { next.to_string() }),
                Some(oldest) => prop_assert!(place.as_str().parse::<u32>().unwrap_or(0) == oldest - 1),
            }
        }
        for lane in &begun {
            prop_assert!(lane.is_sorted());
        }
    }
}

#[test]
fn without_a_lag_a_full_backlog_drops_though_nothing_tells_the_pace() {
    let now = Instant::now();
    let until_end = Rules { places: Places::UntilEnd, ..rules(1, OnFull::DropBeyond(Duration::ZERO)) };
    let mut backlog = backlog(until_end);
    assert_eq!(backlog.offer(incoming(1, 0), now), Offer::Taken);
    assert_eq!(backlog.offer(incoming(2, 1), now), Offer::Dropped(2));
}

#[test]
fn an_endless_lag_waits_without_end() {
    let now = Instant::now();
    let mut backlog = backlog(rules(1, OnFull::DropBeyond(Duration::MAX)));
    backlog.offer(incoming(1, 0), now);
    begin(&mut backlog, 0, now);
    backlog.offer(incoming(2, 0), now);
    assert_eq!(backlog.offer(incoming(3, 0), now + 1_000 * MS), Offer::Later(incoming(3, 0), None));
}
