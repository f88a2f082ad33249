use super::{
    fields::fields,
    lenient,
    text::{self, Part},
};
use crate::json::{JsonError, Key, Object, ObjectWriter, Reader, Value};
use std::fmt;

/// One thing that a user did, as a line of a batch.
///
/// An identity (`session_id`, `user_id`, `email`, `conversation_id`) that is an empty text stays one.
#[derive(Clone, Default, PartialEq)]
pub struct SlimAction {
    /// The action's place in its session, from 0.
    pub index: i64,
    /// `pageview`, `click`, `type` and so on; `type` in JSON.
    pub kind: String,
    /// A short name: `Click Export CSV button`.
    pub title: String,
    /// A sentence: `User clicked Export CSV button on the billing page`.
    pub description: String,
    /// When it began, in Unix seconds.
    pub timestamp_start: f64,
    /// When it ended, in Unix seconds.
    pub timestamp_end: f64,
    /// The URL as the browser had it.
    pub raw_url: String,
    /// The URL without query and fragment, identifiers in its path replaced by `:id`.
    pub canonical_url: String,
    /// The session, if it is known.
    pub session_id: Option<String>,
    /// The user, if one is known.
    pub user_id: Option<String>,
    /// The user's e-mail address, if it is known. `Debug` does not show it.
    pub email: Option<String>,
    /// The conversation that the session is linked to, if any.
    pub conversation_id: Option<String>,
    /// Fields that this version does not know.
    pub extra: Object,
}

fields! {
    /// In the order in which connectors write them.
    Field {
        Index: "index",
        Type: "type",
        Title: "title",
        Description: "description",
        TimestampStart: "timestamp_start",
        TimestampEnd: "timestamp_end",
        RawUrl: "raw_url",
        CanonicalUrl: "canonical_url",
        SessionId: "session_id",
        UserId: "user_id",
        Email: "email",
        ConversationId: "conversation_id",
    }
}

impl SlimAction {
    /// One line: `[<index>] <type>: <description> — <canonical_url>`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.text_room());
        self.write_text(&mut text);
        text
    }

    /// About how many bytes the line takes, with the line break.
    pub(super) fn text_room(&self) -> usize {
        self.kind.len() + self.description.len() + self.canonical_url.len() + 32
    }

    /// The action as compact JSON, fields that this version does not know at the end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    pub(super) fn write_text(&self, text: &mut String) {
        text::line(text, self.index, |text, part| {
            text.push_str(match part {
                Part::Kind => &self.kind,
                Part::Description => &self.description,
                Part::CanonicalUrl => &self.canonical_url,
            });
        });
    }

    /// Fills the action with the next value of `reader`, which is an object.
    pub(super) fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Field::NAMES, |key, reader| self.read_field(key, reader))
    }

    /// Takes what would fill an action, and drops it.
    pub(super) fn skip(reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Field::NAMES, |_, reader| reader.skip())
    }

    fn read_field(&mut self, key: Key<'_, Field>, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let Some(field) = key.field else {
            self.extra.insert(key.text, Value::read(reader)?);
            return Ok(());
        };
        match field {
            Field::Index => self.index = lenient::integer(reader)?,
            Field::Type => self.kind = lenient::text(reader)?.unwrap_or_default(),
            Field::Title => self.title = lenient::text(reader)?.unwrap_or_default(),
            Field::Description => self.description = lenient::text(reader)?.unwrap_or_default(),
            Field::TimestampStart => self.timestamp_start = lenient::float(reader)?,
            Field::TimestampEnd => self.timestamp_end = lenient::float(reader)?,
            Field::RawUrl => self.raw_url = lenient::text(reader)?.unwrap_or_default(),
            Field::CanonicalUrl => self.canonical_url = lenient::text(reader)?.unwrap_or_default(),
            Field::SessionId => self.session_id = lenient::text(reader)?,
            Field::UserId => self.user_id = lenient::text(reader)?,
            Field::Email => self.email = lenient::text(reader)?,
            Field::ConversationId => self.conversation_id = lenient::text(reader)?,
        }
        Ok(())
    }

    pub(super) fn write(&self, out: &mut String) {
        let mut object = ObjectWriter::new(out);
        object.integer("index", self.index);
        object.string("type", &self.kind);
        object.string("title", &self.title);
        object.string("description", &self.description);
        object.float("timestamp_start", self.timestamp_start);
        object.float("timestamp_end", self.timestamp_end);
        object.string("raw_url", &self.raw_url);
        object.string("canonical_url", &self.canonical_url);
        object.optional("session_id", self.session_id.as_deref());
        object.optional("user_id", self.user_id.as_deref());
        object.optional("email", self.email.as_deref());
        object.optional("conversation_id", self.conversation_id.as_deref());
        object.members_except(&self.extra, Field::TEXTS);
        object.end();
    }
}

impl fmt::Debug for SlimAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlimAction")
            .field("index", &self.index)
            .field("kind", &self.kind)
            .field("title", &self.title)
            .field("description", &self.description)
            .field("timestamp_start", &self.timestamp_start)
            .field("timestamp_end", &self.timestamp_end)
            .field("raw_url", &self.raw_url)
            .field("canonical_url", &self.canonical_url)
            .field("session_id", &self.session_id)
            .field("user_id", &self.user_id)
            .field("email", &self.email.as_ref().map(|_| Hidden))
            .field("conversation_id", &self.conversation_id)
            .field("extra", &self.extra)
            .finish()
    }
}

/// Stands for an e-mail address where a payload is shown for debugging, which is how texts end in logs.
pub(super) struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<hidden>")
    }
}
