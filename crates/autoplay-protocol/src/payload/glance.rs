use super::{Kind, Malformed, draft, lenient};
use crate::json::{Container, JsonError, Reader};
use std::borrow::Cow;

/// What an event seems to be, and whose: as much of its data is read, from the front, as that takes.
///
/// Connectors write both at the beginning, so a glance costs next to nothing. It says nothing of the rest, which may
/// be malformed, or say otherwise: of several members of the same name the last one counts, and a glance takes the
/// first. [`Head::read`](super::Head::read) and [`Payload::read`](super::Payload::read) know.
///
/// ```
/// use autoplay_protocol::payload::{Glance, Kind};
///
/// let data = r#"{"type":"actions","product_id":"shop","session_id":"s1","count":1,"actions":[{"ind"#;
/// assert_eq!(Glance::at_type(data, "message")?.kind, Kind::Actions);
/// assert_eq!(Glance::at_owner(data, "message")?.owner.as_deref(), Some("s1"));
/// assert!(Glance::at_type(r#"{"product_id":}"#, "message").is_err());
/// # Ok::<(), autoplay_protocol::payload::Malformed>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance<'a> {
    /// Its type.
    pub kind: Kind,
    /// The session, if it is known, else the user. `None` as well where it was not looked for.
    pub owner: Option<Cow<'a, str>>,
}

impl<'a> Glance<'a> {
    /// Looks for the type alone. The error is that of reading all of the data.
    pub fn at_type(data: &'a str, event_name: &str) -> Result<Self, Malformed> {
        Seen::default().look(data, event_name, Seen::has_type)
    }

    /// Looks for the type and the owner.
    pub fn at_owner(data: &'a str, event_name: &str) -> Result<Self, Malformed> {
        Seen::default().look(data, event_name, |seen| seen.has_type() && seen.session_id.is_some())
    }
}

/// What was seen so far.
#[derive(Default)]
struct Seen<'a> {
    stated: Option<Cow<'a, str>>,
    session_id: Option<Cow<'a, str>>,
    user_id: Option<Cow<'a, str>>,
}

impl<'a> Seen<'a> {
    fn has_type(&self) -> bool {
        self.stated.is_some()
    }

    fn look(
        mut self,
        data: &'a str,
        event_name: &str,
        is_enough: impl Fn(&Self) -> bool,
    ) -> Result<Glance<'a>, Malformed> {
        let mut reader = draft::object(data)?;
        let mut more = reader.enter(Container::Object)?;
        while more && !is_enough(&self) {
            self.read_member(&mut reader)?;
            more = reader.another(Container::Object)?;
        }
        if !more {
            reader.finish()?;
        }
        let kind = Kind::of(self.stated.as_deref().unwrap_or(event_name));
        Ok(Glance { kind, owner: self.session_id.or(self.user_id) })
    }

    fn read_member(&mut self, reader: &mut Reader<'a>) -> Result<(), JsonError> {
        match &*reader.key()? {
            "type" if self.stated.is_none() => self.stated = Some(draft::read_type(reader)?),
            "session_id" if self.session_id.is_none() => {
                self.session_id = lenient::borrowed_identity(reader)?;
            }
            "user_id" if self.user_id.is_none() => self.user_id = lenient::borrowed_identity(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}
