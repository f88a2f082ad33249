use super::{Corrections, Kind, Malformed, SlimAction, actions::Field, draft, lenient};
use crate::json::{Container, JsonError, Reader, Shape};
use std::borrow::Cow;
use std::mem;

/// What an event is and whose it is: enough to decide where it goes, at a fraction of what reading all of it costs.
///
/// The whole data is checked: [`Head::read`] takes and refuses exactly what
/// [`Payload::read`](super::Payload::read) does, for the same reasons.
///
/// ```
/// use autoplay_protocol::payload::{Head, Kind};
///
/// let data = r#"{"type":"actions","product_id":"shop","session_id":"s1","count":1,"actions":[{"index":0}]}"#;
/// let head = Head::read(data, "message")?;
/// assert_eq!((head.kind, head.session_id.as_deref()), (Kind::Actions, Some("s1")));
/// assert!(Head::read(r#"{"type":"actions","actions":[{]}"#, "message").is_err());
/// # Ok::<(), autoplay_protocol::payload::Malformed>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head<'a> {
    /// Its type.
    pub kind: Kind,
    /// The product; empty if none is named.
    pub product_id: Cow<'a, str>,
    /// The session, if it is known.
    pub session_id: Option<Cow<'a, str>>,
    /// The user, if one is known.
    pub user_id: Option<Cow<'a, str>>,
    /// What reading the payload will put right.
    pub corrections: Corrections,
}

impl<'a> Head<'a> {
    /// Reads what [`Payload::read`](super::Payload::read) would read, without building it.
    pub fn read(data: &'a str, event_name: &str) -> Result<Self, Malformed> {
        HeadDraft::read(data, SlimAction::skip)?.finish(event_name)
    }
}

/// A head that is being read.
#[derive(Default)]
pub(super) struct HeadDraft<'a> {
    stated: Option<Cow<'a, str>>,
    product_id: Option<Cow<'a, str>>,
    session_id: Option<Cow<'a, str>>,
    /// Where the session's value begins.
    pub(super) session_at: usize,
    user_id: Option<Cow<'a, str>>,
    count: i64,
    pub(super) actions: ActionsFound,
}

/// What `actions` holds.
#[derive(Default)]
pub(super) struct ActionsFound {
    pub(super) objects: usize,
    left_out: usize,
    /// Where it is something other than a list.
    no_list_at: Option<usize>,
}

impl<'a> HeadDraft<'a> {
    /// Checks everything. `action` takes each object in `actions`; of several `actions` the last one counts.
    pub(super) fn read(
        data: &'a str,
        mut action: impl FnMut(&mut Reader<'a>) -> Result<(), JsonError>,
    ) -> Result<Self, Malformed> {
        let mut reader = draft::object(data)?;
        let mut draft = Self::default();
        reader.object(Field::NAMES, |key, reader| draft.read_field(key.field, reader, &mut action))?;
        reader.finish()?;
        Ok(draft)
    }

    fn read_field(
        &mut self,
        field: Option<Field>,
        reader: &mut Reader<'a>,
        action: &mut impl FnMut(&mut Reader<'a>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        match field {
            Some(Field::Type) => self.stated = Some(draft::read_type(reader)?),
            Some(Field::ProductId) => self.product_id = lenient::borrowed_text(reader)?,
            Some(Field::SessionId) => {
                self.session_at = reader.offset();
                self.session_id = lenient::borrowed_identity(reader)?;
            }
            Some(Field::UserId) => self.user_id = lenient::borrowed_identity(reader)?,
            Some(Field::Count) => self.count = lenient::integer(reader)?,
            Some(Field::Actions) => self.actions = ActionsFound::read(reader, action)?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    pub(super) fn finish(mut self, event_name: &str) -> Result<Head<'a>, Malformed> {
        let kind = Kind::of(self.stated.as_deref().unwrap_or(event_name));
        let corrections = if kind == Kind::Actions { self.corrections()? } else { Corrections::default() };
        Ok(Head {
            kind,
            product_id: mem::take(&mut self.product_id).unwrap_or_default(),
            session_id: self.session_id,
            user_id: self.user_id,
            corrections,
        })
    }

    fn corrections(&self) -> Result<Corrections, Malformed> {
        let ActionsFound { objects, left_out, no_list_at } = self.actions;
        if let Some(offset) = no_list_at {
            return Err(Malformed::ActionsNoList { offset });
        }
        Ok(Corrections { count: (i64::try_from(objects) != Ok(self.count)).then_some(self.count), left_out })
    }
}

impl ActionsFound {
    fn read<'a>(
        reader: &mut Reader<'a>,
        action: &mut impl FnMut(&mut Reader<'a>) -> Result<(), JsonError>,
    ) -> Result<Self, JsonError> {
        let mut found = Self::default();
        match reader.peek()? {
            Shape::Container(Container::Array) => found.read_elements(reader, action)?,
            Shape::Null => reader.null()?,
            _ => {
                found.no_list_at = Some(reader.offset());
                reader.skip()?;
            }
        }
        Ok(found)
    }

    fn read_elements<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        action: &mut impl FnMut(&mut Reader<'a>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let mut more = reader.enter(Container::Array)?;
        while more {
            if reader.peek()? == Shape::Container(Container::Object) {
                self.objects += 1;
                action(reader)?;
            } else {
                self.left_out += 1;
                reader.skip()?;
            }
            more = reader.another(Container::Array)?;
        }
        Ok(())
    }
}
