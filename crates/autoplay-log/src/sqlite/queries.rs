//! What readers ask. Each is one short statement, or a few in one short transaction: a long one would keep the WAL
//! from starting anew.

use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::keys::{self, ProductId, stored_ms};
use super::spans;
use crate::{ReadLimit, Record, Sequence, Waiting, WaitingId};

pub(super) fn read(
    connection: &Connection,
    product: &str,
    after: Sequence,
    head: Sequence,
    limit: ReadLimit,
) -> rusqlite::Result<Vec<Record>> {
    let mut records = Vec::new();
    let Some(id) = product_id(connection, product)? else {
        return Ok(records);
    };
    let mut statement = connection.prepare_cached(
        "SELECT key, at_ms, body FROM event WHERE key > ?1 AND key <= ?2 ORDER BY key LIMIT ?3",
    )?;
    let most = i64::try_from(limit.events.max(1)).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![id.key(after.0), id.key(head.0), most])?;
    let product: Arc<str> = product.into();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let body = row.get_ref(2)?.as_blob()?;
        if !limit.fits(records.len(), bytes, body.len()) {
            break;
        }
        bytes += body.len();
        records.push(Record {
            product: Arc::clone(&product),
            sequence: Sequence(keys::position(row.get(0)?)),
            at_ms: keys::ms(row.get(1)?),
            body: Bytes::copy_from_slice(body),
        });
    }
    Ok(records)
}

pub(super) fn oldest(
    connection: &Connection,
    product: &str,
    head: Sequence,
) -> rusqlite::Result<Option<Sequence>> {
    let Some(id) = product_id(connection, product)? else {
        return Ok(None);
    };
    let key: Option<i64> = connection
        .prepare_cached("SELECT min(key) FROM event WHERE key BETWEEN ?1 AND ?2")?
        .query_row(params![id.key(0), id.key(head.0)], |row| row.get(0))?;
    Ok(key.map(|key| Sequence(keys::position(key))))
}

pub(super) fn floor(connection: &Connection, product: &str) -> rusqlite::Result<Sequence> {
    let floor: Option<i64> = connection
        .prepare_cached("SELECT floor FROM product WHERE name = ?1")?
        .query_row([product], |row| row.get(0))
        .optional()?;
    Ok(floor.map_or(Sequence::START, |floor| Sequence(floor.cast_unsigned())))
}

pub(super) fn position_before(
    connection: &Connection,
    product: &str,
    at_ms: u64,
    head: Sequence,
) -> rusqlite::Result<Sequence> {
    // One view of the file for all the statements of the search.
    let view = connection.unchecked_transaction()?;
    let Some(id) = product_id(&view, product)? else {
        return Ok(head);
    };
    let first = spans::first_since(&view, id, stored_ms(at_ms))?;
    Ok(first.map_or(head, |key| Sequence(keys::position(key)).before().min(head)))
}

pub(super) fn state(connection: &Connection, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT value FROM state WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

pub(super) fn states(connection: &Connection, prefix: &str) -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
    let mut statement =
        connection.prepare_cached("SELECT key, value FROM state WHERE key >= ?1 ORDER BY key")?;
    let mut rows = statement.query([prefix])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        if !key.starts_with(prefix) {
            break;
        }
        found.push((key, row.get(1)?));
    }
    Ok(found)
}

pub(super) fn waiting(connection: &Connection) -> rusqlite::Result<Vec<Waiting>> {
    connection
        .prepare_cached(
            "SELECT waiting.id, product.name, session, body, at_ms
             FROM waiting JOIN product ON product.id = waiting.product ORDER BY waiting.id",
        )?
        .query_map([], waiting_row)?
        .collect()
}

fn waiting_row(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        id: WaitingId(row.get::<_, i64>(0)?.cast_unsigned()),
        product: row.get(1)?,
        session: row.get(2)?,
        body: row.get::<_, Vec<u8>>(3)?.into(),
        at_ms: keys::ms(row.get(4)?),
    })
}

fn product_id(connection: &Connection, name: &str) -> rusqlite::Result<Option<ProductId>> {
    let number: Option<i64> = connection
        .prepare_cached("SELECT id FROM product WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(number.and_then(ProductId::new))
}
