//! What was delivered, counted against what the log holds.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use autoplay_sdk::{ActionsPayload, SummaryPayload};

/// Everything that the callbacks were called with.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// How often each document was delivered.
    documents: HashMap<String, usize>,
    sessions: HashSet<Option<String>>,
    batches: usize,
    actions: usize,
    summaries: usize,
}

impl Ledger {
    pub(super) fn batch(&self, batch: &ActionsPayload) {
        let mut entries = self.lock();
        entries.batches += 1;
        entries.actions += batch.actions.len();
        entries.sessions.insert(batch.session_id.clone());
        *entries.documents.entry(batch.to_json()).or_default() += 1;
    }

    pub(super) fn summary(&self, summary: &SummaryPayload) {
        let mut entries = self.lock();
        entries.summaries += 1;
        *entries.documents.entry(summary.to_json()).or_default() += 1;
    }

    /// How many events have been delivered so far.
    pub(super) fn delivered(&self) -> usize {
        let entries = self.lock();
        entries.batches + entries.summaries
    }

    /// How many of the stored documents were not delivered.
    pub(super) fn missing(&self, stored: &[String]) -> usize {
        let mut left = self.lock().documents.clone();
        let mut take = |document: &String| match left.get_mut(document) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        };
        stored.iter().filter(|document| !take(document)).count()
    }

    /// The figures of the last line, from what was delivered.
    pub(super) fn figures(&self) -> String {
        let entries = self.lock();
        format!(
            "sessions={} batches={} actions={} summaries={}",
            entries.sessions.len(),
            entries.batches,
            entries.actions,
            entries.summaries
        )
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_delivered_or_not_often_enough_is_missing() {
        let ledger = Ledger::default();
        let summary = SummaryPayload { summary: "Visited 1 page: Cart.".into(), ..SummaryPayload::default() };
        ledger.summary(&summary);
        let (known, unknown) = (summary.to_json(), "{}".to_owned());
        assert_eq!(ledger.missing(std::slice::from_ref(&known)), 0);
        assert_eq!(ledger.missing(&[known.clone(), known, unknown]), 2);
        assert_eq!(ledger.figures(), "sessions=0 batches=0 actions=0 summaries=1");
    }
}
