use autoplay_log::{Log, Sequence};

use crate::engine::{Engine, append, commit, read_all};

/// The contract, word by word: everything since then comes after the position, and a higher one would lose the first.
pub(crate) fn assert_position(log: &dyn Log, product: &str, at_ms: u64) {
    let records = read_all(log, product);
    let first = records.iter().find(|record| record.at_ms >= at_ms);
    let expected = first.map_or(log.head(), |record| Sequence(record.sequence.0 - 1));
    assert_eq!(log.position_before(product, at_ms), Ok(expected), "{product} at {at_ms}");
}

pub(crate) fn a_position_by_time_gives_all_events_since(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    for (product, now_ms) in [("p", 10), ("q", 15), ("p", 20), ("p", 20), ("q", 30)] {
        commit(&*log, append(product, now_ms, &["event"]));
    }
    for at_ms in [0, 9, 10, 11, 15, 16, 20, 21, 30, 31, i64::MAX.cast_unsigned(), u64::MAX] {
        assert_position(&*log, "p", at_ms);
        assert_position(&*log, "q", at_ms);
    }
    assert_eq!(log.position_before("p", 10), Ok(Sequence(0)));
    assert_eq!(log.position_before("p", 11), Ok(Sequence(2)));
    assert_eq!(log.position_before("p", 21), Ok(Sequence(5)));
    assert_eq!(log.position_before("unheard of", 0), Ok(Sequence(5)));
}

pub(crate) fn a_position_by_time_allows_for_clocks_that_were_set_back(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    let times = [50, 60, 10, 20, 9_000, 30, 40, 253_402_300_799_000, 70];
    for now_ms in times {
        commit(&*log, append("p", now_ms, &["event"]));
    }
    for at_ms in times.iter().flat_map(|&at_ms| [at_ms - 1, at_ms, at_ms + 1]) {
        assert_position(&*log, "p", at_ms);
    }
}

pub(crate) fn a_position_by_time_finds_its_way_in_a_long_log(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    fill(&*log);
    assert_positions(&*log);
}

/// Several thousand events of two products, with a clock that stumbles.
pub(crate) fn fill(log: &dyn Log) {
    for turn in 0..60_u64 {
        let now_ms = 100_000 + turn * 700 - if turn % 7 == 0 { 5_000 } else { 0 };
        commit(log, append("p", now_ms, &["event"; 97]));
        commit(log, append("q", now_ms + 1, &["event"; 3]));
    }
}

pub(crate) fn assert_positions(log: &dyn Log) {
    for at_ms in (94_000..144_000).step_by(650) {
        assert_position(log, "p", at_ms);
        assert_position(log, "q", at_ms);
    }
}
