use super::{
    Head, Malformed,
    action::Field,
    head::HeadDraft,
    lenient,
    text::{self, Part},
};
use crate::json::{JsonError, Reader};

/// Where in the JSON of a batch its text is: found while it is checked, so that the text costs no second reading.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    /// 0 where there is no value, here and below: a value never stands at the beginning.
    session_at: usize,
    lines: Vec<Line>,
}

/// Where the values of an action are.
#[derive(Debug, Clone, Default)]
struct Line {
    index: usize,
    kind: usize,
    description: usize,
    canonical_url: usize,
}

impl Outline {
    pub(super) fn read<'a>(data: &'a str, event_name: &str) -> Result<(Head<'a>, Self), Malformed> {
        let mut lines = Vec::new();
        let draft = HeadDraft::read(data, |reader| Line::read(reader).map(|line| lines.push(line)))?;
        let of_those_before = lines.len().saturating_sub(draft.actions.objects);
        lines.drain(..of_those_before);
        let outline = Self { session_at: draft.session_at, lines };
        Ok((draft.finish(event_name)?, outline))
    }

    /// What [`ActionsPayload::to_text`](super::ActionsPayload::to_text) gives.
    pub(super) fn text(&self, data: &str) -> String {
        let session = at(self.session_at, data, lenient::borrowed_identity).flatten();
        // A third of the JSON is text as a rule.
        let mut text = text::head(session.as_deref(), self.lines.len(), data.len() / 2);
        for line in &self.lines {
            text.push('\n');
            line.write(&mut text, data);
        }
        text
    }
}

impl Line {
    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let mut line = Self::default();
        reader.object(Field::NAMES, |key, reader| {
            let value = match key.field {
                Some(Field::Index) => &mut line.index,
                Some(Field::Type) => &mut line.kind,
                Some(Field::Description) => &mut line.description,
                Some(Field::CanonicalUrl) => &mut line.canonical_url,
                _ => return reader.skip(),
            };
            *value = reader.offset();
            reader.skip()
        })?;
        Ok(line)
    }

    fn write(&self, out: &mut String, data: &str) {
        let index = at(self.index, data, lenient::integer).unwrap_or_default();
        text::line(out, index, |out, part| {
            let place = match part {
                Part::Kind => self.kind,
                Part::Description => self.description,
                Part::CanonicalUrl => self.canonical_url,
            };
            at(place, data, |reader| lenient::text_into(reader, out));
        });
    }
}

/// Reads the value that begins there.
fn at<'a, T>(
    place: usize,
    data: &'a str,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, JsonError>,
) -> Option<T> {
    if place == 0 {
        return None;
    }
    read(&mut Reader::new(data.get(place..)?)).ok()
}
