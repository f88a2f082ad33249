use std::sync::Arc;

use rusqlite::Connection;

use super::apply::{ApplyError, Cache, Counters};
use super::connection::storage;
use super::directory::Directory;
use super::readers::Readers;
use super::recovery::{Connections, RecoveryError, Trouble, is_of_disk};
use crate::writer::Store;
use crate::{CommitError, OpenError, Options, Receipt, Sequence, Transaction};

/// From so many pages on (16 MiB) the WAL is moved into the file. Rarely enough that pages which every commit touches
/// are moved once for many commits, often enough that it is done in milliseconds.
const CHECKPOINT_FRAMES: u64 = 2_048;

/// How many rows of the memory of duplicates are forgotten with a group, beside as many as came in with it twice.
const FORGET_AT_ONCE: usize = 64;

/// The writer's side of the file.
pub(super) struct SqliteStore {
    /// `None` while the file can't be opened again after a failure.
    connections: Option<Connections>,
    trouble: Option<Trouble>,
    counters: Counters,
    cache: Cache,
    readers: Arc<Readers>,
    directory: Directory,
}

impl SqliteStore {
    pub(super) fn new(
        writer: Connection,
        readers: Arc<Readers>,
        directory: Directory,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let path = directory.database();
        let failed = |error: rusqlite::Error| storage(&path, &error);
        let counters = Counters::load(&writer).map_err(failed)?;
        let cache = Cache::load(&writer, options).map_err(failed)?;
        let connections = Connections::open(writer, &directory).map_err(failed)?;
        Ok(Self { connections: Some(connections), trouble: None, counters, cache, readers, directory })
    }

    /// After a failure: makes the connection fit again, and reads from the file what the file decides.
    fn recover(&mut self) -> Result<(), RecoveryError> {
        let Some(trouble) = self.trouble else {
            return Ok(());
        };
        Connections::recover(&mut self.connections, trouble, &self.readers, &self.directory)?;
        if let Some(connections) = &self.connections {
            self.counters = Counters::load(&connections.writer)?;
        }
        self.cache.doubt_all();
        self.trouble = None;
        Ok(())
    }

    fn write_group(
        &mut self,
        group: &[Transaction],
    ) -> Result<Vec<Result<Receipt, CommitError>>, ApplyError> {
        let Some(Connections { writer, .. }) = &self.connections else {
            unreachable!("recovery opens the connections or fails");
        };
        let mut counters = self.counters;
        writer.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut results = Vec::with_capacity(group.len());
        for request in group {
            results.push(apply_alone(writer, &mut self.cache, &mut counters, request)?);
        }
        if let Some(last) = group.last() {
            self.cache.seen.forget_expired(writer, last.now_ms, FORGET_AT_ONCE + 2 * incoming(group))?;
        }
        if counters != self.counters {
            counters.store(writer)?;
        }
        writer.prepare_cached("COMMIT")?.execute([])?;
        self.counters = counters;
        Ok(results)
    }
}

impl Store for SqliteStore {
    fn write(&mut self, group: &[Transaction]) -> Result<Vec<Result<Receipt, CommitError>>, CommitError> {
        self.recover().map_err(|error| CommitError::Unavailable(error.to_string()))?;
        self.write_group(group).map_err(|error| {
            self.trouble = Some(Trouble::of(&error));
            if let Some(connections) = &self.connections {
                connections.roll_back();
            }
            CommitError::Unavailable(error.to_string())
        })
    }

    fn head(&self) -> Sequence {
        Sequence(self.counters.sequence)
    }

    fn tend(&mut self) {
        if self.trouble.is_some() {
            return;
        }
        let Some(connections) = &self.connections else { return };
        let Err(error) = checkpoint_if_long(connections) else { return };
        tracing::warn!(%error, "the log's WAL could not be moved into its file; it grows meanwhile");
        if is_of_disk(&error) {
            self.trouble = Some(Trouble::Disk);
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Closing the last connection moves the WAL into the file and removes it: the file alone is the log then.
        // The lock goes after that, with the directory.
        self.readers.close();
        self.connections = None;
    }
}

/// Applies a request in a savepoint of its own. The outer error is one of the whole group.
fn apply_alone(
    writer: &Connection,
    cache: &mut Cache,
    counters: &mut Counters,
    request: &Transaction,
) -> Result<Result<Receipt, CommitError>, ApplyError> {
    let before = *counters;
    writer.prepare_cached("SAVEPOINT request")?.execute([])?;
    let error = match cache.apply(writer, counters, request) {
        Ok(receipt) => {
            writer.prepare_cached("RELEASE request")?.execute([])?;
            return Ok(Ok(receipt));
        }
        Err(error) => error,
    };
    // Some failures make SQLite roll back everything by itself.
    if !error.concerns_request_only() || writer.is_autocommit() {
        return Err(error);
    }
    writer.execute_batch("ROLLBACK TO request; RELEASE request")?;
    *counters = before;
    cache.forget_product(&request.product);
    tracing::warn!(%error, product = request.product, "a transaction was refused");
    Ok(Err(CommitError::Refused(error.to_string())))
}

fn checkpoint_if_long(connections: &Connections) -> rusqlite::Result<()> {
    let (frames, moved) = connections.wal_frames()?;
    if frames - moved.min(frames) < CHECKPOINT_FRAMES {
        return Ok(());
    }
    // It waits for nobody: what a reader still needs is moved the next time.
    connections.writer.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

fn incoming(group: &[Transaction]) -> usize {
    group.iter().map(|request| request.incoming.len()).sum()
}

#[cfg(test)]
impl SqliteStore {
    /// As if the last group had failed so.
    pub(super) fn meet(&mut self, trouble: Trouble) {
        self.trouble = Some(trouble);
    }

    /// Waits for no lock of another program.
    pub(super) fn be_impatient(&mut self) {
        if let Some(Connections { writer, .. }) = &self.connections {
            writer.busy_timeout(std::time::Duration::ZERO).expect("a time-out is only noted");
        }
    }

    pub(super) fn readers(&self) -> Arc<Readers> {
        Arc::clone(&self.readers)
    }
}
