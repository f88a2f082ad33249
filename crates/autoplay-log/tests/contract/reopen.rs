use autoplay_log::{Fate, OpenError, Options, Sequence, Transaction, WaitingId};

use crate::engine::{Engine, Sqlite, append, commit, event, mark, read_all, take_in, texts};
use crate::time;

pub(crate) fn everything_is_there_after_reopening(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let state = vec![("k".into(), Some(b"v".to_vec())), ("gone".into(), None)];
    commit(&*log, Transaction { state, incoming: vec![event(1), event(2)], ..append("p", 10, &["a", "b"]) });
    commit(&*log, append("q", 20, &["c"]));
    let (epoch, head, waiting) = (log.epoch(), log.head(), log.waiting().unwrap());
    log.close();

    let log = engine.open(<_>::default());
    assert_eq!((log.epoch(), log.head()), (epoch, head));
    assert_eq!(log.waiting(), Ok(waiting));
    assert_eq!(log.states(""), Ok(vec![("k".into(), b"v".to_vec())]));
    assert_eq!(texts(&read_all(&*log, "p")), [(1, "a"), (2, "b")]);
    assert_eq!(texts(&read_all(&*log, "q")), [(3, "c")]);
    assert_eq!(read_all(&*log, "q")[0].at_ms, 20);
}

pub(crate) fn sequences_are_not_reused_after_reopening(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let receipt = commit(&*log, Transaction { incoming: vec![event(1)], ..append("p", 0, &["a"]) });
    let [Fate::Waiting(WaitingId(first))] = receipt.incoming[..] else { panic!("{receipt:?}") };
    commit(&*log, Transaction { settled: vec![WaitingId(first)], ..append("p", 0, &[]) });
    log.close();

    let log = engine.open(<_>::default());
    let receipt = commit(&*log, Transaction { incoming: vec![event(2)], ..append("q", 0, &["b"]) });
    assert_eq!(receipt.appended, [Sequence(2)]);
    assert_eq!(receipt.incoming, [Fate::Waiting(WaitingId(first + 1))]);
    log.close();
    assert_eq!(engine.open(<_>::default()).head(), Sequence(2));
}

pub(crate) fn a_duplicate_is_found_after_reopening(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    commit(&*log, take_in("p", 100, vec![event(1), mark(2)]));
    log.close();

    let log = engine.open(<_>::default());
    let receipt = commit(&*log, take_in("p", 200, vec![event(1), event(2), mark(3)]));
    assert_eq!(receipt.incoming, [Fate::Duplicate, Fate::Duplicate, Fate::Remembered]);
    drop(log);

    let log = engine.open(<_>::default());
    assert_eq!(commit(&*log, take_in("p", 300, vec![mark(3), mark(1)])).incoming, [Fate::Duplicate; 2]);
    assert_eq!(commit(&*log, take_in("q", 300, vec![mark(1)])).incoming, [Fate::Remembered]);
}

pub(crate) fn expired_memory_is_forgotten_after_reopening(engine: &dyn Engine) {
    let options = || Options { remember_ms: 100, ..Options::default() };
    let log = engine.open(options());
    commit(&*log, take_in("p", 0, (0..1_000).map(mark).collect()));
    commit(&*log, take_in("p", 50, vec![mark(1_000)]));
    log.close();

    let log = engine.open(options());
    let receipt = commit(&*log, take_in("p", 101, vec![mark(0), mark(999), mark(1_000), mark(0)]));
    assert_eq!(receipt.incoming, [Fate::Remembered, Fate::Remembered, Fate::Duplicate, Fate::Duplicate]);
    for turn in 0..50 {
        commit(&*log, take_in("p", 160 + turn / 2, vec![mark(2_000 + turn)]));
    }
    log.close();

    let log = engine.open(options());
    let receipt = commit(&*log, take_in("p", 201, vec![mark(0), mark(1_000), mark(2_000)]));
    assert_eq!(receipt.incoming, [Fate::Duplicate, Fate::Remembered, Fate::Duplicate]);
}

pub(crate) fn dropping_the_log_releases_it(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let answer = log.commit(append("p", 0, &["a"]));
    drop(log);
    assert_eq!(engine.open(<_>::default()).head(), Sequence(1));
    drop(answer);
}

pub(crate) fn a_second_opener_is_refused(engine: &Sqlite) {
    let log = engine.open(<_>::default());
    let error = engine.try_open().unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    commit(&*log, append("p", 0, &["the first one goes on"]));
    log.close();
    engine.try_open().unwrap();
}

pub(crate) fn positions_by_time_survive_reopening(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    time::fill(&*log);
    log.close();
    let log = engine.open(<_>::default());
    time::assert_positions(&*log);
    commit(&*log, append("p", 120_000, &["once more"]));
    time::assert_positions(&*log);
}
