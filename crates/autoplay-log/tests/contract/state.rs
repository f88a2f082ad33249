use autoplay_log::{Log, Transaction};

use crate::engine::{Engine, append, commit};

fn write(log: &dyn Log, changes: &[(&str, Option<&str>)]) {
    let state =
        changes.iter().map(|&(key, value)| (key.to_owned(), value.map(|value| value.as_bytes().to_vec())));
    commit(log, Transaction { state: state.collect(), ..append("p", 0, &[]) });
}

fn keys(log: &dyn Log, prefix: &str) -> Vec<String> {
    log.states(prefix).unwrap().into_iter().map(|(key, _)| key).collect()
}

pub(crate) fn state_is_put_replaced_and_deleted(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    write(&*log, &[("k", Some("one")), ("empty", Some(""))]);
    assert_eq!(log.state("k"), Ok(Some(b"one".to_vec())));
    assert_eq!(log.state("empty"), Ok(Some(vec![])));
    assert_eq!(log.state("K"), Ok(None));
    write(&*log, &[("k", Some("two"))]);
    assert_eq!(log.state("k"), Ok(Some(b"two".to_vec())));
    write(&*log, &[("k", None), ("never there", None)]);
    assert_eq!(log.state("k"), Ok(None));
    assert_eq!(keys(&*log, ""), ["empty"]);
}

pub(crate) fn states_are_found_by_prefix_in_order_of_bytes(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let all =
        ["", "a", "a/", "a/1", "a/10", "a/2", "a/\u{10ffff}", "a0", "b", "\u{e9}", "\u{10ffff}\u{10ffff}"];
    let changes: Vec<_> = all.iter().rev().map(|&key| (key, Some("v"))).collect();
    write(&*log, &changes);
    assert_eq!(keys(&*log, ""), all);
    assert_eq!(keys(&*log, "a/"), ["a/", "a/1", "a/10", "a/2", "a/\u{10ffff}"]);
    assert_eq!(keys(&*log, "a/1"), ["a/1", "a/10"]);
    assert_eq!(keys(&*log, "\u{10ffff}"), ["\u{10ffff}\u{10ffff}"]);
    assert_eq!(keys(&*log, "A"), [""; 0]);
    assert_eq!(keys(&*log, "%"), [""; 0]);
    assert_eq!(log.states("b"), Ok(vec![("b".into(), b"v".to_vec())]));
}

pub(crate) fn the_last_write_of_a_transaction_counts(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    write(&*log, &[("k", Some("one")), ("k", None), ("k", Some("two")), ("gone", Some("v")), ("gone", None)]);
    assert_eq!(log.states(""), Ok(vec![("k".into(), b"two".to_vec())]));
}
