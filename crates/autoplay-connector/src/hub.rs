//! Fan-out: what the log has just made durable, in memory, encoded once for everybody who reads it.
//!
//! A [`Channel`] holds the newest frames of one product. A subscriber that is further behind than the oldest of them
//! reads the log instead, at its own pace; a channel never waits for anybody and never grows past its bounds.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use autoplay_log::{Epoch, EventId, Record, Sequence};
use autoplay_protocol::sse;
use bytes::Bytes;
use tokio::sync::watch;

/// How much of a product stays in memory: enough that a subscriber which is slow for a moment never touches the disk,
/// little enough that a thousand products fit.
const MAX_FRAMES: usize = 1_024;
const MAX_BYTES: usize = 1 << 20;

/// How many frames a subscriber takes at once. More would let one wake-up of one subscriber hold up the others.
const FRAMES_AT_ONCE: usize = 64;

/// The channels of all products that somebody subscribes to.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    epoch: OnceLock<Epoch>,
    /// Every event up to here has been offered to the channels.
    published: AtomicU64,
    channels: Mutex<HashMap<Arc<str>, Arc<Channel>>>,
}

/// The newest frames of one product, and a bell that rings when there are more.
#[derive(Debug)]
pub(crate) struct Channel {
    tail: Mutex<Tail>,
    bell: watch::Sender<()>,
}

#[derive(Debug)]
struct Tail {
    /// Every published event of the product after this one is in `frames`.
    floor: Sequence,
    frames: VecDeque<Frame>,
    bytes: usize,
}

/// An event as it goes over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) sequence: Sequence,
    pub(crate) bytes: Bytes,
}

/// What a subscriber at some position gets from memory.
#[derive(Debug)]
pub(crate) enum Next {
    /// The position is older than what is in memory: read the log.
    Behind,
    /// These come next, oldest first; never empty.
    Frames(Vec<Frame>),
    /// Nothing of the product follows, up to this position.
    Current(Sequence),
}

impl Hub {
    /// Says where the log stands, before anything is published or anybody subscribes.
    pub(crate) fn start(&self, epoch: Epoch, head: Sequence) {
        self.epoch.get_or_init(|| epoch);
        self.published.store(head.0, Ordering::Release);
    }

    /// Takes what has become durable. The log's writer calls this in sequence order.
    pub(crate) fn publish(&self, records: &[Record]) {
        let (Some(last), Some(&epoch)) = (records.last(), self.epoch.get()) else {
            return;
        };
        let channels = self.lock();
        let mut touched: Vec<Arc<Channel>> = Vec::new();
        for record in records {
            let Some(channel) = channels.get(&record.product) else {
                continue;
            };
            channel.push(Frame { sequence: record.sequence, bytes: encode(epoch, record) });
            if !touched.last().is_some_and(|newest| Arc::ptr_eq(newest, channel)) {
                touched.push(Arc::clone(channel));
            }
        }
        // After the frames: whoever reads this position finds in the channels all that is at or before it.
        self.published.store(last.sequence.0, Ordering::Release);
        drop(channels);
        for channel in touched {
            channel.bell.send_replace(());
        }
    }

    /// The channel of a product, made at its first subscription.
    ///
    /// The floor is read under the lock that `publish` holds: no event can fall between the log and the channel.
    pub(crate) fn join(&self, product: &str) -> Arc<Channel> {
        let mut channels = self.lock();
        if let Some(channel) = channels.get(product) {
            return Arc::clone(channel);
        }
        let tail = Tail { floor: self.published(), frames: VecDeque::new(), bytes: 0 };
        let channel = Arc::new(Channel { tail: Mutex::new(tail), bell: watch::Sender::new(()) });
        channels.insert(product.into(), Arc::clone(&channel));
        channel
    }

    /// Gives a channel back; the last subscriber of a product takes its frames out of memory.
    pub(crate) fn leave(&self, product: &str, channel: Arc<Channel>) {
        let mut channels = self.lock();
        drop(channel);
        if channels.get(product).is_some_and(|channel| Arc::strong_count(channel) == 1) {
            channels.remove(product);
        }
    }

