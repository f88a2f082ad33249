//! What happens after a commit that failed.
//!
//! SQLite rolls it back, but its frames may stand in the WAL all the same: written, and not known to be on disk. They
//! must not come back, since the requests were answered as failed and may be sent again; and after a failed fsync
//! nothing that the system holds in its cache can be trusted, since it may have marked as clean what never reached
//! the disk. So the WAL is cut behind the last commit that did succeed, whose frames were all synced, and every
//! connection is closed and opened anew on what is left.
//!
//! After any other failure, a full disk above all, it is enough to open the writer's connection anew: readers keep
//! theirs, for which a full disk may have no room a second time. While one connection stays open, SQLite does not
//! read the WAL again and the next commit overwrites what the failed one left.

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::apply::ApplyError;
use super::connection::{open_reader, open_writer};
use super::directory::{self, Directory};
use super::readers::Readers;

const WAL_HEADER_BYTES: u64 = 32;
const FRAME_HEADER_BYTES: u64 = 24;

/// The connections of the writer's side.
pub(super) struct Connections {
    /// Keeps the file open while the writer's connection is replaced, and knows how long the WAL is. Dropped first:
    /// the last connection to close moves the WAL into the file, and that is the writer's work.
    anchor: Connection,
    pub(super) writer: Connection,
}

/// What went wrong with the last group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The transaction failed.
    Failed,
    /// The disk failed: what was written can't be trusted.
    Disk,
}

/// Why the log can't be written again yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecoveryError {
    #[error("its WAL can't be cut back after a failed write: {0}")]
    Wal(#[from] std::io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl Trouble {
    pub(super) fn of(error: &ApplyError) -> Self {
        match error {
            ApplyError::Sqlite(error) if is_of_disk(error) => Self::Disk,
            _ => Self::Failed,
        }
    }
}

/// Whether reading, writing or syncing failed. A full disk is not meant: it is an error of its own.
pub(super) fn is_of_disk(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

impl Connections {
    pub(super) fn open(writer: Connection, directory: &Directory) -> rusqlite::Result<Self> {
        let anchor = open_reader(&directory.database())?;
        // The first question opens the WAL.
        anchor.query_row("SELECT id FROM log", [], |_| Ok(())).optional()?;
        Ok(Self { anchor, writer })
    }

    fn reopen(directory: &Directory) -> rusqlite::Result<Self> {
        Self::open(open_writer(&directory.database())?, directory)
    }

    /// How many frames of the WAL belong to commits that succeeded, and how many of those are in the file by now.
    pub(super) fn wal_frames(&self) -> rusqlite::Result<(u64, u64)> {
        // The answer is: busy, frames, frames moved; unsigned where the WAL is open, as the anchor sees to.
        self.anchor
            .prepare_cached("PRAGMA wal_checkpoint(NOOP)")?
            .query_row([], |row| Ok((row.get::<_, u32>(1)?.into(), row.get::<_, u32>(2)?.into())))
    }

    /// Ends a transaction that failed, if SQLite has not done it by itself. If this fails too, closing the connection
    /// does it.
    pub(super) fn roll_back(&self) {
        if !self.writer.is_autocommit() {
            let _ = self.writer.execute_batch("ROLLBACK");
        }
    }

    /// Makes the writer's connection fit for the next transaction, or says why it can't be done yet.
    pub(super) fn recover(
        slot: &mut Option<Self>,
        trouble: Trouble,
        readers: &Readers,
        directory: &Directory,
    ) -> Result<(), RecoveryError> {
        match (slot.as_mut(), trouble) {
            (Some(connections), Trouble::Failed) => {
                connections.writer = open_writer(&directory.database())?;
                Ok(())
            }
            (Some(connections), Trouble::Disk) => {
                connections.cut_wal(directory)?;
                Ok(Self::renew(slot, readers, directory)?)
            }
            // The WAL was cut and the connections closed, and then opening failed.
            (None, _) => Ok(Self::renew(slot, readers, directory)?),
        }
    }

    fn renew(slot: &mut Option<Self>, readers: &Readers, directory: &Directory) -> rusqlite::Result<()> {
        readers.without(|| {
            *slot = None;
            *slot = Some(Self::reopen(directory)?);
            Ok(())
        })
    }

    fn cut_wal(&self, directory: &Directory) -> Result<(), RecoveryError> {
        self.roll_back();
        // Another program may be writing, although it should not; its frames are not ours to cut.
        self.writer.execute_batch("BEGIN IMMEDIATE")?;
        let cut = self
            .durable_wal_bytes()
            .map_err(RecoveryError::from)
            .and_then(|length| directory::cut(&directory.wal(), length).map_err(RecoveryError::from));
        self.roll_back();
        cut
    }

    fn durable_wal_bytes(&self) -> rusqlite::Result<u64> {
        let (frames, _) = self.wal_frames()?;
        let page_bytes: i64 = self.anchor.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let frame_bytes = FRAME_HEADER_BYTES + page_bytes.unsigned_abs();
        Ok(if frames == 0 { 0 } else { WAL_HEADER_BYTES + frames * frame_bytes })
    }
}
