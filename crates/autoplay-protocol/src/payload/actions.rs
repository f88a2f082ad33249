use super::{Corrections, Malformed, SlimAction, action::Hidden, fields::fields, lenient, text};
use crate::json::{Container, JsonError, Key, Object, ObjectWriter, Reader, Shape, Value, write_array};
use std::fmt;
use thiserror::Error;

/// A batch: what one user did in one session, in order.
///
/// Of the identities, `session_id`, `user_id` and `email` are read as `None` where the JSON has an empty text.
#[derive(Clone, Default, PartialEq)]
pub struct ActionsPayload {
    /// The product that the session belongs to.
    pub product_id: String,
    /// The session, if it is known.
    pub session_id: Option<String>,
    /// The user, if one is known.
    pub user_id: Option<String>,
    /// The user's e-mail address, if it is known. `Debug` does not show it.
    pub email: Option<String>,
    /// The conversation that the session is linked to, if any.
    pub conversation_id: Option<String>,
    /// How many actions there are. Reading sets it to what is there, whatever the JSON says.
    pub count: i64,
    /// When the connector sent the batch on its way, in Unix seconds.
    pub forwarded_at: f64,
    /// The actions in order.
    pub actions: Vec<SlimAction>,
    /// Fields that this version does not know.
    pub extra: Object,
}

fields! {
    /// In the order in which connectors write them.
    Field {
        Type: "type",
        ProductId: "product_id",
        SessionId: "session_id",
        UserId: "user_id",
        Email: "email",
        ConversationId: "conversation_id",
        Count: "count",
        ForwardedAt: "forwarded_at",
        Actions: "actions",
    }
}

impl ActionsPayload {
    /// A line `Session <session_id or unknown> — <N> actions`, then a line for each action, as
    /// [`SlimAction::to_text`] gives it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let session = self.session_id.as_deref().filter(|id| !id.is_empty());
        let room = self.actions.iter().map(SlimAction::text_room).sum::<usize>();
        let mut text = text::head(session, self.actions.len(), room);
        for action in &self.actions {
            text.push('\n');
            action.write_text(&mut text);
        }
        text
    }

    /// The batch as compact JSON, fields that this version does not know at the end.
    ///
    /// Reading it gives an equal batch, as far as the fields hold what a batch that was read can hold: finite
    /// numbers, no empty identity, the right `count`, no known name in `extra`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        let mut object = ObjectWriter::new(&mut out);
        object.string("type", "actions");
        object.string("product_id", &self.product_id);
        object.optional("session_id", self.session_id.as_deref());
        object.optional("user_id", self.user_id.as_deref());
        object.optional("email", self.email.as_deref());
        object.optional("conversation_id", self.conversation_id.as_deref());
        object.integer("count", self.count);
        object.float("forwarded_at", self.forwarded_at);
        write_array(object.name("actions"), &self.actions, |out, action| {
            action.write(out);
        });
        object.members_except(&self.extra, Field::TEXTS);
        object.end();
        out
    }

    /// Makes one batch of several of one session: their actions one after another, numbered from 0, and the
    /// latest `forwarded_at`.
    ///
    /// The product is the first one's. Of each identity, and of each field in `extra`, the first one that is known
    /// is taken.
    ///
    /// ```
    /// use autoplay_protocol::payload::{ActionsPayload, NothingToMerge, SlimAction};
    ///
    /// let batch = ActionsPayload { count: 1, actions: vec![SlimAction::default()], ..Default::default() };
    /// let late = ActionsPayload { user_id: Some("ada".to_owned()), forwarded_at: 2.0, ..batch.clone() };
    /// let merged = ActionsPayload::merge([batch, late])?;
    /// assert_eq!((merged.count, merged.actions[1].index), (2, 1));
    /// assert_eq!(merged.user_id.as_deref(), Some("ada"));
    /// # Ok::<(), NothingToMerge>(())
    /// ```
    pub fn merge(batches: impl IntoIterator<Item = Self>) -> Result<Self, NothingToMerge> {
        let mut batches = batches.into_iter();
        let mut merged = batches.next().ok_or(NothingToMerge)?;
        for batch in batches {
            merged.append(batch);
        }
        for (index, action) in (0..).zip(&mut merged.actions) {
            action.index = index;
        }
        merged.count = length(&merged.actions);
        Ok(merged)
    }

    fn append(&mut self, next: Self) {
        keep_first_known(&mut self.session_id, next.session_id);
        keep_first_known(&mut self.user_id, next.user_id);
        keep_first_known(&mut self.email, next.email);
        keep_first_known(&mut self.conversation_id, next.conversation_id);
        self.forwarded_at = self.forwarded_at.max(next.forwarded_at);
        self.actions.extend(next.actions);
        for (name, value) in next.extra {
            if !self.extra.contains_key(&name) {
                self.extra.insert(name, value);
            }
        }
    }
}

