//! Which events are settled, and so where a later run goes on.

use std::collections::BTreeMap;
use std::mem;

use crate::place::Place;

/// The number of an event, in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(u64);

/// Remembers, for every event that is not settled, the place to which one has to go back to get it again.
///
/// That is the newest id before its own: an id that several events share is only behind us when the last of them is
/// settled. So what is kept is bounded by what is not settled, however much has gone by since.
#[derive(Debug)]
pub(super) struct Ledger {
    next: u64,
    latest: Place,
    /// The newest place that is not `latest`.
    before_latest: Place,
    unsettled: BTreeMap<Ticket, Place>,
}

impl Ledger {
    pub(super) fn at(place: Place) -> Self {
        Self { next: 0, latest: place.clone(), before_latest: place, unsettled: BTreeMap::new() }
    }

    /// An event arrived that is yet to be settled.
    pub(super) fn arrive(&mut self, place: Place) -> Ticket {
        self.pass(place);
        let ticket = Ticket(self.next);
        self.next += 1;
        self.unsettled.insert(ticket, self.before_latest.clone());
        ticket
    }

    /// Something arrived that is settled already.
    pub(super) fn pass(&mut self, place: Place) {
        if place != self.latest {
            self.before_latest = mem::replace(&mut self.latest, place);
        }
    }

    pub(super) fn settle(&mut self, ticket: Ticket) {
        self.unsettled.remove(&ticket);
    }

    /// The newest id up to and including which everything is settled.
    pub(super) fn resume_place(&self) -> &Place {
        self.unsettled.first_key_value().map_or(&self.latest, |(_, before)| before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resume(ledger: &Ledger) -> &str {
        ledger.resume_place().as_str()
    }

    #[test]
    fn the_place_is_that_before_the_oldest_event_that_is_not_settled() {
        let mut ledger = Ledger::at("0".into());
        assert_eq!(resume(&ledger), "0");
        let (one, two, three) =
            (ledger.arrive("1".into()), ledger.arrive("2".into()), ledger.arrive("3".into()));
        ledger.settle(two);
        assert_eq!(resume(&ledger), "0");
        ledger.settle(one);
        assert_eq!(resume(&ledger), "2");
        ledger.settle(three);
        assert_eq!(resume(&ledger), "3");
    }

    #[test]
    fn heartbeats_move_the_place_once_all_before_them_is_settled() {
        let mut ledger = Ledger::at("0".into());
        let one = ledger.arrive("1".into());
        ledger.pass("5".into());
        assert_eq!(resume(&ledger), "0");
        ledger.settle(one);
        assert_eq!(resume(&ledger), "5");
    }

    #[test]
    fn an_id_that_events_share_counts_when_the_last_of_them_is_settled() {
        let mut ledger = Ledger::at("".into());
        let (one, two, three) =
            (ledger.arrive("1".into()), ledger.arrive("2".into()), ledger.arrive("2".into()));
        ledger.settle(one);
        ledger.settle(two);
        assert_eq!(resume(&ledger), "1");
        ledger.settle(three);
        assert_eq!(resume(&ledger), "2");
        // One more under the same id takes the place back.
        let four = ledger.arrive("2".into());
        assert_eq!(resume(&ledger), "1");
        ledger.settle(four);
        assert_eq!(resume(&ledger), "2");
    }
}
