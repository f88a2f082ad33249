use autoplay_log::{Fate, ReadLimit, Sequence, Transaction};
use bytes::Bytes;

use crate::engine::{Engine, Memory, append, commit, event, read_all, texts};

pub(crate) fn an_empty_log_answers_every_question(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    assert_eq!(log.head(), Sequence::START);
    assert_eq!(log.read("p", Sequence::START, ReadLimit::default()), Ok(vec![]));
    assert_eq!(log.oldest("p"), Ok(None));
    assert_eq!(log.floor("p"), Ok(Sequence::START));
    assert_eq!(log.position_before("p", 0), Ok(Sequence::START));
    assert_eq!(log.state("k"), Ok(None));
    assert_eq!(log.states(""), Ok(vec![]));
    assert_eq!(log.waiting(), Ok(vec![]));
}

pub(crate) fn appended_events_get_rising_sequences_and_come_back_in_order(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    assert_eq!(commit(&*log, append("p", 10, &["a", "b"])).appended, [Sequence(1), Sequence(2)]);
    assert_eq!(commit(&*log, append("p", 20, &["c"])).appended, [Sequence(3)]);
    assert_eq!(log.head(), Sequence(3));

    let records = read_all(&*log, "p");
    assert_eq!(texts(&records), [(1, "a"), (2, "b"), (3, "c")]);
    assert!(records.iter().all(|record| &*record.product == "p"));
    assert_eq!(records.iter().map(|record| record.at_ms).collect::<Vec<_>>(), [10, 10, 20]);
    assert_eq!(log.oldest("p"), Ok(Some(Sequence(1))));
}

pub(crate) fn products_share_one_sequence_and_nothing_else(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    for (product, body) in [("p", "p1"), ("q", "q2"), ("p", "p3"), ("r", "r4"), ("q", "q5")] {
        commit(&*log, append(product, 0, &[body]));
    }
    assert_eq!(texts(&read_all(&*log, "p")), [(1, "p1"), (3, "p3")]);
    assert_eq!(texts(&read_all(&*log, "q")), [(2, "q2"), (5, "q5")]);
    assert_eq!(log.oldest("r"), Ok(Some(Sequence(4))));
    assert_eq!(log.oldest("P"), Ok(None), "names are compared exactly");
    assert_eq!(log.head(), Sequence(5));
}

pub(crate) fn a_read_goes_on_after_any_position(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    for (product, body) in [("p", "1"), ("q", "2"), ("p", "3")] {
        commit(&*log, append(product, 0, &[body]));
    }
    let after = |position| {
        let records = log.read("p", Sequence(position), ReadLimit::default()).unwrap();
        records.iter().map(|record| record.sequence.0).collect::<Vec<_>>()
    };
    assert_eq!(after(0), [1, 3]);
    assert_eq!(after(1), [3]);
    assert_eq!(after(2), [3], "a position need not be an event of the product");
    for beyond in [3, 4, 1 << 45, (1 << 45) + 1, i64::MAX.cast_unsigned(), u64::MAX] {
        assert!(after(beyond).is_empty(), "after {beyond}");
    }
}

pub(crate) fn a_read_stops_at_its_limit_and_gives_at_least_one_event(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    commit(&*log, append("p", 0, &["12345", "1234", "", "12345678"]));
    let taken = |events, bytes| log.read("p", Sequence::START, ReadLimit { events, bytes }).unwrap().len();
    assert_eq!(taken(usize::MAX, usize::MAX), 4);
    assert_eq!(taken(2, usize::MAX), 2);
    assert_eq!(taken(usize::MAX, 9), 3, "an empty event costs nothing");
    assert_eq!(taken(usize::MAX, 8), 1);
    assert_eq!(taken(usize::MAX, 16), 3);
    assert_eq!(taken(usize::MAX, 17), 4);
    assert_eq!(taken(usize::MAX, 0), 1);
    assert_eq!(taken(0, usize::MAX), 1);
    assert_eq!(taken(0, 0), 1);
}

pub(crate) fn bodies_come_back_byte_for_byte(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let every_byte: Bytes = (0..=255).collect();
    let large: Bytes = (0..3_000_000_u32).map(|n| n.to_le_bytes()[usize::from(n % 3 == 0)]).collect();
    let bodies = vec![Bytes::new(), every_byte, large, Bytes::from_static("\u{0}\u{1f600}".as_bytes())];
    commit(&*log, Transaction { append: bodies.clone(), ..append("p", 0, &[]) });
    let read: Vec<Bytes> = read_all(&*log, "p").into_iter().map(|record| record.body).collect();
    assert!(read == bodies, "a body was changed");
}

pub(crate) fn a_transaction_with_nothing_in_it_is_answered(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    assert_eq!(commit(&*log, Transaction::default()), <_>::default());
    assert_eq!(log.head(), Sequence::START);
}

pub(crate) fn one_transaction_changes_everything_at_once(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let receipt = commit(
        &*log,
        Transaction {
            incoming: vec![event(1)],
            state: vec![("k".into(), Some(b"v".to_vec()))],
            ..append("p", 5, &["a"])
        },
    );
    assert!(matches!(receipt.incoming[..], [Fate::Waiting(_)]));
    assert_eq!(receipt.appended, [Sequence(1)]);
    assert_eq!(log.waiting().unwrap().len(), 1);
    assert_eq!(log.state("k"), Ok(Some(b"v".to_vec())));
}

pub(crate) fn any_text_is_a_good_name(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let names = [
        "",
        " ",
        "0",
        "a\0b",
        "a",
        "A",
        "'; DROP TABLE event; --",
        "%_*?",
        "\u{1f600}",
        "e\u{301}",
        "\u{e9}",
    ];
    for name in names {
        let state = vec![(format!("key {name}"), Some(name.as_bytes().to_vec()))];
        commit(&*log, Transaction { state, ..append(name, 0, &[name]) });
    }
    for name in names {
        let records = read_all(&*log, name);
        assert_eq!(records.len(), 1, "{name:?}");
        assert_eq!((&*records[0].product, &records[0].body[..]), (name, name.as_bytes()));
        assert_eq!(log.state(&format!("key {name}")), Ok(Some(name.as_bytes().to_vec())));
    }
}

pub(crate) fn a_log_has_its_own_epoch(engine: &dyn Engine) {
    assert_ne!(engine.open(<_>::default()).epoch(), Memory.open(<_>::default()).epoch());
}
