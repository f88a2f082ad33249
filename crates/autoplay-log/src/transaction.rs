use std::fmt;

use bytes::Bytes;

use crate::Sequence;

/// What an incoming event is recognised by when it is sent again: sixteen bytes of its `uuid` or of a digest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 16]);

/// The number of an event in the waiting room. Like a sequence it is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaitingId(pub u64);

/// One change to the log, of one product, made as a whole or not at all.
///
/// The parts take effect in the order of the fields: incoming events are looked up and remembered, events are
/// appended, what is settled leaves the waiting room, state is written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// The product that all of it belongs to.
    pub product: String,
    /// The caller's clock, in Unix milliseconds: the time of arrival and of appending, and what the memory of
    /// duplicates measures its window by.
    pub now_ms: u64,
    /// Events that came in, to be remembered unless seen before.
    pub incoming: Vec<Incoming>,
    /// JSON documents for subscribers; each gets the next sequence.
    pub append: Vec<Bytes>,
    /// What leaves the waiting room. An id that is not waiting is passed over.
    pub settled: Vec<WaitingId>,
    /// State to put (`Some`) or to delete (`None`), in this order. Keys belong to the log, not to the product.
    pub state: Vec<(String, Option<Vec<u8>>)>,
}

/// One event that came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// What it is recognised by, within its product.
    pub fingerprint: Fingerprint,
    /// The session that it waits for; given back with it.
    pub session: String,
    /// What waits, if the event is new. Without a body it is only remembered.
    pub body: Option<Bytes>,
}

/// What a committed transaction did. The change is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// One fate for each incoming event, in the same order.
    pub incoming: Vec<Fate>,
    /// One sequence for each appended event, in the same order, without a hole between them.
    pub appended: Vec<Sequence>,
}

/// What became of an incoming event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// New, and in the waiting room under this number.
    Waiting(WaitingId),
    /// New, and remembered; it had no body to wait.
    Remembered,
    /// Seen before: nothing was stored.
    Duplicate,
}

impl Transaction {
    /// About how many bytes the transaction carries, for the bound on a group.
    pub(crate) fn bytes(&self) -> usize {
        let incoming = self.incoming.iter().map(|event| event.body.as_ref().map_or(0, Bytes::len));
        let state = self.state.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len));
        incoming.chain(self.append.iter().map(Bytes::len)).chain(state).sum()
    }
}

// Bodies, sessions and state hold what people did and who they are: they stay out of logs.
impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("product", &self.product)
            .field("now_ms", &self.now_ms)
            .field("incoming", &self.incoming.len())
            .field("append", &self.append.len())
            .field("settled", &self.settled.len())
            .field("state", &self.state.len())
            .field("bytes", &self.bytes())
            .finish()
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("fingerprint", &self.fingerprint)
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}
