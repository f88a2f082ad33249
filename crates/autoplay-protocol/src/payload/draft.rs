use super::{
    Corrections, Gap, Kind, Malformed, Payload, SummaryPayload,
    actions::{ActionsDraft, Field},
};
use crate::json::{Container, JsonError, Key, Reader, Shape};
use std::borrow::Cow;

/// A payload that is being read, of a type that may turn out to be another one.
enum Draft {
    Actions(ActionsDraft),
    Summary(SummaryPayload),
    Gap(Gap),
    Other,
}

/// Reads the data of an event.
///
/// The type is certain only at the end: it may be the last member, and of several the last one counts. So the data
/// is read as what it seems to be, which nearly always is what it is, and once more if that was wrong.
pub(super) fn read(data: &str, event_name: &str) -> Result<(Payload, Corrections), Malformed> {
    let (mut draft, stated) = read_as(Draft::new(probable_kind(event_name)), true, data)?;
    let name = stated.as_deref().unwrap_or(event_name);
    let kind = Kind::of(name);
    if draft.kind() != kind {
        (draft, _) = read_as(Draft::new(kind), false, data)?;
    }
    draft.finish(name)
}

/// The kind that the event's name tells, else the most frequent one.
fn probable_kind(event_name: &str) -> Kind {
    match Kind::of(event_name) {
        Kind::Other => Kind::Actions,
        named => named,
    }
}

/// Fills `draft`, and gives it with the type that the data states. While `open`, a type that comes before everything
/// else still changes what kind of draft it is.
fn read_as(mut draft: Draft, mut open: bool, data: &str) -> Result<(Draft, Option<Cow<'_, str>>), Malformed> {
    let mut reader = object(data)?;
    let mut stated = None;
    reader.object(Field::NAMES, |key, reader| {
        let open = std::mem::take(&mut open);
        if key.field != Some(Field::Type) {
            return draft.read_field(key, reader);
        }
        let name = read_type(reader)?;
        if open {
            draft = Draft::new(Kind::of(&name));
        }
        stated = Some(name);
        Ok(())
    })?;
    reader.finish()?;
    Ok((draft, stated))
}

/// A reader at the beginning of the object that the data has to be.
pub(super) fn object(data: &str) -> Result<Reader<'_>, Malformed> {
    let mut reader = Reader::new(data);
    if reader.peek()? == Shape::Container(Container::Object) {
        return Ok(reader);
    }
    let offset = reader.offset();
    reader.skip()?;
    reader.finish()?;
    Err(Malformed::NoObject { offset })
}

/// A type that is no text is one that nobody knows, and has no name.
pub(super) fn read_type<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, JsonError> {
    if reader.peek()? == Shape::String {
        return reader.string();
    }
    reader.skip()?;
    Ok(Cow::Borrowed(""))
}

impl Draft {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Actions => Self::Actions(ActionsDraft::default()),
            Kind::Summary => Self::Summary(SummaryPayload::default()),
            Kind::Gap => Self::Gap(Gap::default()),
            Kind::Other => Self::Other,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Actions(_) => Kind::Actions,
            Self::Summary(_) => Kind::Summary,
            Self::Gap(_) => Kind::Gap,
            Self::Other => Kind::Other,
        }
    }

    fn read_field(&mut self, key: Key<'_, Field>, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        match self {
            Self::Actions(draft) => draft.read_field(key, reader),
            Self::Summary(summary) => summary.read_field(key.text, reader),
            Self::Gap(gap) => gap.read_field(&key.text, reader),
            Self::Other => reader.skip(),
        }
    }

    fn finish(self, name: &str) -> Result<(Payload, Corrections), Malformed> {
        let payload = match self {
            Self::Actions(draft) => {
                let (batch, corrections) = draft.finish()?;
                return Ok((Payload::Actions(batch), corrections));
            }
            Self::Summary(summary) => Payload::Summary(summary),
            Self::Gap(gap) => Payload::Gap(gap),
            Self::Other => Payload::Other { kind: name.to_owned() },
        };
        Ok((payload, Corrections::default()))
    }
}
