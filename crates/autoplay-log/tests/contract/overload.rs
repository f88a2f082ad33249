use autoplay_log::{CommitError, Options, Sequence};

use crate::engine::{Engine, Gate, append, commit, read_all, texts, wait};

pub(crate) fn overload_is_refused_at_once(engine: &dyn Engine) {
    let (observer, gate) = Gate::observer();
    let log = engine.open(Options { observer: Some(observer), queue: 3, ..Options::default() });
    let held = gate.hold(&*log);
    let taken: Vec<_> = ["a", "b", "c"].map(|body| log.commit(append("p", 0, &[body]))).into();
    // The writer stands still: only an answer at once comes at all.
    for _ in 0..3 {
        assert_eq!(wait(log.commit(append("p", 0, &["too many"]))), Err(CommitError::Overloaded));
    }
    gate.release();
    wait(held).unwrap();
    for answer in taken {
        wait(answer).unwrap();
    }
    commit(&*log, append("p", 0, &["d"]));
    assert_eq!(texts(&read_all(&*log, "p")), [(2, "a"), (3, "b"), (4, "c"), (5, "d")]);
}

pub(crate) fn what_was_taken_is_committed_although_nobody_waits_for_it(engine: &dyn Engine) {
    let log = engine.open(<_>::default());
    drop(log.commit(append("p", 0, &["a"])));
    commit(&*log, append("p", 0, &["b"]));
    assert_eq!(texts(&read_all(&*log, "p")), [(1, "a"), (2, "b")]);
}

pub(crate) fn commits_take_effect_in_the_order_of_the_calls(engine: &dyn Engine) {
    let log = engine.open(Options { group: 7, group_bytes: 20, ..Options::default() });
    let answers: Vec<_> = (0..100).map(|n: u32| log.commit(append("p", 0, &[&n.to_string()]))).collect();
    // Polled last to first: it is the call that counts.
    for (n, answer) in answers.into_iter().enumerate().rev() {
        assert_eq!(wait(answer).unwrap().appended, [Sequence(n as u64 + 1)]);
    }
}
