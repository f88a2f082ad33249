use super::Literal;

/// A number that is being read, digit by digit.
///
/// Most numbers are short, and have their value as soon as their digits have been seen; the others are read once
/// more by the standard library.
#[derive(Debug)]
pub(super) struct Decimal {
    negative: bool,
    /// How many digits there are before the point, after it, and in the exponent.
    pub(super) whole: usize,
    pub(super) fraction: usize,
    pub(super) exponent: usize,
    /// All digits in one number; meaningless for more digits than it has room for.
    digits: u64,
}

impl Decimal {
    pub(super) fn new(negative: bool) -> Self {
        Self { negative, whole: 0, fraction: 0, exponent: 0, digits: 0 }
    }

    /// Adds the digits that `text` begins with and says how many they are.
    pub(super) fn extend(&mut self, text: &[u8]) -> usize {
        let digits = text.iter().map(|byte| byte.wrapping_sub(b'0')).take_while(|digit| *digit < 10);
        let mut count = 0;
        for digit in digits {
            self.digits = self.digits.wrapping_mul(10).wrapping_add(digit.into());
            count += 1;
        }
        count
    }

    /// The number, which is all of `text`.
    pub(super) fn literal(self, text: &str) -> Literal<'_> {
        match self {
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

/// Floats hold all integers of so many digits.
const EXACT_DIGITS: usize = 15;

const POWERS_OF_TEN: [f64; EXACT_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
