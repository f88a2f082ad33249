//! The engine without a file: for tests, demonstrations, and connectors that may forget.

mod seen;
mod state;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use state::State;

use crate::writer::{Head, Store, Writer};
use crate::{
    CommitError, CommitFuture, Epoch, Log, Options, ReadError, ReadLimit, Receipt, Record, Sequence,
    Transaction, Waiting,
};

/// A log in memory. It keeps everything until it is dropped.
pub struct MemoryLog {
    epoch: Epoch,
    head: Arc<Head>,
    shared: Arc<Shared>,
    writer: Writer,
}

/// `None` once the log is closed.
type Shared = RwLock<Option<State>>;

impl MemoryLog {
    /// Makes an empty log.
    ///
    /// # Panics
    ///
    /// If the operating system gives no random bytes or no thread: a process without them can do nothing useful.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let head = Head::at(Sequence::START);
        let shared = Arc::new(RwLock::new(Some(State::new(&options))));
        let store = MemoryStore { shared: Arc::clone(&shared), head: Sequence::START };
        let writer =
            Writer::start(store, Arc::clone(&head), options).expect("no thread for the log's writer");
        let epoch = Epoch::random().expect("no random bytes for the log's epoch");
        Self { epoch, head, shared, writer }
    }

    fn reading<T>(&self, answer: impl FnOnce(&State) -> T) -> Result<T, ReadError> {
        let state = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        state.as_ref().map(answer).ok_or(ReadError::Closed)
    }
}

impl Log for MemoryLog {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn head(&self) -> Sequence {
        self.head.get()
    }

    fn commit(&self, transaction: Transaction) -> CommitFuture {
        self.writer.commit(transaction)
    }

    fn read(&self, product: &str, after: Sequence, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        let head = self.head.get();
        self.reading(|state| state.read(product, after, head, limit))
    }

    fn oldest(&self, product: &str) -> Result<Option<Sequence>, ReadError> {
        let head = self.head.get();
        self.reading(|state| state.oldest(product).filter(|&oldest| oldest <= head))
    }

    fn floor(&self, _product: &str) -> Result<Sequence, ReadError> {
        self.reading(|_| Sequence::START)
    }

    fn position_before(&self, product: &str, at_ms: u64) -> Result<Sequence, ReadError> {
        let head = self.head.get();
        self.reading(|state| state.position_before(product, at_ms, head))
    }

    fn state(&self, key: &str) -> Result<Option<Vec<u8>>, ReadError> {
        self.reading(|state| state.value(key))
    }

    fn states(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
        self.reading(|state| state.values(prefix))
    }

    fn waiting(&self) -> Result<Vec<Waiting>, ReadError> {
        self.reading(State::waiting)
    }

    fn close(&self) {
        self.writer.close();
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLog")
            .field("epoch", &self.epoch)
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}

/// The writer's end. Memory has no disk to wait for: a group is "durable" as soon as it is applied.
struct MemoryStore {
    shared: Arc<Shared>,
    head: Sequence,
}

impl Store for MemoryStore {
    fn write(&mut self, group: &[Transaction]) -> Result<Vec<Result<Receipt, CommitError>>, CommitError> {
        let mut guard = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        let state = guard.as_mut().ok_or(CommitError::Closed)?;
        let receipts = group.iter().map(|transaction| Ok(state.apply(transaction))).collect();
        self.head = state.head();
        Ok(receipts)
    }

    fn head(&self) -> Sequence {
        self.head
    }
}

impl Drop for MemoryStore {
    fn drop(&mut self) {
        *self.shared.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
