//! Whatever is committed, all engines give the same answers, also when the one with a file is opened anew in between.

use std::path::Path;

use autoplay_log::{
    Fingerprint, Incoming, Log, MemoryLog, Options, ReadLimit, Receipt, Sequence, SqliteLog, Transaction,
    WaitingId,
};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

const PRODUCTS: [&str; 3] = ["p", "q", "r"];

#[derive(Clone, Debug)]
enum Step {
    /// How much later, and what.
    Commit(u64, Transaction),
    Reopen,
}

fn options() -> Options {
    // Small, so that both bounds of the memory are met.
    Options { remember_ms: 50, remember_events: 5, ..Options::default() }
}

fn transaction() -> impl Strategy<Value = Transaction> {
    let body = || vec(any::<u8>(), 0..40).prop_map(Bytes::from);
    let incoming = (0..12_u8, proptest::option::of(body())).prop_map(|(number, body)| Incoming {
        fingerprint: Fingerprint([number; 16]),
        session: format!("session {number}"),
        body,
    });
    let state = ("[ab]{0,3}", proptest::option::of(vec(any::<u8>(), 0..20)));
    (
        prop::sample::select(&PRODUCTS[..]),
        vec(incoming, 0..6),
        vec(body(), 0..4),
        vec((0..20_u64).prop_map(WaitingId), 0..4),
        vec(state, 0..3),
    )
        .prop_map(|(product, incoming, append, settled, state)| Transaction {
            product: product.into(),
            now_ms: 0,
            incoming,
            append,
            settled,
            state,
        })
}

fn step() -> impl Strategy<Value = Step> {
    let commit = (0..30_u64, transaction()).prop_map(|(later, transaction)| Step::Commit(later, transaction));
    prop_oneof![8 => commit, 1 => Just(Step::Reopen)]
}

fn commit(log: &dyn Log, transaction: Transaction) -> Receipt {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(log.commit(transaction)).unwrap()
}

fn open(directory: &Path) -> SqliteLog {
    SqliteLog::open(directory, options()).unwrap()
}

fn assert_agree(a: &dyn Log, b: &dyn Log, now_ms: u64) {
    assert_eq!(a.head(), b.head());
    assert_eq!(a.waiting(), b.waiting());
    for prefix in ["", "a", "ab", "b"] {
        assert_eq!(a.states(prefix), b.states(prefix));
        assert_eq!(a.state(prefix), b.state(prefix));
    }
    for product in PRODUCTS {
        assert_eq!(a.oldest(product), b.oldest(product));
        assert_eq!(a.floor(product), b.floor(product));
        for after in [0, 1, a.head().0 / 2, a.head().0].map(Sequence) {
            for limit in [ReadLimit::default(), ReadLimit { events: 2, bytes: 30 }] {
                assert_eq!(a.read(product, after, limit), b.read(product, after, limit));
            }
        }
        for at_ms in [0, now_ms / 2, now_ms.saturating_sub(10), now_ms, now_ms + 1] {
            assert_eq!(a.position_before(product, at_ms), b.position_before(product, at_ms));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_engines_give_the_same_answers(steps in vec(step(), 1..24)) {
        let folder = TempDir::new().unwrap();
        let memory = MemoryLog::new(options());
        let mut sqlite = open(folder.path());
        let mut now_ms = 0;
        for step in steps {
            match step {
                Step::Commit(later, transaction) => {
                    now_ms += later;
                    let transaction = Transaction { now_ms, ..transaction };
                    prop_assert_eq!(commit(&memory, transaction.clone()), commit(&sqlite, transaction));
                }
                Step::Reopen => {
                    drop(sqlite);
                    sqlite = open(folder.path());
                }
            }
            assert_agree(&memory, &sqlite, now_ms);
        }
    }
}
