//! The durable event log of a connector, behind one small trait.
//!
//! Everything that a connector must not lose goes through a [`Log`]: the events that it has answered for and
//! that wait for their session's flush, the events that subscribers read, the state of sessions, and the memory
//! of what was seen before. A [`Transaction`] changes all of them at once, for one product; when its future
//! answers with a [`Receipt`], the change is durable.
//!
//! ```
//! use autoplay_log::{EventId, Log, MemoryLog, Options, ReadLimit, Sequence, Transaction};
//! use bytes::Bytes;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let log = MemoryLog::new(Options::default());
//! let receipt = log
//!     .commit(Transaction {
//!         product: "shop".into(),
//!         now_ms: 1_795_000_000_000,
//!         append: vec![Bytes::from_static(b"{\"type\":\"actions\"}")],
//!         ..Transaction::default()
//!     })
//!     .await?;
//! assert_eq!(receipt.appended, [Sequence(1)]);
//!
//! let records = log.read("shop", Sequence::START, ReadLimit::default())?;
//! let id = EventId { epoch: log.epoch(), sequence: records[0].sequence };
//! assert_eq!(id.to_string().parse(), Ok(id));
//! # Ok(())
//! # }
//! ```
//!
//! # What every engine promises
//!
//! * **Durable, then visible, then answered.** In this order: a group of transactions is made durable,
//!   [`Log::head`] moves, the [`Observer`] is called, the commits are answered. Nobody sees what a crash could
//!   take back.
//! * **All or nothing.** A transaction is there as a whole or not at all. One that fails does not take down those
//!   that happen to share its group.
//! * **One sequence.** All products share one rising [`Sequence`]; a number is never given twice, not even when
//!   the event that had it is gone.
//! * **Once.** What was seen within the memory's window is a [`Fate::Duplicate`], decided inside the transaction:
//!   what came before it in the same transaction or group counts.
//! * **Bounded.** The queue before the writer has a fixed length; beyond it a commit is refused at once with
//!   [`CommitError::Overloaded`].
//!
//! # Engines
//!
//! [`SqliteLog`] keeps one file in a directory of its own and loses nothing that it acknowledged, whatever is
//! killed. [`MemoryLog`] promises the same for as long as the process lives. Both run the same writer thread with
//! group commit and pass the same contract suite (`tests/contract`).
//!
//! A transaction belongs to one product so that an engine without transactions over several subjects can stand
//! behind the same trait. The clock is the caller's: times are arguments, in Unix milliseconds.

mod error;
mod id;
mod log;
mod memory;
mod options;
mod record;
mod sqlite;
mod transaction;
mod writer;

pub use error::{CommitError, OpenError, ReadError};
pub use id::{Epoch, EventId, ParseIdError, Sequence};
pub use log::{CommitFuture, Log};
pub use memory::MemoryLog;
pub use options::{Observer, Options};
pub use record::{ReadLimit, Record, Waiting};
pub use sqlite::SqliteLog;
pub use transaction::{Fate, Fingerprint, Incoming, Receipt, Transaction, WaitingId};
