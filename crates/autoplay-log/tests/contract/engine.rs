use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use autoplay_log::{
    CommitError, CommitFuture, Fingerprint, Incoming, Log, MemoryLog, Observer, Options, ReadLimit, Receipt,
    Record, Sequence, SqliteLog, Transaction,
};
use bytes::Bytes;
use tempfile::TempDir;

/// What the promises are tested on. An engine with a file opens the same log again.
pub(crate) trait Engine {
    fn open(&self, options: Options) -> Arc<dyn Log>;
}

pub(crate) struct Memory;

impl Engine for Memory {
    fn open(&self, options: Options) -> Arc<dyn Log> {
        Arc::new(MemoryLog::new(options))
    }
}

pub(crate) struct Sqlite(TempDir);

impl Sqlite {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn try_open(&self) -> Result<SqliteLog, autoplay_log::OpenError> {
        SqliteLog::open(self.0.path(), Options::default())
    }
}

impl Engine for Sqlite {
    fn open(&self, options: Options) -> Arc<dyn Log> {
        Arc::new(SqliteLog::open(self.0.path(), options).unwrap())
    }
}

/// No wait in these tests is longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn wait(answer: CommitFuture) -> Result<Receipt, CommitError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await.expect("no answer to a commit") })
}

pub(crate) fn commit(log: &dyn Log, transaction: Transaction) -> Receipt {
    wait(log.commit(transaction)).unwrap()
}

pub(crate) fn append(product: &str, now_ms: u64, bodies: &[&str]) -> Transaction {
    let append = bodies.iter().map(|body| Bytes::copy_from_slice(body.as_bytes())).collect();
    Transaction { product: product.into(), now_ms, append, ..Transaction::default() }
}

pub(crate) fn take_in(product: &str, now_ms: u64, incoming: Vec<Incoming>) -> Transaction {
    Transaction { product: product.into(), now_ms, incoming, ..Transaction::default() }
}

/// An event that waits.
pub(crate) fn event(number: u64) -> Incoming {
    let body = Some(Bytes::from(format!("event {number}")));
    Incoming { fingerprint: fingerprint(number), session: format!("session {number}"), body }
}

/// An event that is only remembered.
pub(crate) fn mark(number: u64) -> Incoming {
    Incoming { fingerprint: fingerprint(number), session: String::new(), body: None }
}

pub(crate) fn fingerprint(number: u64) -> Fingerprint {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Fingerprint(bytes)
}

pub(crate) fn read_all(log: &dyn Log, product: &str) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::new();
    loop {
        let after = all.last().map_or(Sequence::START, |record| record.sequence);
        let next = log.read(product, after, ReadLimit::default()).unwrap();
        if next.is_empty() {
            return all;
        }
        all.extend(next);
    }
}

pub(crate) fn texts(records: &[Record]) -> Vec<(u64, &str)> {
    records.iter().map(|record| (record.sequence.0, str::from_utf8(&record.body).unwrap())).collect()
}

/// Holds the writer: while its observer waits for `release`, whatever is committed gathers in the queue.
pub(crate) struct Gate {
    held: Receiver<()>,
    release: Sender<()>,
}

impl Gate {
    /// An observer that stops at an event with the body `hold`.
    pub(crate) fn observer() -> (Observer, Self) {
        let (holding, held) = channel();
        let (release, released) = channel();
        let ends = std::sync::Mutex::new((holding, released));
        let observer: Observer = Arc::new(move |records: &[Record]| {
            if records.iter().any(|record| &record.body[..] == b"hold") {
                let ends = ends.lock().unwrap();
                ends.0.send(()).unwrap();
                ends.1.recv_timeout(PATIENCE).expect("nobody released the writer");
            }
        });
        (observer, Self { held, release })
    }

    /// Sends the writer into the observer and returns when it is there.
    pub(crate) fn hold(&self, log: &dyn Log) -> CommitFuture {
        let answer = log.commit(append("hold", 0, &["hold"]));
        self.held.recv_timeout(PATIENCE).expect("the writer did not come");
        answer
    }

    pub(crate) fn release(&self) {
        self.release.send(()).unwrap();
    }
}
