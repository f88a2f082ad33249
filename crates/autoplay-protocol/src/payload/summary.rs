use super::lenient;
use crate::json::{JsonError, Object, ObjectWriter, Reader, Value};
use std::borrow::Cow;

/// What a user did in a session, in a few sentences that stand for the actions they sum up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SummaryPayload {
    /// The product that the session belongs to.
    pub product_id: String,
    /// The session, if it is known; read as `None` where the JSON has an empty text.
    pub session_id: Option<String>,
    /// The sentences.
    pub summary: String,
    /// How many actions they sum up.
    pub replaces: i64,
    /// When the connector sent the summary on its way, in Unix seconds.
    pub forwarded_at: f64,
    /// Fields that this version does not know.
    pub extra: Object,
}

impl SummaryPayload {
    const FIELDS: [&str; 6] = ["type", "product_id", "session_id", "summary", "replaces", "forwarded_at"];

    /// The summary itself.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.summary.clone()
    }

    /// The payload as compact JSON, fields that this version does not know at the end.
    ///
    /// Reading it gives an equal payload, but for an empty session, numbers that are not finite and known names in
    /// `extra`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        let mut object = ObjectWriter::new(&mut out);
        object.string("type", "summary");
        object.string("product_id", &self.product_id);
        object.optional("session_id", self.session_id.as_deref());
        object.string("summary", &self.summary);
        object.integer("replaces", self.replaces);
        object.float("forwarded_at", self.forwarded_at);
        object.members_except(&self.extra, &Self::FIELDS);
        object.end();
        out
    }

    pub(super) fn read_field(
        &mut self,
        name: Cow<'_, str>,
        reader: &mut Reader<'_>,
    ) -> Result<(), JsonError> {
        match &*name {
            "product_id" => self.product_id = lenient::text(reader)?.unwrap_or_default(),
            "session_id" => self.session_id = lenient::identity(reader)?,
            "summary" => self.summary = lenient::text(reader)?.unwrap_or_default(),
            "replaces" => self.replaces = lenient::integer(reader)?,
            "forwarded_at" => self.forwarded_at = lenient::float(reader)?,
            _ => drop(self.extra.insert(name, Value::read(reader)?)),
        }
        Ok(())
    }
}