    /// Every event up to here has been offered to the channels.
    pub(crate) fn published(&self) -> Sequence {
        Sequence(self.published.load(Ordering::Acquire))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Channel>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channel {
    /// A bell that has rung if anything was added since it was last looked at.
    pub(crate) fn bell(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }

    /// What follows `position`. `published` must have been read from the hub before this call.
    pub(crate) fn next(&self, position: Sequence, published: Sequence) -> Next {
        let tail = self.lock();
        if position < tail.floor {
            return Next::Behind;
        }
        let first = tail.frames.partition_point(|frame| frame.sequence <= position);
        let frames: Vec<Frame> = tail.frames.range(first..).take(FRAMES_AT_ONCE).cloned().collect();
        if frames.is_empty() { Next::Current(position.max(published)) } else { Next::Frames(frames) }
    }

    fn push(&self, frame: Frame) {
        let mut tail = self.lock();
        tail.bytes += frame.bytes.len();
        tail.frames.push_back(frame);
        while tail.frames.len() > MAX_FRAMES || tail.bytes > MAX_BYTES {
            let Some(oldest) = tail.frames.pop_front() else {
                break;
            };
            tail.bytes -= oldest.bytes.len();
            tail.floor = oldest.sequence;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record as a frame of the stream: its id, and its JSON document on one line. No `event:` line, so that a browser's
/// `onmessage` gets it.
pub(crate) fn encode(epoch: Epoch, record: &Record) -> Bytes {
    let id = EventId { epoch, sequence: record.sequence }.to_string();
    let mut frame = Vec::with_capacity(record.body.len() + id.len() + 16);
    sse::write_event(&mut frame, None, Some(&id), &String::from_utf8_lossy(&record.body));
    frame.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(product: &str, sequence: u64) -> Record {
        Record { product: product.into(), sequence: Sequence(sequence), at_ms: 0, body: "{}".into() }
    }

    fn hub(head: u64) -> Hub {
        let hub = Hub::default();
        hub.start("0123456789abcdef".parse().expect("an epoch"), Sequence(head));
        hub
    }

    fn sequences(next: Next) -> Vec<u64> {
        match next {
            Next::Frames(frames) => frames.iter().map(|frame| frame.sequence.0).collect(),
            other => panic!("no frames: {other:?}"),
        }
    }

    #[test]
    fn a_subscriber_gets_what_its_product_published_after_its_position() {
        let hub = hub(4);
        let channel = hub.join("a");
        hub.publish(&[record("a", 5), record("b", 6), record("a", 7)]);
        assert_eq!(sequences(channel.next(Sequence(4), hub.published())), [5, 7]);
        assert_eq!(sequences(channel.next(Sequence(5), hub.published())), [7]);
    }

    #[test]
    fn the_position_advances_over_other_products_events() {
        let hub = hub(0);
        let channel = hub.join("a");
        hub.publish(&[record("b", 1), record("b", 2)]);
        assert!(matches!(channel.next(Sequence(0), hub.published()), Next::Current(Sequence(2))));
    }

    #[test]
    fn what_was_before_the_channel_is_read_from_the_log() {
        let hub = hub(9);
        let channel = hub.join("a");
        assert!(matches!(channel.next(Sequence(3), hub.published()), Next::Behind));
    }

    #[test]
    fn a_channel_stays_within_its_bounds_and_sends_the_slow_to_the_log() {
        let hub = hub(0);
        let channel = hub.join("a");
        for sequence in 1..=3_000 {
            hub.publish(&[record("a", sequence)]);
        }
        assert!(matches!(channel.next(Sequence(0), hub.published()), Next::Behind));
        assert_eq!(sequences(channel.next(Sequence(2_999), hub.published())), [3_000]);
        assert!(channel.lock().frames.len() <= MAX_FRAMES);
    }

    #[test]
    fn the_last_subscriber_takes_the_frames_out_of_memory() {
        let hub = hub(0);
        let (one, two) = (hub.join("a"), hub.join("a"));
        hub.leave("a", one);
        assert_eq!(hub.lock().len(), 1);
        hub.leave("a", two);
        assert!(hub.lock().is_empty());
    }
}
