use autoplay_log::{Fate, Log, Transaction, WaitingId};

use crate::engine::{Engine, append, commit, event, mark, take_in};

fn ids(fates: &[Fate]) -> Vec<WaitingId> {
    let waiting = fates.iter().filter_map(|fate| match fate {
        Fate::Waiting(id) => Some(*id),
        Fate::Remembered | Fate::Duplicate => None,
    });
    waiting.collect()
}

fn settle(log: &dyn Log, settled: Vec<WaitingId>) {
    commit(log, Transaction { settled, ..append("p", 0, &[]) });
}

pub(crate) fn what_waits_is_given_in_order_of_arrival(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let mut expected = ids(&commit(&*log, take_in("q", 10, vec![event(1), mark(2), event(3)])).incoming);
    expected.extend(ids(&commit(&*log, take_in("p", 5, vec![event(4)])).incoming));
    expected.extend(ids(&commit(&*log, take_in("q", 7, vec![event(5)])).incoming));

    let waiting = log.waiting().unwrap();
    assert_eq!(waiting.iter().map(|event| event.id).collect::<Vec<_>>(), expected);
    let fields: Vec<_> = waiting
        .iter()
        .map(|waiting| (waiting.product.as_str(), waiting.session.as_str(), &waiting.body[..], waiting.at_ms))
        .collect();
    assert_eq!(
        fields,
        [
            ("q", "session 1", &b"event 1"[..], 10),
            ("q", "session 3", b"event 3", 10),
            ("p", "session 4", b"event 4", 5),
            ("q", "session 5", b"event 5", 7),
        ]
    );
}

pub(crate) fn settled_waiting_leaves_with_the_append(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let waiting = ids(&commit(&*log, take_in("p", 0, vec![event(1), event(2), event(3)])).incoming);
    let settled = vec![waiting[2], waiting[0]];
    commit(&*log, Transaction { settled, ..append("p", 1, &["batch"]) });
    let left: Vec<WaitingId> = log.waiting().unwrap().iter().map(|event| event.id).collect();
    assert_eq!(left, [waiting[1]]);
}

pub(crate) fn settling_what_does_not_wait_changes_nothing(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let waiting = ids(&commit(&*log, take_in("p", 0, vec![event(1), event(2)])).incoming);
    settle(&*log, vec![waiting[0], waiting[0], WaitingId(0), WaitingId(999), WaitingId(u64::MAX)]);
    settle(&*log, vec![waiting[0]]);
    assert_eq!(log.waiting().unwrap().len(), 1);
}

pub(crate) fn a_waiting_number_is_not_given_twice(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let first = ids(&commit(&*log, take_in("p", 0, vec![event(1), event(2)])).incoming);
    settle(&*log, first.clone());
    let second = ids(&commit(&*log, take_in("p", 0, vec![event(3)])).incoming);
    assert!(second[0] > first[1], "{second:?} after {first:?}");
}

pub(crate) fn what_one_transaction_takes_in_it_can_settle(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let first = ids(&commit(&*log, take_in("p", 0, vec![event(1)])).incoming);
    let settled = vec![WaitingId(first[0].0 + 1), first[0]];
    commit(&*log, Transaction { settled, ..take_in("p", 0, vec![event(2)]) });
    assert_eq!(log.waiting(), Ok(vec![]));
}
