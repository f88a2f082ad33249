//! Cutting bytes into pieces, the same ones for the same seed.

/// A small generator of random numbers (`SplitMix64`), for tests that must be repeatable.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number of 64 random bits.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    ///
    /// # Panics
    ///
    /// If `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let remainder = self.number() % u64::try_from(bound).expect("a usize has at most 64 bits");
        usize::try_from(remainder).expect("smaller than a usize")
    }
}

/// The pieces of `bytes` between the given places, which are offsets from the beginning in ascending order.
///
/// # Panics
///
/// If the places are not in order, or beyond the end.
#[must_use]
pub fn split_at<'a>(bytes: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let ends = places.iter().copied().chain([bytes.len()]);
    let mut start = 0;
    ends.map(|end| &bytes[std::mem::replace(&mut start, end)..end]).collect()
}

/// Pieces of 1 to 32 bytes, of a length that the seed decides.
#[must_use]
pub fn split_at_random(bytes: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut random = Random::new(seed);
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(1 + random.below(32)));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{split_at, split_at_random};

    #[test]
    fn pieces_make_the_whole_and_a_seed_repeats_them() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        assert_eq!(split_at_random(&bytes, 7).concat(), bytes);
        assert_eq!(split_at_random(&bytes, 7), split_at_random(&bytes, 7));
        assert_ne!(split_at_random(&bytes, 7), split_at_random(&bytes, 8));
        assert_eq!(split_at(b"abcdef", &[1, 4]), [&b"a"[..], b"bcd", b"ef"]);
    }
}
