use std::pin::Pin;

use crate::{CommitError, Epoch, ReadError, ReadLimit, Receipt, Record, Sequence, Transaction, Waiting};

/// The answer to a commit, once it is durable or has failed.
///
/// The transaction is in the writer's queue (or refused) as soon as [`Log::commit`] returns, in the order of the
/// calls; polling is only needed to learn of the answer, and dropping the future takes nothing back.
pub type CommitFuture = Pin<Box<dyn Future<Output = Result<Receipt, CommitError>> + Send>>;

/// A durable event log. See the [crate's documentation](crate) for what every engine promises.
///
/// All methods but [`commit`](Log::commit), [`epoch`](Log::epoch) and [`head`](Log::head) may block for the time of
/// a short disk access: call them where blocking is allowed.
pub trait Log: Send + Sync + 'static {
    /// Which log this is; part of every id.
    fn epoch(&self) -> Epoch;

    /// The highest durable sequence, or that of the last event that there ever was. It never falls.
    fn head(&self) -> Sequence;

    /// Hands a transaction to the writer.
    fn commit(&self, transaction: Transaction) -> CommitFuture;

    /// The product's events after a position, in order, up to the head and within the limit. An empty answer means
    /// that there is nothing more at present.
    fn read(&self, product: &str, after: Sequence, limit: ReadLimit) -> Result<Vec<Record>, ReadError>;

    /// The product's oldest event that is still there.
    fn oldest(&self, product: &str) -> Result<Option<Sequence>, ReadError>;

    /// The highest sequence that retention has taken from the product, [`Sequence::START`] if none: a position
    /// below it has lost events.
    fn floor(&self, product: &str) -> Result<Sequence, ReadError>;

    /// The highest position from which reading on gives every event of the product that was appended at `at_ms` or
    /// later. Clocks that were set back are allowed for: the first such event counts, wherever it stands.
    fn position_before(&self, product: &str, at_ms: u64) -> Result<Sequence, ReadError>;

    /// The state under a key.
    fn state(&self, key: &str) -> Result<Option<Vec<u8>>, ReadError>;

    /// All state whose key begins with `prefix`, in the byte order of the keys.
    fn states(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, ReadError>;

    /// All that waits, of all products, in order of arrival.
    fn waiting(&self) -> Result<Vec<Waiting>, ReadError>;

    /// Takes no more commits, finishes those taken, and releases what the log holds. Further calls of any method
    /// that can fail answer `Closed`. Closing twice is allowed; both calls return when it is done. Dropping the log
    /// does the same.
    fn close(&self);
}
