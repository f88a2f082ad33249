//! Which events are settled, and so where a later run goes on.

use std::collections::VecDeque;
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
    /// In order of arrival. The first one is not settled; of the others less than half are, but for a few.
    unsettled: VecDeque<Entry>,
    settled_within: usize,
}

#[derive(Debug)]
struct Entry {
    ticket: Ticket,
    before: Place,
    settled: bool,
}

/// So many that are settled are not worth the tidying.
const A_FEW: usize = 32;

impl Ledger {
    pub(super) fn at(place: Place) -> Self {
        Self {
            next: 0,
            latest: place.clone(),
            before_latest: place,
            unsettled: VecDeque::new(),
            settled_within: 0,
        }
    }

    /// An event arrived that is yet to be settled.
    pub(super) fn arrive(&mut self, place: Place) -> Ticket {
        self.pass(place);
        let ticket = Ticket(self.next);
        self.next += 1;
        self.unsettled.push_back(Entry { ticket, before: self.before_latest.clone(), settled: false });
        ticket
    }

    /// Something arrived that is settled already.
    pub(super) fn pass(&mut self, place: Place) {
        if place != self.latest {
            self.before_latest = mem::replace(&mut self.latest, place);
        }
    }

    /// Mostly it is the oldest one.
    pub(super) fn settle(&mut self, ticket: Ticket) {
        if self.unsettled.pop_front_if(|first| first.ticket == ticket).is_some() {
            while self.unsettled.pop_front_if(|first| first.settled).is_some() {
                self.settled_within -= 1;
            }
        } else if let Ok(at) = self.unsettled.binary_search_by_key(&ticket, |entry| entry.ticket) {
            self.settled_within += usize::from(!mem::replace(&mut self.unsettled[at].settled, true));
            if self.settled_within > A_FEW.max(self.unsettled.len() / 2) {
                self.unsettled.retain(|entry| !entry.settled);
                self.settled_within = 0;
            }
        }
    }

    /// The newest id up to and including which everything is settled.
    pub(super) fn resume_place(&self) -> &Place {
        self.unsettled.front().map_or(&self.latest, |oldest| &oldest.before)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn behind_one_that_is_stuck_nothing_piles_up() {
        let mut ledger = Ledger::at("".into());
        let stuck = ledger.arrive("1".into());
        for number in 2..100_000 {
            let ticket = ledger.arrive(number.to_string().as_str().into());
            ledger.settle(ticket);
        }
        assert_eq!(resume(&ledger), "");
        assert!(ledger.unsettled.len() <= 2 * A_FEW, "{}", ledger.unsettled.len());
        ledger.settle(stuck);
        assert_eq!((resume(&ledger), ledger.unsettled.len()), ("99999", 0));
    }

    proptest! {
        /// In whatever order they are settled, the place is that before the oldest of the others.
        #[test]
        fn it_remembers_what_is_not_settled(steps in proptest::collection::vec(any::<(bool, prop::sample::Index)>(), 0..400)) {
            let mut ledger = Ledger::at("0".into());
            let (mut next, mut open) = (0_u32, Vec::new());
            for (arrives, which) in steps {
                if arrives || open.is_empty() {
                    next += 1;
                    open.push((next, ledger.arrive(next.to_string().as_str().into())));
                } else {
                    let (_, ticket) = open.remove(which.index(open.len()));
                    ledger.settle(ticket);
                }
                let place = open.first().map_or(next, |(oldest, _)| oldest - 1);
                prop_assert_eq!(resume(&ledger), place.to_string());
                prop_assert!(ledger.unsettled.len() <= (2 * open.len()).max(open.len() + A_FEW));
            }
        }
    }
}
