use std::collections::HashMap;

use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::keys::{MAX_POSITION, ProductId, stored_ms};
use super::seen::Seen;
use super::spans::Spans;
use crate::{Fate, Incoming, Options, Receipt, Sequence, Transaction, WaitingId};

/// The last numbers that were given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) sequence: u64,
    pub(super) waiting: u64,
}

impl Counters {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row("SELECT sequence, waiting FROM log", [], |row| {
            Ok(Self {
                sequence: row.get::<_, i64>(0)?.cast_unsigned(),
                waiting: row.get::<_, i64>(1)?.cast_unsigned(),
            })
        })
    }

    pub(super) fn store(self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("UPDATE log SET sequence = ?1, waiting = ?2")?
            .execute(params![self.sequence.cast_signed(), self.waiting.cast_signed()])
            .map(drop)
    }
}

/// Why a request can't be applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApplyError {
    #[error("the log has no room for another {0}")]
    UsedUp(&'static str),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl ApplyError {
    /// Whether it is about what was to be stored, and not about the disk or the file: then the others can go on.
    pub(super) fn concerns_request_only(&self) -> bool {
        match self {
            Self::UsedUp(_) => true,
            Self::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig))
            }
        }
    }
}

/// What the writer keeps in memory of the file, to apply requests without looking everything up.
pub(super) struct Cache {
    products: HashMap<String, ProductId>,
    pub(super) seen: Seen,
    spans: Spans,
}

impl Cache {
    pub(super) fn load(connection: &Connection, options: &Options) -> rusqlite::Result<Self> {
        let seen = Seen::load(connection, options)?;
        Ok(Self { products: HashMap::new(), seen, spans: Spans::default() })
    }

    /// Applies one request within the open transaction.
    pub(super) fn apply(
        &mut self,
        connection: &Connection,
        counters: &mut Counters,
        request: &Transaction,
    ) -> Result<Receipt, ApplyError> {
        let mut receipt = Receipt::default();
        if !(request.incoming.is_empty() && request.append.is_empty()) {
            let product = self.product(connection, &request.product)?;
            receipt.incoming = self.take_in(connection, counters, product, request)?;
            receipt.appended = self.append(connection, counters, product, request)?;
        }
        settle(connection, &request.settled)?;
        put(connection, &request.state)?;
        Ok(receipt)
    }

    /// The request was undone: what it may have left here goes too. (The memory of duplicates needs no undoing.)
    pub(super) fn forget_product(&mut self, name: &str) {
        if let Some(product) = self.products.remove(name) {
            self.spans.forget(product);
        }
    }

    /// The group was undone.
    pub(super) fn doubt_all(&mut self) {
        self.seen.doubt_oldest();
        self.products.clear();
        self.spans = Spans::default();
    }

    fn product(&mut self, connection: &Connection, name: &str) -> Result<ProductId, ApplyError> {
        if let Some(&product) = self.products.get(name) {
            return Ok(product);
        }
        let known = connection
            .prepare_cached("SELECT id FROM product WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let number = match known {
            Some(number) => number,
            None => connection.prepare_cached("INSERT INTO product (name) VALUES (?1)")?.insert([name])?,
        };
        let product = ProductId::new(number).ok_or(ApplyError::UsedUp("product"))?;
        self.products.insert(name.to_owned(), product);
        Ok(product)
    }

    fn take_in(
        &mut self,
        connection: &Connection,
        counters: &mut Counters,
        product: ProductId,
        request: &Transaction,
    ) -> Result<Vec<Fate>, ApplyError> {
        let mut fates = Vec::with_capacity(request.incoming.len());
        for Incoming { fingerprint, session, body } in &request.incoming {
            let fate = if !self.seen.remember(connection, product, *fingerprint, request.now_ms)? {
                Fate::Duplicate
            } else if let Some(body) = body {
                counters.waiting += 1;
                wait(connection, counters.waiting, product, session, request.now_ms, body)?;
                Fate::Waiting(WaitingId(counters.waiting))
            } else {
                Fate::Remembered
            };
            fates.push(fate);
        }
        Ok(fates)
    }

    fn append(
        &mut self,
        connection: &Connection,
        counters: &mut Counters,
        product: ProductId,
        request: &Transaction,
    ) -> Result<Vec<Sequence>, ApplyError> {
        if request.append.is_empty() {
            return Ok(Vec::new());
        }
        let first = counters.sequence + 1;
        counters.sequence += request.append.len() as u64;
        if counters.sequence > MAX_POSITION {
            return Err(ApplyError::UsedUp("sequence"));
        }
        let at_ms = stored_ms(request.now_ms);
        let mut insert =
            connection.prepare_cached("INSERT INTO event (key, at_ms, body) VALUES (?1, ?2, ?3)")?;
        for (sequence, body) in (first..).zip(&request.append) {
            insert.execute(params![product.key(sequence), at_ms, body.as_ref()])?;
        }
        self.spans.note(connection, product, first, request.append.len(), at_ms)?;
        Ok((first..=counters.sequence).map(Sequence).collect())
    }
}

fn wait(
    connection: &Connection,
    id: u64,
    product: ProductId,
    session: &str,
    now_ms: u64,
    body: &Bytes,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO waiting (id, product, session, at_ms, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id.cast_signed(), product.number(), session, stored_ms(now_ms), body.as_ref()])
        .map(drop)
}

fn settle(connection: &Connection, settled: &[WaitingId]) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached("DELETE FROM waiting WHERE id = ?1")?;
    settled.iter().try_for_each(|id| delete.execute([id.0.cast_signed()]).map(drop))
}

fn put(connection: &Connection, state: &[(String, Option<Vec<u8>>)]) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT INTO state (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?;
    let mut delete = connection.prepare_cached("DELETE FROM state WHERE key = ?1")?;
    for (key, value) in state {
        match value {
            Some(value) => put.execute(params![key, value])?,
            None => delete.execute([key])?,
        };
    }
    Ok(())
}
