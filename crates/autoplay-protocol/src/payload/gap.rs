use super::lenient;
use crate::json::{JsonError, ObjectWriter, Reader};

/// The connector's word that the stream could not be continued where the subscriber left it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gap {
    /// Why: `retention`, `epoch` or `unknown_id`.
    pub reason: String,
    /// The id after which the subscriber asked to go on, if it is known.
    pub requested_id: Option<String>,
    /// The oldest id that there still is: the stream goes on from there.
    pub oldest_id: Option<String>,
}

impl Gap {
    /// The data of a `gap` event, as compact JSON; `requested_id` is left out where there is none.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        let mut object = ObjectWriter::new(&mut out);
        object.string("type", "gap");
        object.string("reason", &self.reason);
        if let Some(requested_id) = &self.requested_id {
            object.string("requested_id", requested_id);
        }
        object.optional("oldest_id", self.oldest_id.as_deref());
        object.end();
        out
    }

    pub(super) fn read_field(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        match name {
            "reason" => self.reason = lenient::text(reader)?.unwrap_or_default(),
            "requested_id" => self.requested_id = lenient::text(reader)?,
            "oldest_id" => self.oldest_id = lenient::text(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}
