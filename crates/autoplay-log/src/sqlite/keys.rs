//! How a product and a position share one integer.
//!
//! SQLite stores a table in the order of its integer key. With the product in the upper bits and the position in the
//! lower ones, the events of one product lie side by side and in order: a replay reads pages one after the other and
//! every page in full. A key of two columns would do the same only in a table without row ids, which moves every
//! record above a quarter of a page to an overflow page of its own.

use std::ops::RangeInclusive;

const POSITION_BITS: u32 = 45;

/// The highest position: at 50,000 events a second it is reached after 22 years.
pub(super) const MAX_POSITION: u64 = (1 << POSITION_BITS) - 1;

/// The highest number of a product; it leaves the sign bit alone.
pub(super) const MAX_PRODUCT: u32 = (1 << (63 - POSITION_BITS)) - 1;

/// The small number that stands for a product's name in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ProductId(u32);

impl ProductId {
    /// `None` for a number that the key has no room for.
    pub(super) fn new(number: i64) -> Option<Self> {
        u32::try_from(number).ok().filter(|&number| number <= MAX_PRODUCT).map(Self)
    }

    pub(super) fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// The key of a position. One beyond the highest counts as the highest.
    pub(super) fn key(self, position: u64) -> i64 {
        (self.number() << POSITION_BITS) | position.min(MAX_POSITION).cast_signed()
    }

    /// All keys of the product.
    pub(super) fn keys(self) -> RangeInclusive<i64> {
        self.key(0)..=self.key(MAX_POSITION)
    }
}

/// The product of a key.
pub(super) fn product(key: i64) -> Option<ProductId> {
    ProductId::new(key >> POSITION_BITS)
}

/// The position in a key.
pub(super) fn position(key: i64) -> u64 {
    key.cast_unsigned() & MAX_POSITION
}

/// A time as it is stored. SQLite's integers end at 2⁶³, which is long after any clock does.
pub(super) fn stored_ms(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// A stored time. Only a damaged file has a negative one.
pub(super) fn ms(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_end_where_the_integers_do() {
        let last = ProductId::new(i64::from(MAX_PRODUCT)).unwrap();
        assert_eq!(last.key(MAX_POSITION), i64::MAX);
        assert_eq!(last.key(u64::MAX), i64::MAX);
        assert_eq!(ProductId::new(i64::from(MAX_PRODUCT) + 1), None);
        assert_eq!(ProductId::new(-1), None);
    }

    proptest! {
        #[test]
        fn keys_are_ordered_by_product_then_position(
            a in (0..=MAX_PRODUCT, 0..=MAX_POSITION),
            b in (0..=MAX_PRODUCT, 0..=MAX_POSITION),
        ) {
            let key = |(product, position): (u32, u64)| ProductId(product).key(position);
            prop_assert_eq!(a.cmp(&b), key(a).cmp(&key(b)));
            prop_assert_eq!(product(key(a)), Some(ProductId(a.0)));
            prop_assert_eq!(position(key(a)), a.1);
        }
    }
}
