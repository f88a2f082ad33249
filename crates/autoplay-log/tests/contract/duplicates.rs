use autoplay_log::{Fate, Log, Options};

use crate::engine::{Engine, Gate, append, commit, event, mark, take_in, wait};

const HOUR_MS: u64 = 3_600_000;

fn is_new(log: &dyn Log, now_ms: u64, number: u64) -> bool {
    commit(log, take_in("p", now_ms, vec![mark(number)])).incoming == [Fate::Remembered]
}

pub(crate) fn a_duplicate_is_found_within_a_request(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let receipt = commit(&*log, take_in("p", 0, vec![event(1), mark(2), event(1), event(2), mark(3)]));
    let [Fate::Waiting(_), Fate::Remembered, Fate::Duplicate, Fate::Duplicate, Fate::Remembered] =
        receipt.incoming[..]
    else {
        panic!("{receipt:?}");
    };
    assert_eq!(log.waiting().unwrap().len(), 1);
}

pub(crate) fn a_duplicate_is_found_across_requests(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    assert!(is_new(&*log, 0, 1));
    assert!(is_new(&*log, 0, 2));
    assert!(!is_new(&*log, 1, 1));
    assert!(!is_new(&*log, 1, 2));
}

pub(crate) fn a_duplicate_is_found_within_a_group(engine: &dyn Engine) {
    let (observer, gate) = Gate::observer();
    let log = engine.open(Options { observer: Some(observer), ..Options::default() });
    let held = gate.hold(&*log);
    let first = log.commit(take_in("p", 0, vec![event(1)]));
    let second = log.commit(take_in("p", 0, vec![event(1), event(2)]));
    let third = log.commit(take_in("p", 0, vec![event(2)]));
    gate.release();
    wait(held).unwrap();
    assert!(matches!(wait(first).unwrap().incoming[..], [Fate::Waiting(_)]));
    assert!(matches!(wait(second).unwrap().incoming[..], [Fate::Duplicate, Fate::Waiting(_)]));
    assert_eq!(wait(third).unwrap().incoming, [Fate::Duplicate]);
}

pub(crate) fn duplicates_belong_to_a_product(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    assert_eq!(commit(&*log, take_in("p", 0, vec![mark(1)])).incoming, [Fate::Remembered]);
    assert_eq!(commit(&*log, take_in("q", 0, vec![mark(1)])).incoming, [Fate::Remembered]);
    assert_eq!(commit(&*log, take_in("q", 0, vec![mark(1)])).incoming, [Fate::Duplicate]);
}

pub(crate) fn a_duplicate_leaves_nothing_behind(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    commit(&*log, take_in("p", 0, vec![event(1)]));
    let before = log.waiting().unwrap();
    commit(&*log, take_in("p", 5, vec![event(1)]));
    assert_eq!(log.waiting().unwrap(), before);
}

pub(crate) fn expired_memory_forgets(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    assert!(is_new(&*log, HOUR_MS, 1));
    assert!(!is_new(&*log, 7 * HOUR_MS, 1), "six hours are remembered to the last millisecond");
    assert!(is_new(&*log, 7 * HOUR_MS + 1, 1));
    assert!(!is_new(&*log, 7 * HOUR_MS + 2, 1), "and then it is remembered anew");
    assert!(!is_new(&*log, 13 * HOUR_MS + 1, 1));
    assert!(is_new(&*log, 13 * HOUR_MS + 2, 1));
}

pub(crate) fn a_duplicate_does_not_renew_the_memory(engine: &dyn Engine) {
    let log = engine.open(Options { remember_ms: 100, ..Options::default() });
    assert!(is_new(&*log, 0, 1));
    assert!(!is_new(&*log, 90, 1));
    assert!(is_new(&*log, 101, 1));
}

pub(crate) fn a_clock_set_back_does_not_make_it_forget(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    assert!(is_new(&*log, 10 * HOUR_MS, 1));
    assert!(is_new(&*log, 9 * HOUR_MS, 2));
    assert!(!is_new(&*log, 0, 1));
    assert!(!is_new(&*log, 0, 2));
    assert!(!is_new(&*log, 15 * HOUR_MS, 2));
    assert!(is_new(&*log, 15 * HOUR_MS + 1, 2), "each has its own time");
    assert!(!is_new(&*log, 15 * HOUR_MS + 1, 1));
}

pub(crate) fn the_memory_has_a_greatest_size(engine: &dyn Engine) {
    let log = engine.open(Options { remember_events: 3, ..Options::default() });
    for number in 1..=4 {
        assert!(is_new(&*log, 0, number));
    }
    assert_eq!(commit(&*log, take_in("q", 0, vec![mark(9)])).incoming, [Fate::Remembered]);
    for number in 2..=4 {
        assert!(!is_new(&*log, 0, number), "{number}");
    }
    assert!(is_new(&*log, 0, 1), "the oldest makes room");
    assert!(is_new(&*log, 0, 2));
    assert_eq!(commit(&*log, take_in("q", 0, vec![mark(9)])).incoming, [Fate::Duplicate]);
}

pub(crate) fn much_that_expires_at_once_is_forgotten_all_the_same(engine: &dyn Engine) {
    let log = engine.open(Options { remember_ms: 100, ..Options::default() });
    let many = 3_000;
    commit(&*log, take_in("p", 0, (0..many).map(mark).collect()));
    commit(&*log, append("q", 101, &["an hour later, elsewhere"]));
    for number in [0, 1, many / 2, many - 1] {
        assert!(is_new(&*log, 101, number), "{number}");
        assert!(!is_new(&*log, 101, number), "{number}");
    }
    for turn in 0..100 {
        commit(&*log, append("q", 102 + turn, &["some steps of forgetting"]));
    }
    assert!(!is_new(&*log, 150, 0), "what was seen since is not forgotten with it");
    assert!(!is_new(&*log, 150, many - 1));
    assert!(is_new(&*log, 150, 2));
}
