//! Builds a [`Value`] from what the reader gives, without ever calling itself.

use super::{Container, JsonError, Object, Reader, Shape, Value};
use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::Arc;

impl Value {
    /// Takes the next value from `reader`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let mut open: Vec<Open> = Vec::new();
        'values: loop {
            let mut value = match reader.peek()? {
                Shape::Null => reader.null().map(|()| Self::Null)?,
                Shape::Bool => Self::Bool(reader.bool()?),
                Shape::Number => Self::Number(reader.number()?.into()),
                Shape::String => Self::String(reader.string()?.into_owned()),
                Shape::Container(container) => {
                    if reader.enter(container)? {
                        open.push(Open::begin(container, reader)?);
                        continue;
                    }
                    match container {
                        Container::Array => Self::Array(Vec::new()),
                        Container::Object => Self::Object(Object::new()),
                    }
                }
            };
            while let Some(innermost) = open.pop() {
                match innermost.put(value, reader)? {
                    Continue(innermost) => {
                        open.push(innermost);
                        continue 'values;
                    }
                    Break(complete) => value = complete,
                }
            }
            return Ok(value);
        }
    }
}

/// A container that waits for a value.
enum Open {
    Array(Vec<Value>),
    /// With the name of the member that waits.
    Object(Object, Arc<str>),
}

impl Open {
    fn begin(container: Container, reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        match container {
            Container::Array => Ok(Self::Array(Vec::new())),
            Container::Object => Ok(Self::Object(Object::new(), reader.key()?.into())),
        }
    }

    /// Takes the value that this waits for; then it either waits for another or is complete.
    fn put(self, value: Value, reader: &mut Reader<'_>) -> Result<ControlFlow<Value, Self>, JsonError> {
        match self {
            Self::Array(mut items) => {
                items.push(value);
                let more = reader.another(Container::Array)?;
                Ok(if more { Continue(Self::Array(items)) } else { Break(Value::Array(items)) })
            }
            Self::Object(mut object, name) => {
                object.insert(name, value);
                if reader.another(Container::Object)? {
                    return Ok(Continue(Self::Object(object, reader.key()?.into())));
                }
                Ok(Break(Value::Object(object)))
            }
        }
    }
}
