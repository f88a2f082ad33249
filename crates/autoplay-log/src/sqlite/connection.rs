use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, ffi};

use super::directory::Directory;
use super::readers::Readers;
use crate::OpenError;

/// Events have a few kilobytes: a page takes several of them. Larger pages would make lone commits write more.
const PAGE_BYTES: i64 = 8_192;

/// How long a statement waits for another program that has the file locked, such as an operator's shell.
const PATIENCE: Duration = Duration::from_secs(5);

/// Enough for the statements of the writer, so that each is compiled once.
const STATEMENTS: usize = 32;

/// The writer's connection to a log that was just locked, and the readers to come.
pub(super) fn open_log(directory: &Directory) -> Result<(Connection, Readers), OpenError> {
    let path = directory.database();
    let connection = open(&path).map_err(|error| storage(&path, &error))?;
    Ok((connection, Readers::new(path)))
}

pub(super) fn storage(path: &Path, error: &rusqlite::Error) -> OpenError {
    OpenError::Storage { path: path.to_owned(), reason: error.to_string() }
}

/// Opens the file without changing anything in it.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Every connection is used by one thread at a time, so SQLite's own mutexes would be for nothing.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A damaged page is found when it is read, not when it has misled somebody.
    connection.pragma_update(None, "cell_size_check", true)?;
    // A damaged or prepared schema can't call functions with side effects.
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Opens the file for the writer once more, after a failure.
pub(super) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path)?;
    set_up_writer(&connection)?;
    Ok(connection)
}

/// Sets up the writer's connection to a file that is ours.
pub(super) fn set_up_writer(connection: &Connection) -> rusqlite::Result<()> {
    // Only counts before the first table is made.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    // A commit appends to one file and syncs it once, and readers never wait for the writer nor it for them.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |row| {
        let mode: String = row.get(0)?;
        // Some file systems can't share memory between connections; SQLite then quietly keeps the old mode.
        if mode == "wal" { Ok(()) } else { Err(no_wal()) }
    })?;
    // An fsync in every commit: this is what "acknowledged" means. NORMAL would sync at checkpoints only.
    connection.pragma_update(None, "synchronous", "full")?;
    // The writer checkpoints by itself, after it has answered (see `SqliteStore::tend`), not within a commit.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // A WAL that grew under a burst gives its space back when it starts anew.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    // The pages that every commit touches, with the upper levels of the trees, stay in memory (KiB when negative).
    connection.pragma_update(None, "cache_size", -16_384)?;
    // Undoing a savepoint needs a scratch journal: not in a file.
    connection.pragma_update(None, "temp_store", "memory")
}

/// Opens the file for a reader.
///
/// Not through a memory map: there, a failing disk is a signal that ends the process, here it is an error.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -2_048)?;
    Ok(connection)
}

fn no_wal() -> rusqlite::Error {
    let reason = "its file system does not allow a write-ahead log: choose a directory on a local disk";
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CANTOPEN), Some(reason.into()))
}
