use super::{Object, Value, scan::plain_len};
use std::fmt::Write;

pub(super) fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => number.write(out),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => write_array(out, items, write_value),
        Value::Object(object) => {
            let mut writer = ObjectWriter::new(out);
            writer.members(object);
            writer.end();
        }
    }
}

pub(crate) fn write_array<T>(out: &mut String, items: &[T], write: fn(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// Writes one object, member by member.
pub(crate) struct ObjectWriter<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    pub(crate) fn new(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    pub(crate) fn end(self) {
        self.out.push('}');
    }

    /// Writes the name of a member and gives what its value is to be written to.
    pub(crate) fn name(&mut self, name: &str) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        write_string(self.out, name);
        self.out.push(':');
        self.out
    }

    pub(crate) fn string(&mut self, name: &str, text: &str) {
        write_string(self.name(name), text);
    }

    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.string(name, text),
            None => self.name(name).push_str("null"),
        }
    }

    pub(crate) fn integer(&mut self, name: &str, integer: i64) {
        let _infallible = write!(self.name(name), "{integer}");
    }

    pub(crate) fn float(&mut self, name: &str, float: f64) {
        let out = self.name(name);
        if float.is_finite() {
            write_float(out, float);
        } else {
            out.push_str("null");
        }
    }

    pub(crate) fn members(&mut self, object: &Object) {
        self.members_except(object, &[]);
    }

    /// Writes the members of `object` but for those whose name is one of `taken`.
    pub(crate) fn members_except(&mut self, object: &Object, taken: &[&str]) {
        for (name, value) in object {
            if !taken.contains(&name) {
                write_value(self.name(name), value);
            }
        }
    }
}

pub(super) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    loop {
        // Special bytes are ASCII, so that both cuts are at the edges of characters.
        let (plain, special) = rest.split_at(plain_len(rest.as_bytes()));
        out.push_str(plain);
        let Some(&byte) = special.as_bytes().first() else {
            break;
        };
        write_escape(out, byte);
        rest = &special[1..];
    }
    out.push('"');
}

fn write_escape(out: &mut String, byte: u8) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        0x08 => out.push_str("\\b"),
        0x0c => out.push_str("\\f"),
        other => {
            let _infallible = write!(out, "\\u{other:04x}");
        }
    }
}

/// Writes the shortest decimal that reads back as `float`, in the form that Python gives it: always with a
/// fraction or an exponent, the exponent signed and of two digits at least.
pub(super) fn write_float(out: &mut String, float: f64) {
    if float.is_nan() {
        return out.push_str("nan");
    }
    let start = out.len();
    // The standard library turns to an exponent at the same magnitudes as Python, and leaves it bare.
    let _infallible = write!(out, "{float:?}");
    let Some(at) = out[start..].find('e') else {
        return;
    };
    let exponent = out.split_off(start + at + 1);
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', &*exponent), |digits| ('-', digits));
    let _infallible = write!(out, "{sign}{digits:0>2}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> String {
        let mut out = String::new();
        write_string(&mut out, text);
        out
    }

    #[test]
    fn strings_are_escaped_where_json_asks_for_it_and_nowhere_else() {
        assert_eq!(string(""), r#""""#);
        assert_eq!(string("a\"b\\c\n\r\t\u{8}\u{c}\0\u{1f}"), r#""a\"b\\c\n\r\t\b\f\u0000\u001f""#);
        assert_eq!(string("Zoë/😀\u{7f}\u{2028}"), "\"Zoë/😀\u{7f}\u{2028}\"");
    }

    #[test]
    fn floats_look_as_in_python() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1_767_225_600.125, "1767225600.125"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (5e-324, "5e-324"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (float, expected) in cases {
            let mut out = String::from("e");
            write_float(&mut out, float);
            assert_eq!(out, format!("e{expected}"));
        }
    }
}
