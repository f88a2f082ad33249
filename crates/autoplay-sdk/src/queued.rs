//! An event in the queue.

use autoplay_protocol::payload::{Gap, Head, Kind, Payload};
use autoplay_protocol::sse::Event;

use crate::RawEvent;
use crate::place::Place;

/// An event that somebody wants: checked, its type known, its payload not yet built. Building it is the larger part
/// of the work, and belongs to whoever runs the callback.
#[derive(Debug)]
pub(crate) struct Queued {
    what: What,
    /// Its name, unless that is `message`.
    name: Option<Box<str>>,
    data: String,
    id: Place,
}

#[derive(Debug)]
enum What {
    Actions,
    Summary,
    Other,
    /// Read already: gaps are rare, and completed by what the reader knows.
    Gap(Box<Gap>),
}

/// An event as its callback gets it.
#[derive(Debug)]
pub(crate) enum Delivery {
    Payload(Payload),
    Raw(RawEvent),
}

const UNNAMED: &str = "message";

impl Queued {
    /// An event whose data was found to be sound.
    pub(crate) fn new(kind: Kind, event: Event<'_>, id: Place) -> Self {
        let what = match kind {
            Kind::Actions => What::Actions,
            Kind::Summary => What::Summary,
            Kind::Gap | Kind::Other => What::Other,
        };
        let name = (event.event != UNNAMED).then(|| event.event.into());
        Self { what, name, data: event.data.to_owned(), id }
    }

    pub(crate) fn gap(gap: Gap, event: Event<'_>, id: Place) -> Self {
        Self { what: What::Gap(Box::new(gap)), ..Self::new(Kind::Gap, event, id) }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.what {
            What::Actions => Kind::Actions,
            What::Summary => Kind::Summary,
            What::Gap(_) => Kind::Gap,
            What::Other => Kind::Other,
        }
    }

    /// What it takes of the queue's `max_queue_bytes`.
    pub(crate) fn size(&self) -> usize {
        self.data.len()
    }

    /// Whose it is, for a warning.
    pub(crate) fn head(&self) -> Option<Head<'_>> {
        Head::read(&self.data, self.name()).ok()
    }

    /// Builds what the callback gets. `None` never happens: the data was checked.
    pub(crate) fn into_delivery(self) -> Option<Delivery> {
        match self.what {
            What::Actions | What::Summary => {
                let (payload, _corrections) = Payload::read(&self.data, self.name()).ok()?;
                Some(Delivery::Payload(payload))
            }
            What::Gap(gap) => Some(Delivery::Payload(Payload::Gap(*gap))),
            What::Other => Some(Delivery::Raw(self.into_raw())),
        }
    }

    pub(crate) fn into_raw(self) -> RawEvent {
        let event = self.name.map_or_else(|| UNNAMED.to_owned(), String::from);
        RawEvent { event, data: self.data, id: self.id.as_str().to_owned() }
    }

    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(UNNAMED)
    }
}
