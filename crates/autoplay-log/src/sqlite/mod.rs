//! The engine with a file: SQLite, and the only module that names it.
//!
//! ```text
//! DIR/log.sqlite       everything, in one file, so that one transaction covers it
//! DIR/log.sqlite-wal   what is durable and not yet moved into the file
//! DIR/log.lock         held while a process has the log open
//! ```
//!
//! * `connection` – how a connection is set up, and why
//! * `schema` – the tables, and the upgrade of older files
//! * `keys` – how product and position share one integer
//! * `store` – the writer's side: a group is a transaction, a request is a savepoint
//! * `apply` – what a request does
//! * `seen` – the memory of duplicates
//! * `spans` – finding a position by time
//! * `readers` – the pool of read connections, `queries` – what they ask
//! * `recovery` – what happens after a commit that failed

mod apply;
mod connection;
mod directory;
#[cfg(test)]
mod failure_tests;
#[cfg(test)]
mod file_tests;
mod keys;
mod queries;
mod readers;
mod recovery;
mod schema;
mod seen;
mod spans;
mod store;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use directory::Directory;
use readers::Readers;
use store::SqliteStore;

use crate::writer::{Head, Store, Writer};
use crate::{
    CommitFuture, Epoch, Log, OpenError, Options, ReadError, ReadLimit, Record, Sequence, Transaction,
    Waiting,
};

/// A log in a directory of its own. What it acknowledged is on disk.
///
/// Only one process can have it open. Other programs may read the file meanwhile, with SQLite's own tools for
/// instance; the view `readable_event` is made for that.
pub struct SqliteLog {
    epoch: Epoch,
    head: Arc<Head>,
    readers: Arc<Readers>,
    writer: Writer,
}

impl SqliteLog {
    /// Opens the log in `directory`. A directory that does not exist is made, with mode 0700; an empty one becomes a
    /// new log; a log of an older version is upgraded.
    pub fn open(directory: &Path, options: Options) -> Result<Self, OpenError> {
        let directory = Directory::open(directory)?;
        let (mut connection, readers) = connection::open_log(&directory)?;
        let epoch = schema::prepare(&mut connection, &directory)?;
        let readers = Arc::new(readers);
        let store = SqliteStore::new(connection, Arc::clone(&readers), directory, &options)?;
        let head = Head::at(store.head());
        let writer = Writer::start(store, Arc::clone(&head), options)
            .map_err(|source| OpenError::System { what: "start a thread", source })?;
        Ok(Self { epoch, head, readers, writer })
    }
}

impl Log for SqliteLog {
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
        // The head is taken before the file is looked at, here and below: what becomes durable meanwhile is for the
        // next call, so an answer never goes beyond a head that was published.
        let head = self.head.get();
        self.readers.ask(|connection| queries::read(connection, product, after, head, limit))
    }

    fn oldest(&self, product: &str) -> Result<Option<Sequence>, ReadError> {
        let head = self.head.get();
        self.readers.ask(|connection| queries::oldest(connection, product, head))
    }

    fn floor(&self, product: &str) -> Result<Sequence, ReadError> {
        self.readers.ask(|connection| queries::floor(connection, product))
    }

    fn position_before(&self, product: &str, at_ms: u64) -> Result<Sequence, ReadError> {
        let head = self.head.get();
        self.readers.ask(|connection| queries::position_before(connection, product, at_ms, head))
    }

    fn state(&self, key: &str) -> Result<Option<Vec<u8>>, ReadError> {
        self.readers.ask(|connection| queries::state(connection, key))
    }

    fn states(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
        self.readers.ask(|connection| queries::states(connection, prefix))
    }

    fn waiting(&self) -> Result<Vec<Waiting>, ReadError> {
        self.readers.ask(queries::waiting)
    }

    fn close(&self) {
        self.writer.close();
    }
}

impl fmt::Debug for SqliteLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLog")
            .field("epoch", &self.epoch)
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}