impl fmt::Debug for ActionsPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionsPayload")
            .field("product_id", &self.product_id)
            .field("session_id", &self.session_id)
            .field("user_id", &self.user_id)
            .field("email", &self.email.as_ref().map(|_| Hidden))
            .field("conversation_id", &self.conversation_id)
            .field("count", &self.count)
            .field("forwarded_at", &self.forwarded_at)
            .field("actions", &self.actions)
            .field("extra", &self.extra)
            .finish()
    }
}

/// There is no batch without a batch: [`ActionsPayload::merge`] was given none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no batch to merge: give `merge` at least one")]
pub struct NothingToMerge;

/// An action has more bytes than that in JSON, or hardly any content.
const SHORT_ACTION: usize = 64;

/// A batch that is being read.
#[derive(Default)]
pub(super) struct ActionsDraft {
    batch: ActionsPayload,
    left_out: usize,
    /// Where `actions` is something other than a list.
    no_list_at: Option<usize>,
}

impl ActionsDraft {
    /// The type is for the caller to read; one that comes here is a field like any other.
    pub(super) fn read_field(
        &mut self,
        key: Key<'_, Field>,
        reader: &mut Reader<'_>,
    ) -> Result<(), JsonError> {
        let batch = &mut self.batch;
        match key.field {
            Some(Field::ProductId) => batch.product_id = lenient::text(reader)?.unwrap_or_default(),
            Some(Field::SessionId) => batch.session_id = lenient::identity(reader)?,
            Some(Field::UserId) => batch.user_id = lenient::identity(reader)?,
            Some(Field::Email) => batch.email = lenient::identity(reader)?,
            Some(Field::ConversationId) => batch.conversation_id = lenient::text(reader)?,
            Some(Field::Count) => batch.count = lenient::integer(reader)?,
            Some(Field::ForwardedAt) => batch.forwarded_at = lenient::float(reader)?,
            Some(Field::Actions) => self.read_actions(reader)?,
            Some(Field::Type) | None => drop(batch.extra.insert(key.text, Value::read(reader)?)),
        }
        Ok(())
    }

    /// Starts afresh, since of several fields of the same name the last one wins.
    fn read_actions(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        self.batch.actions.clear();
        self.left_out = 0;
        self.no_list_at = None;
        match reader.peek()? {
            Shape::Container(Container::Array) => self.read_elements(reader),
            Shape::Null => reader.null(),
            _ => {
                self.no_list_at = Some(reader.offset());
                reader.skip()
            }
        }
    }

    fn read_elements(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        // Connectors say before how many there are. Who lies about it gets no room that the text would not fill.
        let said = usize::try_from(self.batch.count).unwrap_or(0);
        self.batch.actions.reserve_exact(said.min(reader.left() / SHORT_ACTION));
        let mut more = reader.enter(Container::Array)?;
        while more {
            if reader.peek()? == Shape::Container(Container::Object) {
                self.batch.actions.push_mut(SlimAction::default()).read(reader)?;
            } else {
                self.left_out += 1;
                reader.skip()?;
            }
            more = reader.another(Container::Array)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(ActionsPayload, Corrections), Malformed> {
        if let Some(offset) = self.no_list_at {
            return Err(Malformed::ActionsNoList { offset });
        }
        let mut batch = self.batch;
        let said = batch.count;
        batch.count = length(&batch.actions);
        let count = (said != batch.count).then_some(said);
        Ok((batch, Corrections { count, left_out: self.left_out }))
    }
}

fn length(actions: &[SlimAction]) -> i64 {
    i64::try_from(actions.len()).unwrap_or(i64::MAX)
}

fn keep_first_known(known: &mut Option<String>, next: Option<String>) {
    if known.as_deref().is_none_or(str::is_empty) && next.as_deref().is_some_and(|next| !next.is_empty()) {
        *known = next;
    }
}
