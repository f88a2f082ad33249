use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::connection::open_reader;
use crate::ReadError;

/// How many read at the same time. Reads are short; more threads than disks and cores only wait elsewhere.
const CONNECTIONS: usize = 4;

/// A small pool of read connections.
pub(super) struct Readers {
    path: PathBuf,
    pool: Mutex<Pool>,
    changed: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    /// Those in use and those being opened.
    busy: usize,
    gate: Gate,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Gate {
    #[default]
    Open,
    /// Nobody may come in at present.
    Shut,
    Closed,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, pool: Mutex::default(), changed: Condvar::new() }
    }

    /// Runs a question on one of the connections.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ReadError> {
        let mut visit = self.enter()?;
        let connection = match visit.connection.take() {
            Some(connection) => connection,
            None => open_reader(&self.path).map_err(|error| unavailable(&error))?,
        };
        let answer = question(&connection).map_err(|error| unavailable(&error))?;
        // Only a connection that gave an answer comes back to the pool.
        visit.connection = Some(connection);
        Ok(answer)
    }

    /// Runs `work` while no read connection is open.
    pub(super) fn without<T>(&self, work: impl FnOnce() -> T) -> T {
        self.empty(Gate::Shut);
        let done = work();
        let mut pool = self.lock();
        if pool.gate == Gate::Shut {
            pool.gate = Gate::Open;
        }
        self.changed.notify_all();
        done
    }

    /// Closes all connections, once their questions are answered, and opens no more.
    pub(super) fn close(&self) {
        self.empty(Gate::Closed);
    }

    fn empty(&self, gate: Gate) {
        let mut pool = self.lock();
        pool.gate = gate;
        self.changed.notify_all();
        while pool.busy > 0 {
            pool = self.changed.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
        pool.idle.clear();
    }

    fn enter(&self) -> Result<Visit<'_>, ReadError> {
        let mut pool = self.lock();
        loop {
            match pool.gate {
                Gate::Closed => return Err(ReadError::Closed),
                Gate::Open if pool.busy < CONNECTIONS => {
                    pool.busy += 1;
                    return Ok(Visit { readers: self, connection: pool.idle.pop() });
                }
                Gate::Open | Gate::Shut => {
                    pool = self.changed.wait(pool).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the pool, given back however the question ends.
struct Visit<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.lock();
        pool.busy -= 1;
        pool.idle.extend(self.connection.take());
        self.readers.changed.notify_all();
    }
}

fn unavailable(error: &rusqlite::Error) -> ReadError {
    ReadError::Unavailable(error.to_string())
}
