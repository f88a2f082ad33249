//! Makes the bytes that a decoder reads.

use std::time::Duration;

use memchr::memchr2;

/// Appends one event as a block of its own.
///
/// Whatever the texts contain, exactly one event comes out at the other end, and nothing can be smuggled into the
/// stream: a line break in `data` (CR, LF or CRLF) begins a further data line, and is read back
/// as LF; in `event` and `id`, which can't have one, line breaks are left out, as is a NULL in `id`.
/// An empty `event` is the same as none. An empty `id` is written: it makes the reader forget its place.
pub fn write_event(out: &mut Vec<u8>, event: Option<&str>, id: Option<&str>, data: &str) {
    out.reserve(data.len() + 64);
    if let Some(event) = event.filter(|event| !event.is_empty()) {
        write_value(out, b"event: ", event, |_| true);
    }
    if let Some(id) = id {
        write_value(out, b"id: ", id, |byte| byte != 0);
    }
    write_lines(out, b"data: ", data);
    out.push(b'\n');
}

/// Appends a comment, which readers ignore but for the sign of life; a line break in it makes several.
///
/// It stands between events, never within one.
pub fn write_comment(out: &mut Vec<u8>, text: &str) {
    write_lines(out, b": ", text);
    out.push(b'\n');
}

/// Appends the time that readers shall wait before they reconnect. Below a millisecond it is cut.
pub fn write_retry(out: &mut Vec<u8>, delay: Duration) {
    out.extend_from_slice(format!("retry: {}\n\n", delay.as_millis()).as_bytes());
}

fn write_value(out: &mut Vec<u8>, prefix: &[u8], value: &str, allowed: impl Fn(u8) -> bool) {
    out.extend_from_slice(prefix);
    out.extend(value.bytes().filter(|&byte| !matches!(byte, b'\r' | b'\n') && allowed(byte)));
    out.push(b'\n');
}

fn write_lines(out: &mut Vec<u8>, prefix: &[u8], text: &str) {
    let mut rest = text.as_bytes();
    loop {
        out.extend_from_slice(prefix);
        let Some(end) = memchr2(b'\r', b'\n', rest) else {
            break;
        };
        out.extend_from_slice(&rest[..end]);
        out.push(b'\n');
        rest = match &rest[end..] {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => unreachable!("a line break was found here"),
        };
    }
    out.extend_from_slice(rest);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{write_comment, write_event, write_retry};

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = b"before\n".to_vec();
        write(&mut out);
        String::from_utf8(out).unwrap().strip_prefix("before\n").expect("it appends").to_owned()
    }

    #[test]
    fn events_look_like_this() {
        for (event, id, data, expected) in [
            (None, None, "a", "data: a\n\n"),
            (Some("e"), Some("1"), "a", "event: e\nid: 1\ndata: a\n\n"),
            (None, Some(""), "", "id: \ndata: \n\n"),
            (Some(""), None, " a", "data:  a\n\n"),
            (None, None, "a\nb\rc\r\nd\n", "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"),
            (None, None, "\n\r", "data: \ndata: \ndata: \n\n"),
            (Some("a\r\nb\0"), Some("1\n2\r\0"), "x", "event: ab\0\nid: 12\ndata: x\n\n"),
        ] {
            assert_eq!(written(|out| write_event(out, event, id, data)), expected);
        }
    }

    #[test]
    fn comments_and_times_look_like_this() {
        assert_eq!(written(|out| write_comment(out, "hi\nthere")), ": hi\n: there\n\n");
        assert_eq!(written(|out| write_retry(out, Duration::from_micros(1_000_999))), "retry: 1000\n\n");
    }
}
