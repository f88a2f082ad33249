use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use autoplay_log::{CommitError, Log, Observer, Options, ReadError, ReadLimit, Record, Sequence};

use crate::engine::{Engine, Gate, append, commit, wait};

pub(crate) fn after_closing_everything_is_closed(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    commit(&*log, append("p", 0, &["a"]));
    let epoch = log.epoch();
    log.close();
    assert_eq!(wait(log.commit(append("p", 0, &["b"]))), Err(CommitError::Closed));
    assert_eq!(log.read("p", Sequence::START, ReadLimit::default()), Err(ReadError::Closed));
    assert_eq!(log.oldest("p"), Err(ReadError::Closed));
    assert_eq!(log.floor("p"), Err(ReadError::Closed));
    assert_eq!(log.position_before("p", 0), Err(ReadError::Closed));
    assert_eq!(log.state("k"), Err(ReadError::Closed));
    assert_eq!(log.states(""), Err(ReadError::Closed));
    assert_eq!(log.waiting(), Err(ReadError::Closed));
    assert_eq!((log.head(), log.epoch()), (Sequence(1), epoch));
}

pub(crate) fn closing_finishes_what_was_taken(engine: &dyn Engine) {
    let (observer, gate) = Gate::observer();
    let log = engine.open(Options { observer: Some(observer), ..Options::default() });
    let held = gate.hold(&*log);
    let taken: Vec<_> = (0..10).map(|_| log.commit(append("p", 0, &["taken"]))).collect();
    thread::scope(|scope| {
        scope.spawn(|| log.close());
        gate.release();
    });
    wait(held).unwrap();
    for answer in taken {
        wait(answer).unwrap();
    }
    assert_eq!(log.head(), Sequence(11));
}

pub(crate) fn closing_twice_or_from_the_observer_is_allowed(engine: &dyn Engine) {
    let slot: Arc<OnceLock<Arc<dyn Log>>> = Arc::default();
    let closed = Arc::new(AtomicUsize::new(0));
    let observer: Observer = {
        let (slot, closed) = (Arc::clone(&slot), Arc::clone(&closed));
        Arc::new(move |_: &[Record]| {
            slot.get().unwrap().close();
            closed.fetch_add(1, Ordering::SeqCst);
        })
    };
    let log = engine.open(Options { observer: Some(observer), ..Options::default() });
    assert!(slot.set(Arc::clone(&log)).is_ok());
    commit(&*log, append("p", 0, &["the last one"]));
    log.close();
    log.close();
    assert_eq!(closed.load(Ordering::SeqCst), 1);
    assert_eq!(wait(log.commit(append("p", 0, &["too late"]))), Err(CommitError::Closed));
}
