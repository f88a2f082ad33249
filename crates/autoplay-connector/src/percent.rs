//! Percent-encoding, taken back byte by byte: URLs and forms carry bytes that need not be UTF-8.

/// Decodes `%41` to `A`; what is no escape stays as it is.
pub(crate) fn decode(encoded: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut at = 0;
    while let Some(&byte) = encoded.get(at) {
        if let Some(escaped) = escape(&encoded[at..]) {
            decoded.push(escaped);
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    decoded
}

/// The byte that an escape at the very start stands for.
fn escape(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = *bytes else {
        return None;
    };
    Some(hex_digit(high)? << 4 | hex_digit(low)?)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decodes_escapes_and_nothing_else() {
        for (encoded, expected) in [
            ("caf%C3%A9", "café".as_bytes()),
            ("%7b%22a%22%7D", b"{\"a\"}"),
            ("a+b", b"a+b"),
            ("100%", b"100%"),
            ("%4", b"%4"),
            ("%zz%2", b"%zz%2"),
            ("%ff", b"\xff"),
            ("%+1%é", "%+1%é".as_bytes()),
        ] {
            assert_eq!(decode(encoded.as_bytes()), expected, "{encoded}");
        }
    }
}
