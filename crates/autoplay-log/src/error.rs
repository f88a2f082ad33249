use std::io;
use std::path::PathBuf;

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

/// Why a log in a directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory can't be made, or its files not created in it.
    #[error("the log's directory {} can't be used", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process, or another log of this one, has it open.
    #[error("the log in {} is in use by {holder}: stop it, or choose another directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// Who has it, as far as known.
        holder: String,
    },
    /// The file belongs to another program.
    #[error("{} is no event log: choose another directory", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this program.
    #[error(
        "the log {} has version {found}, this program knows versions up to {supported}: use a newer program",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version that it has.
        found: usize,
        /// The highest version that can be read.
        supported: usize,
    },
    /// The file can't be read or written, or it is damaged.
    #[error("the log {} can't be opened: {reason}", path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the engine says.
        reason: String,
    },
    /// The operating system refused something that the log needs.
    #[error("the operating system can't {what}")]
    System {
        /// What was asked of it.
        what: &'static str,
        /// What it says.
        source: io::Error,
    },
}
