use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use rusqlite::{Connection, OptionalExtension, params};

use super::keys::{self, ProductId, stored_ms};
use crate::{Fingerprint, Options};

/// The memory of duplicates.
///
/// The file has the fingerprints in order of arrival, so that remembering appends and forgetting takes from the
/// front; an index by fingerprint in the file would touch a page of its own for every event. What finds them is a
/// table in memory from a hash to the row. The table only points: the row decides. So it may point to rows that a
/// failed commit took back, and nothing need be undone; a hash that two fingerprints share (once in 10¹² at ten
/// million) makes the older one forgotten, never the newer one a duplicate.
pub(super) struct Seen {
    window_ms: u64,
    most: u64,
    hasher: RandomState,
    rows: HashMap<u64, i64, BuildHasherDefault<AlreadyHashed>>,
    products: HashMap<ProductId, Memory>,
    /// The same products by the time of their oldest row.
    by_age: BTreeSet<(i64, ProductId)>,
}

/// What is remembered of one product: about the rows `first..next`, and when the oldest was seen.
///
/// It stays when it is empty: `next` must not fall while a failed commit can bring rows back.
struct Memory {
    first: u64,
    next: u64,
    oldest_ms: Option<i64>,
}

struct Row {
    key: i64,
    at_ms: i64,
    fingerprint: Fingerprint,
}

