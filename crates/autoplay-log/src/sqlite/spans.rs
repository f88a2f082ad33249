use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::keys::ProductId;

/// How many events a span has at most: what a search by time may have to look through one by one.
const EVENTS: usize = 1_024;

/// By how much a span's time is noted too late, so that it need not be written with every commit.
const SLACK_MS: i64 = 1_000;

/// Notes, for runs of a product's events, a time that none of them is later than.
///
/// Clocks are set back, so times do not rise with the sequence and a search can't halve. With the spans it can skip:
/// the first event at or after a time is in the first span that reaches that time, or in a later one.
#[derive(Default)]
pub(super) struct Spans {
    /// The last span of each product that was written to since the start. After a start a new one begins.
    current: HashMap<ProductId, Span>,
}

struct Span {
    key: i64,
    events: usize,
    latest_ms: i64,
}

impl Spans {
    /// Notes that events were appended from `first` on, all at one time.
    pub(super) fn note(
        &mut self,
        connection: &Connection,
        product: ProductId,
        first: u64,
        events: usize,
        at_ms: i64,
    ) -> rusqlite::Result<()> {
        let open = self.current.get_mut(&product).filter(|span| span.events < EVENTS);
        let Some(span) = open else {
            let span = Span { key: product.key(first), events, latest_ms: at_ms.saturating_add(SLACK_MS) };
            connection
                .prepare_cached("INSERT INTO span (key, latest_ms) VALUES (?1, ?2)")?
                .execute(params![span.key, span.latest_ms])?;
            self.current.insert(product, span);
            return Ok(());
        };
        span.events += events;
        if at_ms > span.latest_ms {
            span.latest_ms = at_ms.saturating_add(SLACK_MS);
            connection
                .prepare_cached("UPDATE span SET latest_ms = ?2 WHERE key = ?1")?
                .execute(params![span.key, span.latest_ms])?;
        }
        Ok(())
    }

    /// The product's last note was undone: begin anew.
    pub(super) fn forget(&mut self, product: ProductId) {
        self.current.remove(&product);
    }
}

/// The key of the product's first event at or after a time.
pub(super) fn first_since(
    connection: &Connection,
    product: ProductId,
    at_ms: i64,
) -> rusqlite::Result<Option<i64>> {
    let (mut from, last) = product.keys().into_inner();
    let mut next_span = connection.prepare_cached(
        "SELECT key, (SELECT min(key) FROM span AS later WHERE later.key > span.key) FROM span
         WHERE key BETWEEN ?1 AND ?2 AND latest_ms >= ?3 ORDER BY key LIMIT 1",
    )?;
    let mut first_in_span = connection.prepare_cached(
        "SELECT key FROM event WHERE key BETWEEN ?1 AND ?2 AND at_ms >= ?3 ORDER BY key LIMIT 1",
    )?;
    loop {
        let span: Option<(i64, Option<i64>)> = next_span
            .query_row(params![from, last, at_ms], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((begin, next)) = span else {
            return Ok(None);
        };
        let end = next.map_or(last, |next| last.min(next - 1));
        let found = first_in_span.query_row(params![begin, end, at_ms], |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(found);
        }
        if end == last {
            return Ok(None);
        }
        from = end + 1;
    }
}
