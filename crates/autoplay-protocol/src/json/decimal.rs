use super::Literal;

/// A number that is being read, digit by digit.
///
/// Most numbers are short, and have their value as soon as their digits have been seen; the others are read once
/// more by the standard library.
#[derive(Debug, Default)]
pub(super) struct Decimal {
    pub(super) negative: bool,
    /// How many digits there are before the point, after it, and in the exponent.
    pub(super) whole: usize,
    pub(super) fraction: usize,
    pub(super) exponent: usize,
    /// All digits in one number; meaningless for more digits than it has room for.
    digits: u64,
}

impl Decimal {
    /// Adds the digits that `text` begins with and says how many they are.
    pub(super) fn extend(&mut self, text: &[u8]) -> usize {
        let mut count = 0;
        while let Some(eight) = text[count..].first_chunk::<8>()
            && let Some(eight) = eight_digits(*eight)
        {
            self.digits = self.digits.wrapping_mul(100_000_000).wrapping_add(eight);
            count += 8;
        }
        let digits = text[count..].iter().map(|byte| byte.wrapping_sub(b'0')).take_while(|digit| *digit < 10);
        for digit in digits {
            self.digits = self.digits.wrapping_mul(10).wrapping_add(digit.into());
            count += 1;
        }
        count
    }

    /// The number, which is all of `text`.
    pub(super) fn literal<'a>(&self, text: &'a str) -> Literal<'a> {
        match *self {
            Self { fraction: 0, exponent: 0, whole: ..=18, .. } => Literal::Integer(self.short_integer()),
            Self { fraction: 0, exponent: 0, .. } => Literal::of_integer(text),
            Self { exponent: 0, .. } if self.whole + self.fraction <= EXACT_DIGITS => {
                Literal::Float(self.short_float())
            }
            _ => Literal::of_float(text),
        }
    }

    fn short_integer(&self) -> i64 {
        let absolute = self.digits.cast_signed();
        if self.negative { -absolute } else { absolute }
    }

    /// Floats hold digits and power of ten exactly, so that their quotient is rounded once, which is right.
    fn short_float(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "there is none with so few digits")]
        let absolute = self.digits as f64 / POWERS_OF_TEN[self.fraction];
        if self.negative { -absolute } else { absolute }
    }
}

/// The number that eight digits are, if that is what they are: neighbours are joined to numbers of two digits, of four,
/// of eight.
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const ONES: u64 = u64::MAX / 0xff;
    let text = u64::from_le_bytes(text);
    // A byte from 0x30 to 0x39 keeps its upper half when six is added, and no other byte has it.
    let upper = |word: u64| word & (ONES * 0xf0);
    if upper(text) != ONES * 0x30 || upper(text.wrapping_add(ONES * 6)) != ONES * 0x30 {
        return None;
    }
    let digits = text & (ONES * 0x0f);
    let twos = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos * 100 + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// Floats hold all integers of so many digits.
const EXACT_DIGITS: usize = 15;

const POWERS_OF_TEN: [f64; EXACT_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_digits_are_their_number_and_anything_else_is_none(number in 0..100_000_000_u64, at in 0..8_usize, byte: u8) {
            let mut text: [u8; 8] = format!("{number:08}").into_bytes().try_into().expect("eight");
            prop_assert_eq!(eight_digits(text), Some(number));
            text[at] = byte;
            prop_assert_eq!(eight_digits(text).is_some(), byte.is_ascii_digit());
        }
    }
}
