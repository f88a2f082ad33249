//! An event in the queue.

use std::mem;

use autoplay_protocol::payload::{Checked, Corrections, Gap, Head, Kind, Malformed, Payload};
use autoplay_protocol::sse::Event;

use crate::RawEvent;
use crate::place::Place;

/// An event that somebody seems to want, as far as a glance tells. It is read once, by whoever runs the callback:
/// that is the larger part of the work, and may show that it is malformed, or something else than it seemed.
#[derive(Debug)]
pub(crate) struct Queued {
    /// Its name, unless that is `message`.
    name: Option<Box<str>>,
    data: String,
    id: Place,
    /// Read already: gaps are rare, and completed by what the reader knows.
    gap: Option<Box<Gap>>,
}

/// An event as its callback gets it.
#[derive(Debug)]
pub(crate) enum Delivery {
    Payload(Payload),
    Raw(RawEvent),
}

/// An event as a host's callback gets it. The host is likely to have a form of its own for payloads, so they are checked
/// and not built.
#[derive(Debug)]
pub enum Arrival {
    /// A batch or a summary.
    Payload(Checked),
    /// Events are missing here.
    Gap(Gap),
    /// An event of any other type, as it came.
    Other(RawEvent),
}

/// An event that could not be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) bytes: usize,
    pub(crate) why: Malformed,
}

const UNNAMED: &str = "message";

impl Arrival {
    /// Whose callback it is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Payload(payload) => payload.kind(),
            Self::Gap(_) => Kind::Gap,
            Self::Other(_) => Kind::Other,
        }
    }
}

impl Queued {
    /// Its data is written into `blank`.
    pub(crate) fn new(event: Event<'_>, id: Place, gap: Option<Gap>, mut blank: String) -> Self {
        let name = (event.event != UNNAMED).then(|| event.event.into());
        blank.push_str(event.data);
        Self { name, data: blank, id, gap: gap.map(Box::new) }
    }

    /// Whether it was read already, and found to be a gap.
    pub(crate) fn is_known_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// The place in the stream after it.
    pub(crate) fn place(&self) -> &Place {
        &self.id
    }

    /// What it takes of the queue's `max_queue_bytes`.
    pub(crate) fn size(&self) -> usize {
        self.data.len()
    }

    /// What it is and whose, all of it being checked.
    pub(crate) fn head(&self) -> Result<Head<'_>, Unreadable> {
        Head::read(&self.data, self.name()).map_err(|why| self.unreadable(why))
    }

    /// Builds what the callback gets, once.
    pub(crate) fn read(&mut self) -> Result<(Delivery, Corrections), Unreadable> {
        if let Some(gap) = self.gap.take() {
            return Ok((Delivery::Payload(Payload::Gap(*gap)), Corrections::default()));
        }
        match Payload::read(&self.data, self.name()) {
            Ok((Payload::Other { .. }, corrections)) => Ok((Delivery::Raw(self.take_raw()), corrections)),
            Ok((payload, corrections)) => Ok((Delivery::Payload(payload), corrections)),
            Err(why) => Err(self.unreadable(why)),
        }
    }

    /// Checks all of it, and builds nothing that somebody may never look at.
    pub(crate) fn check(self) -> Result<(Arrival, Corrections), Unreadable> {
        let Self { name, data, id, gap } = self;
        if let Some(gap) = gap {
            return Ok((Arrival::Gap(*gap), Corrections::default()));
        }
        let (bytes, name) = (data.len(), name.as_deref().unwrap_or(UNNAMED));
        let (checked, corrections) = Checked::read(data, name).map_err(|why| Unreadable { bytes, why })?;
        let event = match checked.kind() {
            Kind::Actions | Kind::Summary => Arrival::Payload(checked),
            Kind::Gap => match checked.build() {
                Payload::Gap(gap) => Arrival::Gap(gap),
                _ => Arrival::Payload(checked),
            },
            Kind::Other => {
                let (event, id) = (name.to_owned(), id.as_str().to_owned());
                Arrival::Other(RawEvent { event, data: checked.into_data(), id })
            }
        };
        Ok((event, corrections))
    }

    /// What it is written in, which is of no use any more.
    pub(crate) fn into_blank(self) -> String {
        self.data
    }

    /// All of it as it came, once.
    pub(crate) fn take_raw(&mut self) -> RawEvent {
        let event = self.name.take().map_or_else(|| UNNAMED.to_owned(), String::from);
        RawEvent { event, data: mem::take(&mut self.data), id: self.id.as_str().to_owned() }
    }

    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(UNNAMED)
    }

    fn unreadable(&self, why: Malformed) -> Unreadable {
        Unreadable { bytes: self.size(), why }
    }
}
