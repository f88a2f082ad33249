use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::connection::{set_up_writer, storage};
use super::directory::Directory;
use crate::{Epoch, OpenError};

/// Marks the file as one of ours: "APLG".
const APPLICATION_ID: i32 = 0x4150_4c47;

/// Entry `n` brings a file of version `n` to version `n + 1`; a new file has version 0. Entries are never changed,
/// only added.
const UPGRADES: [&str; 1] = [VERSION_1];

/// `key` is product and position in one integer, see the module `keys`.
const VERSION_1: &str = "
    -- One row: which log this is, and the last numbers that were given out. They are counters of their own, not the
    -- highest numbers still in use, so that retention and settling never make one come back.
    CREATE TABLE log (
        id       INTEGER PRIMARY KEY CHECK (id = 1),
        epoch    INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        waiting  INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE product (
        id    INTEGER PRIMARY KEY,
        name  TEXT NOT NULL UNIQUE,
        floor INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    -- What subscribers read, by product and sequence.
    CREATE TABLE event (
        key   INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        body  BLOB NOT NULL
    ) STRICT;
    -- Runs of a product's events: the key of the first, and a time that none of them is later than.
    CREATE TABLE span (
        key       INTEGER PRIMARY KEY,
        latest_ms INTEGER NOT NULL
    ) STRICT;
    -- The memory of duplicates, by product and order of arrival.
    CREATE TABLE seen (
        key         INTEGER PRIMARY KEY,
        at_ms       INTEGER NOT NULL,
        fingerprint BLOB NOT NULL
    ) STRICT;
    CREATE TABLE waiting (
        id      INTEGER PRIMARY KEY,
        product INTEGER NOT NULL,
        session TEXT NOT NULL,
        at_ms   INTEGER NOT NULL,
        body    BLOB NOT NULL
    ) STRICT;
    CREATE TABLE state (
        key   TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- For people with a shell.
    CREATE VIEW readable_event AS
        SELECT product.name AS product, event.key & 0x1fffffffffff AS sequence, event.at_ms,
               CAST(event.body AS TEXT) AS body
        FROM event JOIN product ON product.id = event.key >> 45;
";

/// Makes the tables of a new file, upgrades an older one, refuses one that is not ours, and gives its epoch.
pub(super) fn prepare(connection: &mut Connection, directory: &Directory) -> Result<Epoch, OpenError> {
    let path = directory.database();
    let failed = |error: rusqlite::Error| storage(&path, &error);
    let version = version(connection).map_err(failed)?;
    let Some(version) = version else {
        return Err(OpenError::Foreign { path });
    };
    let Some(steps) = UPGRADES.get(version..) else {
        return Err(OpenError::Newer { path, found: version, supported: UPGRADES.len() });
    };
    set_up_writer(connection).map_err(failed)?;
    let drawn = Epoch::random().map_err(|error| OpenError::System {
        what: "draw random bytes",
        source: std::io::Error::other(error.to_string()),
    })?;
    upgrade(connection, steps, drawn).map_err(failed)
}

/// The version of the file, or `None` if it belongs to another program.
fn version(connection: &Connection) -> rusqlite::Result<Option<usize>> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application == APPLICATION_ID {
        return Ok(usize::try_from(version).ok());
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = application == 0 && version == 0 && tables == 0;
    Ok(is_new.then_some(0))
}

fn upgrade(connection: &mut Connection, steps: &[&str], drawn: Epoch) -> rusqlite::Result<Epoch> {
    // One transaction: a file is of one version or of the other, whenever the process is killed.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    if !steps.is_empty() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", i32::try_from(UPGRADES.len()).unwrap_or(i32::MAX))?;
    }
    let epoch = epoch(&transaction, drawn)?;
    transaction.commit()?;
    Ok(epoch)
}

fn epoch(transaction: &Transaction<'_>, drawn: Epoch) -> rusqlite::Result<Epoch> {
    transaction.execute(
        "INSERT OR IGNORE INTO log (id, epoch, sequence, waiting) VALUES (1, ?1, 0, 0)",
        params![drawn.0.cast_signed()],
    )?;
    transaction.query_row("SELECT epoch FROM log", [], |row| Ok(Epoch(row.get::<_, i64>(0)?.cast_unsigned())))
}
