use super::{Corrections, Malformed, SlimAction, action::Hidden, lenient};
use crate::json::{Container, JsonError, Object, ObjectWriter, Reader, Shape, Value, write_array};
use std::borrow::Cow;
use std::fmt::{self, Write};
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

impl ActionsPayload {
    /// In the order in which connectors write them.
    pub(super) const FIELDS: [&str; 9] = [
        "type",
        "product_id",
        "session_id",
        "user_id",
        "email",
        "conversation_id",
        "count",
        "forwarded_at",
        "actions",
    ];

    /// A line `Session <session_id or unknown> — <N> actions`, then a line for each action, as
    /// [`SlimAction::to_text`] gives it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let session = self.session_id.as_deref().filter(|id| !id.is_empty()).unwrap_or("unknown");
        let mut text = String::new();
        let _infallible = write!(text, "Session {session} — {} actions", self.actions.len());
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
        object.members_except(&self.extra, &Self::FIELDS);
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

/// A batch that is being read.
#[derive(Default)]
pub(super) struct ActionsDraft {
    batch: ActionsPayload,
    left_out: usize,
    /// Where `actions` is something other than a list.
    no_list_at: Option<usize>,
}

impl ActionsDraft {
    pub(super) fn read_field(
        &mut self,
        name: Cow<'_, str>,
        reader: &mut Reader<'_>,
    ) -> Result<(), JsonError> {
        let batch = &mut self.batch;
        match &*name {
            "product_id" => batch.product_id = lenient::text(reader)?.unwrap_or_default(),
            "session_id" => batch.session_id = lenient::identity(reader)?,
            "user_id" => batch.user_id = lenient::identity(reader)?,
            "email" => batch.email = lenient::identity(reader)?,
            "conversation_id" => batch.conversation_id = lenient::text(reader)?,
            "count" => batch.count = lenient::integer(reader)?,
            "forwarded_at" => batch.forwarded_at = lenient::float(reader)?,
            "actions" => self.read_actions(reader)?,
            _ => drop(batch.extra.insert(name, Value::read(reader)?)),
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
        let mut more = reader.enter(Container::Array)?;
        while more {
            if reader.peek()? == Shape::Container(Container::Object) {
                let mut action = SlimAction::default();
                action.read(reader)?;
                self.batch.actions.push(action);
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
