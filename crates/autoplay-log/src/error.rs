/// Why a transaction was not committed. Nothing of it was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The queue before the writer is full. Occurs when the disk is slower than what comes in; later it may go well.
    #[error("the log's queue is full: try again later")]
    Overloaded,
    /// The log could not be written, such as on a full disk. It goes on by itself when the cause is gone; until then
    /// the same transaction may be tried again.
    #[error("the log can't be written: {0}")]
    Unavailable(String),
    /// The engine can't store this transaction, ever: trying again is of no use. Others are not concerned.
    #[error("the log refuses this transaction: {0}")]
    Refused(String),
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The log could not be read.
    #[error("the log can't be read: {0}")]
    Unavailable(String),
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}
