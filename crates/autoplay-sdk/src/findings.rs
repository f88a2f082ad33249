//! What is found out about events by whichever thread reads them and calls callbacks: counted, and warned of.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use autoplay_protocol::payload::{Corrections, Head, Kind, Payload};

use crate::counters::Counters;
use crate::queued::{Arrival, Delivery, Queued, Unreadable};
use crate::throttle::Throttle;

/// The findings of a client. Warnings that can repeat are rate-limited, and none of them shows a payload.
#[derive(Debug)]
pub(crate) struct Findings {
    url: String,
    malformed: Mutex<Throttle>,
    corrected: Mutex<Throttle>,
    panicked: Mutex<Throttle>,
}

/// What an event is and whose, as far as the log may know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    event_type: &'static str,
    session_id: Option<&'a str>,
    product_id: Option<&'a str>,
}

impl Findings {
    /// `url` is shown as it is, so it must be without secrets.
    pub(crate) fn new(url: &str) -> Self {
        let throttle = || Mutex::new(Throttle::new(Instant::now()));
        Self { url: url.to_owned(), malformed: throttle(), corrected: throttle(), panicked: throttle() }
    }

    /// Reads an event for its callback. Malformed ones are for the caller to count: it knows if the run has done it.
    pub(crate) fn read(&self, event: &mut Queued, counters: &Counters) -> Result<Delivery, Unreadable> {
        let (bytes, is_known_gap) = (event.size(), event.is_known_gap());
        let (delivery, corrections) = event.read()?;
        if let Delivery::Payload(payload) = &delivery {
            self.corrected(bytes, corrections, payload.into());
        }
        if matches!(delivery, Delivery::Payload(Payload::Gap(_))) && !is_known_gap {
            // Its data says first that it is something else.
            counters.gaps.count();
        }
        Ok(delivery)
    }

    /// Checks an event for a callback that may look at nothing of it.
    pub(crate) fn check(&self, event: Queued, counters: &Counters) -> Result<Arrival, Unreadable> {
        let (bytes, is_known_gap) = (event.size(), event.is_known_gap());
        let (event, corrections) = event.check()?;
        if !corrections.is_empty()
            && let Arrival::Payload(payload) = &event
            && let Ok(head) = Head::read(payload.data(), payload.kind().name())
        {
            self.corrected(bytes, corrections, (&head).into());
        }
        if matches!(event, Arrival::Gap(_)) && !is_known_gap {
            counters.gaps.count();
        }
        Ok(event)
    }

    pub(crate) fn malformed(&self, unreadable: &Unreadable, counters: &Counters) {
        counters.malformed.count();
        let Unreadable { bytes, why } = *unreadable;
        if let Some(silenced) = pass(&self.malformed) {
            tracing::warn!(
                url = self.url,
                bytes,
                position = why.offset(),
                silenced,
                "an event is malformed and passed over: {why}"
            );
        }
    }

    pub(crate) fn corrected(&self, bytes: usize, corrections: Corrections, subject: Subject<'_>) {
        if !corrections.is_empty()
            && let Some(silenced) = pass(&self.corrected)
        {
            let Subject { event_type, session_id, product_id } = subject;
            tracing::warn!(
                url = self.url,
                event_type,
                session_id,
                product_id,
                bytes,
                silenced,
                "an event was corrected: {corrections}"
            );
        }
    }

    /// The panic's text may quote the payload, so it is not logged; the panic hook has shown it.
    pub(crate) fn panicked(&self, callback: &'static str, counters: &Counters) {
        counters.callback_errors.count();
        if let Some(silenced) = pass(&self.panicked) {
            tracing::error!(url = self.url, callback, silenced, "a callback panicked");
        }
    }
}

impl<'a> From<&'a Head<'_>> for Subject<'a> {
    fn from(head: &'a Head<'_>) -> Self {
        Self {
            event_type: head.kind.name(),
            session_id: head.session_id.as_deref(),
            product_id: Some(&head.product_id),
        }
    }
}

impl<'a> From<&'a Payload> for Subject<'a> {
    fn from(payload: &'a Payload) -> Self {
        let (kind, session_id, product_id) = match payload {
            Payload::Actions(batch) => (Kind::Actions, batch.session_id.as_deref(), Some(&batch.product_id)),
            Payload::Summary(summary) => {
                (Kind::Summary, summary.session_id.as_deref(), Some(&summary.product_id))
            }
            Payload::Gap(_) => (Kind::Gap, None, None),
            Payload::Other { .. } => (Kind::Other, None, None),
        };
        Self { event_type: kind.name(), session_id, product_id: product_id.map(String::as_str) }
    }
}

fn pass(throttle: &Mutex<Throttle>) -> Option<u64> {
    throttle.lock().unwrap_or_else(PoisonError::into_inner).pass(Instant::now())
}
