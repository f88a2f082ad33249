//! Group commit: one thread that makes durable, as one, whatever is waiting.
//!
//! While one group is on its way to the disk, the next one gathers in the queue. Under load the cost of an fsync is
//! shared by hundreds of transactions; a lone one waits for nobody.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle, ThreadId};

use tokio::sync::oneshot;

use crate::{CommitError, CommitFuture, Observer, Options, Receipt, Record, Sequence, Transaction};

/// What an engine does for the writer.
pub(crate) trait Store: Send + 'static {
    /// Applies the transactions in their order and makes them durable together. Each has a result of its own;
    /// an error of the whole means that nothing of the group was stored.
    fn write(&mut self, group: &[Transaction]) -> Result<Vec<Result<Receipt, CommitError>>, CommitError>;

    /// The last sequence that was given out durably.
    fn head(&self) -> Sequence;

    /// Housekeeping after a group was answered.
    fn tend(&mut self) {}
}

/// The head of a log, written by the writer and read by everyone.
#[derive(Debug, Default)]
pub(crate) struct Head(AtomicU64);

impl Head {
    pub(crate) fn at(sequence: Sequence) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(sequence.0)))
    }

    pub(crate) fn get(&self) -> Sequence {
        Sequence(self.0.load(Ordering::Acquire))
    }

    fn set(&self, sequence: Sequence) {
        self.0.store(sequence.0, Ordering::Release);
    }
}

/// The near end of the writer thread.
pub(crate) struct Writer {
    queue: RwLock<Option<SyncSender<Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    thread_id: ThreadId,
}

struct Request {
    transaction: Transaction,
    answer: oneshot::Sender<Result<Receipt, CommitError>>,
}

impl Writer {
    /// Starts the thread. The store is dropped on it, when all that was taken is finished.
    pub(crate) fn start(store: impl Store, head: Arc<Head>, options: Options) -> std::io::Result<Self> {
        let (sender, queue) = sync_channel(options.queue.max(1));
        let run = Run {
            store,
            head,
            queue,
            observer: options.observer,
            group: options.group.max(1),
            group_bytes: options.group_bytes,
            failing: false,
        };
        let thread = thread::Builder::new().name("autoplay-log".into()).spawn(move || run.until_closed())?;
        let thread_id = thread.thread().id();
        Ok(Self { queue: RwLock::new(Some(sender)), thread: Mutex::new(Some(thread)), thread_id })
    }

    pub(crate) fn commit(&self, transaction: Transaction) -> CommitFuture {
        let (answer, receipt) = oneshot::channel();
        match self.enqueue(Request { transaction, answer }) {
            // The sender only goes away unanswered if the thread died.
            Ok(()) => Box::pin(async move { receipt.await.unwrap_or_else(|_| Err(writer_gone())) }),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn enqueue(&self, request: Request) -> Result<(), CommitError> {
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        match queue.as_ref().ok_or(CommitError::Closed)?.try_send(request) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(CommitError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(writer_gone()),
        }
    }

    /// Ends the queue and waits until the thread has finished it.
    ///
    /// Called on the thread itself (by an observer that holds the last handle of its log) it can't wait: the thread
    /// then finishes after the observer returns.
    pub(crate) fn close(&self) {
        drop(self.queue.write().unwrap_or_else(PoisonError::into_inner).take());
        if thread::current().id() == self.thread_id {
            return;
        }
        // Held while joining, so that a second caller also waits for the end.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the log's writer thread panicked");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn writer_gone() -> CommitError {
    CommitError::Unavailable("its writer thread has ended; restart the process".into())
}

/// The far end: what the thread owns.
struct Run<S> {
    store: S,
    head: Arc<Head>,
    queue: Receiver<Request>,
    observer: Option<Observer>,
    group: usize,
    group_bytes: usize,
    /// Whether the last group failed: only the first and the last of a row of failures are logged.
    failing: bool,
}

type Answer = oneshot::Sender<Result<Receipt, CommitError>>;

impl<S: Store> Run<S> {
    fn until_closed(mut self) {
        while let Some((group, answers)) = self.gather() {
            self.commit(group, answers);
            self.store.tend();
        }
    }

    /// Waits for a transaction and takes along whatever else is there, up to the bounds.
    fn gather(&self) -> Option<(Vec<Transaction>, Vec<Answer>)> {
        let first = self.queue.recv().ok()?;
        let mut bytes = first.transaction.bytes();
        let mut group = vec![first.transaction];
        let mut answers = vec![first.answer];
        while group.len() < self.group && bytes < self.group_bytes {
            let Ok(next) = self.queue.try_recv() else { break };
            bytes += next.transaction.bytes();
            group.push(next.transaction);
            answers.push(next.answer);
        }
        Some((group, answers))
    }

    fn commit(&mut self, group: Vec<Transaction>, answers: Vec<Answer>) {
        let written = self.store.write(&group);
        self.log_change(written.as_ref().err());
        let results = written.unwrap_or_else(|error| vec![Err(error); group.len()]);
        self.head.set(self.store.head());
        self.observe(group, &results);
        for (answer, result) in answers.into_iter().zip(results) {
            // Whoever asked may have gone; what it asked for is durable all the same.
            let _ = answer.send(result);
        }
    }

    fn log_change(&mut self, error: Option<&CommitError>) {
        match error {
            Some(error) if !self.failing => tracing::error!(%error, "commits fail from here on"),
            None if self.failing => tracing::info!("commits succeed again"),
            _ => {}
        }
        self.failing = error.is_some();
    }

    fn observe(&self, group: Vec<Transaction>, results: &[Result<Receipt, CommitError>]) {
        let Some(observer) = &self.observer else { return };
        let records = appended(group, results);
        if records.is_empty() {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| observer(&records))).is_err() {
            tracing::error!(records = records.len(), "the log's observer panicked");
        }
    }
}

fn appended(group: Vec<Transaction>, results: &[Result<Receipt, CommitError>]) -> Vec<Record> {
    let mut records = Vec::new();
    for (transaction, result) in group.into_iter().zip(results) {
        let Ok(receipt) = result else { continue };
        if receipt.appended.is_empty() {
            continue;
        }
        let product: Arc<str> = transaction.product.into();
        let at_ms = transaction.now_ms;
        records.extend(
            transaction.append.into_iter().zip(&receipt.appended).map(|(body, &sequence)| Record {
                product: Arc::clone(&product),
                sequence,
                at_ms,
                body,
            }),
        );
    }
    records
}