impl Seen {
    pub(super) fn load(connection: &Connection, options: &Options) -> rusqlite::Result<Self> {
        let mut seen = Self {
            window_ms: options.remember_ms,
            most: options.remember_events,
            hasher: RandomState::new(),
            rows: HashMap::default(),
            products: HashMap::new(),
            by_age: BTreeSet::new(),
        };
        let mut statement = connection.prepare("SELECT key, at_ms, fingerprint FROM seen ORDER BY key")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let row = Row::read(row)?;
            if let Some(product) = keys::product(row.key) {
                seen.point_to(product, &row);
            }
        }
        Ok(seen)
    }

    /// Remembers the fingerprint and says whether it is new.
    pub(super) fn remember(
        &mut self,
        connection: &Connection,
        product: ProductId,
        fingerprint: Fingerprint,
        now_ms: u64,
    ) -> rusqlite::Result<bool> {
        if self.is_known(connection, product, fingerprint, now_ms)? {
            return Ok(false);
        }
        let next = self.products.get(&product).map_or(1, |memory| memory.next);
        let row = Row { key: product.key(next), at_ms: stored_ms(now_ms), fingerprint };
        connection
            .prepare_cached("INSERT INTO seen (key, at_ms, fingerprint) VALUES (?1, ?2, ?3)")?
            .execute(params![row.key, row.at_ms, fingerprint.0])?;
        self.point_to(product, &row);
        if self.excess(product) > 0 {
            self.forget_oldest(connection, product, now_ms, 2)?;
        }
        Ok(true)
    }

    /// Forgets what is older than the window: at most `allowance` rows, so that a commit stays short.
    pub(super) fn forget_expired(
        &mut self,
        connection: &Connection,
        now_ms: u64,
        mut allowance: usize,
    ) -> rusqlite::Result<()> {
        while allowance > 0 {
            let Some(&(oldest_ms, product)) = self.by_age.first() else {
                return Ok(());
            };
            if self.is_within(oldest_ms, now_ms) {
                return Ok(());
            }
            let forgotten = self.forget_oldest(connection, product, now_ms, allowance)?;
            // Also one that found nothing was a query.
            allowance -= forgotten.clamp(1, allowance);
        }
        Ok(())
    }

    /// A group was undone: rows that it forgot are back, so no product's oldest row is known for certain.
    pub(super) fn doubt_oldest(&mut self) {
        self.by_age.clear();
        for (&product, memory) in &mut self.products {
            memory.oldest_ms = Some(0);
            self.by_age.insert((0, product));
        }
    }

    fn is_known(
        &self,
        connection: &Connection,
        product: ProductId,
        fingerprint: Fingerprint,
        now_ms: u64,
    ) -> rusqlite::Result<bool> {
        let Some(key) = self.rows.get(&self.hash(product, fingerprint)) else {
            return Ok(false);
        };
        let row = connection
            .prepare_cached("SELECT key, at_ms, fingerprint FROM seen WHERE key = ?1")?
            .query_row([key], Row::read)
            .optional()?;
        Ok(row.is_some_and(|row| {
            keys::product(row.key) == Some(product)
                && row.fingerprint == fingerprint
                && self.is_within(row.at_ms, now_ms)
        }))
    }

    /// Up to and including the window's length. A time in the future is within: a clock that was set back must not
    /// make the log forget.
    fn is_within(&self, at_ms: i64, now_ms: u64) -> bool {
        now_ms.saturating_sub(keys::ms(at_ms)) <= self.window_ms
    }

    fn hash(&self, product: ProductId, fingerprint: Fingerprint) -> u64 {
        self.hasher.hash_one((product, fingerprint))
    }

    fn point_to(&mut self, product: ProductId, row: &Row) {
        self.rows.insert(self.hash(product, row.fingerprint), row.key);
        let position = keys::position(row.key);
        let memory = self.products.entry(product).or_insert(Memory { first: 0, next: 0, oldest_ms: None });
        memory.next = position + 1;
        if memory.oldest_ms.is_none() {
            memory.first = position;
            memory.oldest_ms = Some(row.at_ms);
            self.by_age.insert((row.at_ms, product));
        }
    }

    /// By how many the product has more than is allowed.
    fn excess(&self, product: ProductId) -> u64 {
        self.products.get(&product).map_or(0, |memory| (memory.next - memory.first).saturating_sub(self.most))
    }

    /// Forgets up to `allowance` rows from the product's front, as long as they are too old or too many.
    fn forget_oldest(
        &mut self,
        connection: &Connection,
        product: ProductId,
        now_ms: u64,
        allowance: usize,
    ) -> rusqlite::Result<usize> {
        // From the very beginning of the product, not from `first`: it finds what a commit that failed left behind.
        let (begin, end) = product.keys().into_inner();
        let mut statement = connection.prepare_cached(
            "SELECT key, at_ms, fingerprint FROM seen WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3",
        )?;
        // One more, which is the oldest afterwards.
        let limit = i64::try_from(allowance + 1).unwrap_or(i64::MAX);
        let front: Vec<Row> =
            statement.query_map(params![begin, end, limit], Row::read)?.collect::<rusqlite::Result<_>>()?;
        let excess = usize::try_from(self.excess(product)).unwrap_or(usize::MAX);
        let forgotten = front
            .iter()
            .take(allowance)
            .enumerate()
            .take_while(|(index, row)| *index < excess || !self.is_within(row.at_ms, now_ms))
            .count();
        if let Some(last) = front[..forgotten].last() {
            connection
                .prepare_cached("DELETE FROM seen WHERE key BETWEEN ?1 AND ?2")?
                .execute(params![begin, last.key])?;
        }
        for row in &front[..forgotten] {
            self.point_no_more_to(product, row);
        }
        self.note_oldest(product, front.get(forgotten));
        Ok(forgotten)
    }

    fn point_no_more_to(&mut self, product: ProductId, row: &Row) {
        let hash = self.hash(product, row.fingerprint);
        // A newer row of the same fingerprint may have taken its place.
        if self.rows.get(&hash) == Some(&row.key) {
            self.rows.remove(&hash);
        }
    }

    fn note_oldest(&mut self, product: ProductId, oldest: Option<&Row>) {
        let Some(memory) = self.products.get_mut(&product) else {
            return;
        };
        if let Some(before) = memory.oldest_ms.take() {
            self.by_age.remove(&(before, product));
        }
        memory.first = oldest.map_or(memory.next, |row| keys::position(row.key));
        memory.oldest_ms = oldest.map(|row| row.at_ms);
        self.by_age.extend(memory.oldest_ms.map(|at_ms| (at_ms, product)));
    }
}

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { key: row.get(0)?, at_ms: row.get(1)?, fingerprint: Fingerprint(row.get(2)?) })
    }
}

/// The keys are hashes already, by a hasher that nobody outside can predict.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only whole numbers are hashed");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
