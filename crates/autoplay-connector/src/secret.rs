//! Secrets: made at random, kept as hashes where only a comparison is needed, compared in constant time.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A text that must never be shown: its `Debug` is a placeholder, and it has no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret that came from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// 256 random bits behind a prefix that says what the secret is for.
    pub(crate) fn generate(prefix: &str) -> Self {
        Self(format!("{prefix}{}", random_hex::<32>()))
    }

    /// The text itself, for the one answer that shows it and for computing a signature.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in constant time. Both sides are hashed first, so that the length tells nothing either.
    pub(crate) fn matches(&self, candidate: &[u8]) -> bool {
        KeyHash::of(self.0.as_bytes()).matches(candidate)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 of a key. The keys are 256 random bits, so a slow hash would add nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct KeyHash([u8; 32]);

impl KeyHash {
    pub(crate) fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    pub(crate) fn matches(&self, candidate: &[u8]) -> bool {
        self.0.ct_eq(&Self::of(candidate).0).into()
    }

    pub(crate) fn to_hex(self) -> String {
        hex(&self.0)
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        decode_hex(text.as_bytes(), &mut bytes)?;
        Some(Self(bytes))
    }
}

/// `N` random bytes as `2 N` hexadecimal digits.
///
/// # Panics
///
/// Panics if the operating system has no randomness to give: nothing that needs a key can go on without.
pub(crate) fn random_hex<const N: usize>() -> String {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    hex(&bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Fills `out` from exactly twice as many hexadecimal digits; `None` for anything else.
pub(crate) fn decode_hex(text: &[u8], out: &mut [u8]) -> Option<()> {
    if text.len() != out.len() * 2 {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    #[test]
    fn only_the_same_text_matches() {
        let secret = Secret::generate("whsec_");
        assert!(secret.matches(secret.expose().as_bytes()));
        assert!(!secret.matches(b"whsec_"));
        assert!(!secret.matches(b""));
    }

    #[test]
    fn a_hash_survives_its_text_form() {
        let hash = KeyHash::of(b"uk_live_x");
        assert_eq!(KeyHash::from_hex(&hash.to_hex()), Some(hash));
        assert_eq!(KeyHash::from_hex("abc"), None);
        assert_eq!(KeyHash::from_hex(&"g".repeat(64)), None);
    }
}
