use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

use super::seen::Seen;
use crate::{Fate, Incoming, Options, ReadLimit, Receipt, Record, Sequence, Transaction, Waiting, WaitingId};

/// Everything that the log holds.
pub(super) struct State {
    products: HashMap<Arc<str>, Product>,
    waiting: BTreeMap<WaitingId, Waiting>,
    values: BTreeMap<String, Vec<u8>>,
    last_sequence: u64,
    last_waiting: u64,
    remember_ms: u64,
    remember_events: u64,
}

#[derive(Default)]
struct Product {
    /// In order of sequence.
    records: Vec<Record>,
    seen: Seen,
}

impl State {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            products: HashMap::new(),
            waiting: BTreeMap::new(),
            values: BTreeMap::new(),
            last_sequence: 0,
            last_waiting: 0,
            remember_ms: options.remember_ms,
            remember_events: options.remember_events,
        }
    }

    pub(super) fn head(&self) -> Sequence {
        Sequence(self.last_sequence)
    }

    pub(super) fn apply(&mut self, transaction: &Transaction) -> Receipt {
        let incoming = transaction.incoming.iter().map(|event| self.take_in(transaction, event)).collect();
        let appended = self.append(transaction);
        for id in &transaction.settled {
            self.waiting.remove(id);
        }
        for (key, value) in &transaction.state {
            match value {
                Some(value) => self.values.insert(key.clone(), value.clone()),
                None => self.values.remove(key),
            };
        }
        Receipt { incoming, appended }
    }

    pub(super) fn read(
        &self,
        product: &str,
        after: Sequence,
        head: Sequence,
        limit: ReadLimit,
    ) -> Vec<Record> {
        let mut taken = Vec::new();
        let mut bytes = 0;
        for record in self.records(product, after) {
            if record.sequence > head || !limit.fits(taken.len(), bytes, record.body.len()) {
                break;
            }
            bytes += record.body.len();
            taken.push(record.clone());
        }
        taken
    }

    pub(super) fn oldest(&self, product: &str) -> Option<Sequence> {
        self.records(product, Sequence::START).first().map(|record| record.sequence)
    }

    pub(super) fn position_before(&self, product: &str, at_ms: u64, head: Sequence) -> Sequence {
        let records = self.records(product, Sequence::START);
        let first = records.iter().find(|record| record.at_ms >= at_ms);
        first.map_or(head, |record| record.sequence.before().min(head))
    }

    pub(super) fn value(&self, key: &str) -> Option<Vec<u8>> {
        self.values.get(key).cloned()
    }

    pub(super) fn values(&self, prefix: &str) -> Vec<(String, Vec<u8>)> {
        let from_prefix = self.values.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        let matching = from_prefix.take_while(|(key, _)| key.starts_with(prefix));
        matching.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    pub(super) fn waiting(&self) -> Vec<Waiting> {
        self.waiting.values().cloned().collect()
    }

    fn records(&self, product: &str, after: Sequence) -> &[Record] {
        let Some(product) = self.products.get(product) else {
            return &[];
        };
        let start = product.records.partition_point(|record| record.sequence <= after);
        &product.records[start..]
    }

    fn product(&mut self, name: &str) -> &mut Product {
        if !self.products.contains_key(name) {
            self.products.insert(name.into(), Product::default());
        }
        self.products.get_mut(name).expect("inserted above")
    }

    fn take_in(&mut self, transaction: &Transaction, event: &Incoming) -> Fate {
        let (window, most) = (self.remember_ms, self.remember_events);
        let seen = &mut self.product(&transaction.product).seen;
        if !seen.remember(event.fingerprint, transaction.now_ms, window, most) {
            return Fate::Duplicate;
        }
        let Some(body) = &event.body else {
            return Fate::Remembered;
        };
        Fate::Waiting(self.wait(transaction, event, body))
    }

    fn wait(&mut self, transaction: &Transaction, event: &Incoming, body: &Bytes) -> WaitingId {
        self.last_waiting += 1;
        let id = WaitingId(self.last_waiting);
        let waiting = Waiting {
            id,
            product: transaction.product.clone(),
            session: event.session.clone(),
            body: body.clone(),
            at_ms: transaction.now_ms,
        };
        self.waiting.insert(id, waiting);
        id
    }

    fn append(&mut self, transaction: &Transaction) -> Vec<Sequence> {
        if transaction.append.is_empty() {
            return Vec::new();
        }
        let first = self.last_sequence + 1;
        self.last_sequence += transaction.append.len() as u64;
        let sequences = (first..).map(Sequence);
        let name: Arc<str> = transaction.product.as_str().into();
        let records = sequences.zip(&transaction.append).map(|(sequence, body)| Record {
            product: Arc::clone(&name),
            sequence,
            at_ms: transaction.now_ms,
            body: body.clone(),
        });
        self.product(&transaction.product).records.extend(records);
        (first..=self.last_sequence).map(Sequence).collect()
    }
}
