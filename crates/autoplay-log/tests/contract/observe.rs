use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use autoplay_log::{Log, Observer, Options, ReadLimit, Record, Sequence};

use crate::engine::{Engine, append, commit, read_all, wait};

const THREADS: u64 = 8;
const COMMITS: u64 = 60;

/// Commits from many threads, several at a time, to two products.
fn storm(log: &Arc<dyn Log>) {
    thread::scope(|scope| {
        for number in 0..THREADS {
            scope.spawn(move || {
                for turn in 0..COMMITS / 4 {
                    let product = if (number + turn) % 2 == 0 { "p" } else { "q" };
                    let answers: Vec<_> = (0..4)
                        .map(|part| {
                            let body = format!("{number} {turn} {part}");
                            log.commit(append(product, turn, &[&body, &body]))
                        })
                        .collect();
                    for answer in answers {
                        let appended = wait(answer).unwrap().appended;
                        assert_eq!(appended[0].0 + 1, appended[1].0, "a request's sequences have no hole");
                    }
                }
            });
        }
    });
}

fn collector() -> (Observer, Arc<Mutex<Vec<Record>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let collected = Arc::clone(&told);
    (Arc::new(move |records: &[Record]| collected.lock().unwrap().extend_from_slice(records)), told)
}

pub(crate) fn the_observer_gets_everything_once_and_in_order(engine: &dyn Engine) {
    let (observer, told) = collector();
    let log = engine.open(Options { observer: Some(observer), ..Options::default() });
    storm(&log);
    log.close();
    drop(log);

    let told = told.lock().unwrap();
    let sequences: Vec<u64> = told.iter().map(|record| record.sequence.0).collect();
    assert_eq!(sequences, (1..=2 * THREADS * COMMITS).collect::<Vec<_>>());
}

pub(crate) fn the_observer_sees_what_it_is_told_of_and_nobody_was_answered_before(engine: &dyn Engine) {
    let slot: Arc<OnceLock<Arc<dyn Log>>> = Arc::default();
    let (seen, answered) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let observer: Observer = {
        let (slot, seen, answered) = (Arc::clone(&slot), Arc::clone(&seen), Arc::clone(&answered));
        Arc::new(move |records: &[Record]| {
            let log = slot.get().unwrap();
            let read = log.read("p", records[0].sequence.before(), ReadLimit::default()).unwrap();
            seen.lock().unwrap().push((read == records, log.head(), answered.load(Ordering::SeqCst)));
        })
    };
    let log = engine.open(Options { observer: Some(observer), ..Options::default() });
    assert!(slot.set(Arc::clone(&log)).is_ok());
    commit(&*log, append("p", 7, &["a", "b"]));
    answered.store(true, Ordering::SeqCst);
    assert_eq!(*seen.lock().unwrap(), [(true, Sequence(2), false)]);
    log.close();
}

pub(crate) fn readers_never_see_beyond_the_head(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reached = Sequence::START;
            let mut reads = 0;
            // Once more after the end, so that it certainly meets the last event.
            loop {
                let last = done.load(Ordering::SeqCst);
                let before = log.head();
                assert!(before >= reached, "the head fell or a read went beyond it");
                for record in log.read("p", reached, ReadLimit { events: 7, bytes: 1_000 }).unwrap() {
                    assert!(record.sequence > reached);
                    reached = record.sequence;
                }
                assert!(log.head() >= reached, "a read went beyond the head");
                assert!(log.oldest("p").unwrap() <= Some(log.head()));
                reads += 1;
                if last && log.read("p", reached, ReadLimit::default()).unwrap().is_empty() {
                    return reads;
                }
            }
        });
        storm(&log);
        done.store(true, Ordering::SeqCst);
        assert!(reader.join().unwrap() > 1);
    });
    let all = read_all(&*log, "p").len() + read_all(&*log, "q").len();
    assert_eq!(all as u64, 2 * THREADS * COMMITS);
}

pub(crate) fn a_panicking_observer_ends_nothing(engine: &dyn Engine) {
    let observer: Observer = Arc::new(|records: &[Record]| {
        assert!(&records[0].body[..] != b"bad", "an observer that fails");
    });
    let log = engine.open(Options { observer: Some(observer), ..Options::default() });
    commit(&*log, append("p", 0, &["bad"]));
    commit(&*log, append("p", 0, &["good"]));
    assert_eq!(read_all(&*log, "p").len(), 2);
}
