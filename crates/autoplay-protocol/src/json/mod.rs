//! JSON as it really arrives: a lenient reader, a [`Value`], and a writer of strictly valid JSON.
//!
//! The reader accepts RFC 8259 and, beyond it, what browsers and Python servers are known to send:
//!
//! - lone surrogate escapes, such as a text cut in the middle of an emoji leaves behind: read as U+FFFD;
//! - `NaN`, `Infinity` and `-Infinity`;
//! - numbers that 64 bits cannot hold: a [`Number`] keeps them by their text;
//! - duplicate keys: the last value wins, at the place of the first.
//!
//! It is strict about everything else: trailing commas, comments, single quotes, leading zeros, raw control
//! characters in strings and text after the value are errors. An error is a kind and a byte offset; it never
//! shows the text, which may be private.
//!
//! Hostile text costs time in proportion to its length and a bounded stack: arrays and objects may be
//! [`MAX_DEPTH`] deep, the outermost counting as 1, and scalars add nothing (500 brackets are read, 501 are
//! refused).
//!
//! ```
//! use autoplay_protocol::json::Value;
//!
//! let value = Value::parse(r#"{"user": {"name": "Zoë \ud83d"}, "score": NaN, "visits": 3}"#)?;
//! assert_eq!(value.get("visits").and_then(Value::as_i64), Some(3));
//! assert_eq!(value.to_json(), r#"{"user":{"name":"Zoë �"},"score":null,"visits":3}"#);
//! # Ok::<(), autoplay_protocol::json::JsonError>(())
//! ```

mod build;
mod decimal;
mod error;
mod name;
mod number;
mod object;
mod reader;
mod scan;
mod value;
mod write;

pub use error::{JsonError, JsonErrorKind};
pub(crate) use name::{Key, Name};
pub(crate) use number::Literal;
pub use number::Number;
pub use object::Object;
pub use reader::MAX_DEPTH;
pub(crate) use reader::{Container, Reader, Shape};
pub use value::Value;
pub(crate) use write::{ObjectWriter, write_array};
