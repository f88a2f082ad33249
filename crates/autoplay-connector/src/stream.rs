//! One subscriber's stream: where it starts, and what it is sent from there on.
//!
//! A subscription reads the log up to what is published and only then switches to the product's [`Channel`], so replay
//! and live have no seam. Whatever it is sent was durable before.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use autoplay_log::{Epoch, EventId, Log, ReadError, ReadLimit, Record, Sequence};
use autoplay_protocol::sse;
use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::hub::{Channel, Hub, Next, encode};

/// How much a subscription reads from the log at once: short reads, so that the write-ahead log can be folded back in
/// between, and little memory for each of many subscribers.
const READ: ReadLimit = ReadLimit { events: 256, bytes: 256 << 10 };

/// What a subscriber is told to wait before it reconnects.
const RETRY: Duration = Duration::from_secs(1);

/// Where a subscriber asks to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    /// With whatever happens next.
    Live,
    /// After an id; as the subscriber wrote it.
    After(String),
    /// With the oldest event there is.
    Earliest,
    /// With the first event appended at or after this time, in Unix milliseconds.
    Since(u64),
}

/// Where a stream really starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) position: Sequence,
    pub(crate) gap: Option<Gap>,
}

/// Resuming was impossible: why, and the oldest event that there still is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    reason: &'static str,
    oldest: Option<Sequence>,
}

/// Finds where `ask` starts. Reads the log: not for an async thread.
pub(crate) fn resolve(log: &dyn Log, hub: &Hub, product: &str, ask: &Ask) -> Result<Start, ReadError> {
    let position = match ask {
        Ask::Live => hub.published(),
        Ask::Earliest => log.floor(product)?,
        Ask::Since(at_ms) => log.position_before(product, *at_ms)?.max(log.floor(product)?),
        Ask::After(id) => return resume(log, product, id),
    };
    Ok(Start { position, gap: None })
}

/// An id is a position and need not be an event: it is good if it is of this log and nothing after it has been taken
/// by retention.
fn resume(log: &dyn Log, product: &str, id: &str) -> Result<Start, ReadError> {
    let floor = log.floor(product)?;
    let reason = match id.parse::<EventId>() {
        Err(_) => "unknown_id",
        Ok(id) if id.epoch != log.epoch() => "epoch",
        Ok(id) if id.sequence > log.head() => "unknown_id",
        Ok(id) if id.sequence < floor => "retention",
        Ok(id) => {
            return Ok(Start { position: id.sequence, gap: None });
        }
    };
    Ok(Start { position: floor, gap: Some(Gap { reason, oldest: log.oldest(product)? }) })
}

/// A subscriber at its position in a product's events.
pub(crate) struct Subscription {
    log: Arc<dyn Log>,
    hub: Arc<Hub>,
    /// `None` only while it is given back in `drop`.
    channel: Option<Arc<Channel>>,
    bell: watch::Receiver<()>,
    /// Turns true when the connector stops: the subscriber still gets what is published, then the end.
    ending: watch::Receiver<bool>,
    epoch: Epoch,
    product: String,
    position: Sequence,
    /// Where the stream starts, until that was said.
    opening: Option<Start>,
    heartbeat: Duration,
    next_heartbeat: Instant,
    ended: bool,
}

impl Subscription {
    /// Joins the product's channel. Call this before [`resolve`] for a live start, so that nothing falls in between.
    pub(crate) fn join(
        log: &Arc<dyn Log>,
        hub: &Arc<Hub>,
        ending: watch::Receiver<bool>,
        product: &str,
        heartbeat: Duration,
    ) -> Self {
        let channel = hub.join(product);
        Self {
            log: Arc::clone(log),
            hub: Arc::clone(hub),
            bell: channel.bell(),
            channel: Some(channel),
            ending,
            epoch: log.epoch(),
            product: product.to_owned(),
            position: Sequence(0),
            opening: None,
            heartbeat,
            next_heartbeat: Instant::now() + heartbeat,
            ended: false,
        }
    }

    /// The response's body, from `start` on.
    pub(crate) fn into_body(mut self, start: Start) -> StreamBody {
        self.position = start.position;
        self.opening = Some(start);
        StreamBody { state: State::Idle(Box::new(self)), ready: VecDeque::new() }
    }

    /// The id of a position in this log.
    pub(crate) fn id(&self, sequence: Sequence) -> String {
        EventId { epoch: self.epoch, sequence }.to_string()
    }

    /// The next frames, oldest first; empty at the end of the stream.
    async fn next(&mut self) -> VecDeque<Bytes> {
        if let Some(start) = self.opening.take() {
            return VecDeque::from([self.open(start.gap)]);
        }
        while !self.ended {
            self.bell.mark_unchanged();
            let published = self.hub.published();
            let Some(channel) = &self.channel else { break };
            let next = channel.next(self.position, published);
            if let Next::Current(position) = next {
                self.position = position;
            }
            // After the look at the channel, so that it carries a position that advances with other products' events too.
            if Instant::now() >= self.next_heartbeat {
                return VecDeque::from([self.beat()]);
            }
            match next {
                Next::Frames(frames) => {
                    self.position = frames.last().map_or(self.position, |frame| frame.sequence);
                    return frames.into_iter().map(|frame| frame.bytes).collect();
                }
                Next::Behind => match self.replay(published).await {
                    Ok(None) => {}
                    Ok(Some(frames)) => return VecDeque::from([frames]),
                    Err(error) => {
                        tracing::warn!(product_id = self.product, %error, "replay failed; the subscriber is let go");
                        break;
                    }
                },
                Next::Current(_) => {
                    if *self.ending.borrow() {
                        self.ended = true;
                        return VecDeque::from([farewell()]);
                    }
                    self.wait().await;
                }
            }
        }
        VecDeque::new()
    }

    /// Reads from the log what follows the position; `None` where there is nothing up to `published`.
    async fn replay(&mut self, published: Sequence) -> Result<Option<Bytes>, ReadError> {
        let (log, product, after) = (Arc::clone(&self.log), self.product.clone(), self.position);
        let read = tokio::task::spawn_blocking(move || log.read(&product, after, READ));
        let records: Vec<Record> = read.await.map_err(|_| ReadError::Closed)??;
        let Some(last) = records.last() else {
            self.position = self.position.max(published);
            return Ok(None);
        };
        self.position = last.sequence;
        let mut frames = Vec::with_capacity(records.iter().map(|record| record.body.len() + 64).sum());
        for record in &records {
            frames.extend_from_slice(&encode(self.epoch, record));
        }
        Ok(Some(frames.into()))
    }

    /// Waits until there may be something to send.
    async fn wait(&mut self) {
        tokio::select! {
            // The sender of the bell lives in the channel, which this subscription holds: it cannot be gone.
            _ = self.bell.changed() => {}
            _ = self.ending.changed() => {}
            () = tokio::time::sleep_until(self.next_heartbeat) => {}
        }
    }

    /// The gap comes before the heartbeat that carries the new position: a subscriber cut between the two asks with
    /// its old id again, and is told of the gap again.
    fn open(&mut self, gap: Option<Gap>) -> Bytes {
        let mut out = Vec::with_capacity(256);
        sse::write_retry(&mut out, RETRY);
        if let Some(gap) = gap {
            let oldest_id = gap.oldest.map(|sequence| self.id(sequence));
            let data = serde_json::json!({ "type": "gap", "reason": gap.reason, "oldest_id": oldest_id });
            sse::write_event(&mut out, Some("gap"), None, &data.to_string());
        }
        out.extend_from_slice(&self.beat());
        out.into()
    }

    fn beat(&mut self) -> Bytes {
        self.next_heartbeat = Instant::now() + self.heartbeat;
        let mut out = Vec::with_capacity(64);
        sse::write_event(&mut out, Some("heartbeat"), Some(&self.id(self.position)), "");
        out.into()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(channel) = self.channel.take() {
            self.hub.leave(&self.product, channel);
        }
    }
}

/// Every subscriber gets a time of its own, so that a restart is no storm of reconnects.
fn farewell() -> Bytes {
    let mut random = [0; 2];
    // Without randomness everybody waits the same: worse, but no reason to fail a shutdown.
    let _ = getrandom::fill(&mut random);
    let spread = Duration::from_millis(u64::from(u16::from_le_bytes(random)) * 3_000 / u64::from(u16::MAX));
    let mut out = Vec::with_capacity(16);
    sse::write_retry(&mut out, RETRY + spread);
    out.into()
}

/// A subscription as the body of a response.
pub(crate) struct StreamBody {
    state: State,
    ready: VecDeque<Bytes>,
}

type Pending = Pin<Box<dyn Future<Output = (Box<Subscription>, VecDeque<Bytes>)> + Send>>;

enum State {
    Idle(Box<Subscription>),
    Pending(Pending),
    Done,
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Idle(mut subscription) => {
                    self.state = State::Pending(Box::pin(async move {
                        let frames = subscription.next().await;
                        (subscription, frames)
                    }));
                }
                State::Pending(mut pending) => match pending.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Pending(pending);
                        return Poll::Pending;
                    }
                    Poll::Ready((_, frames)) if frames.is_empty() => return Poll::Ready(None),
                    Poll::Ready((subscription, frames)) => {
                        self.ready = frames;
                        self.state = State::Idle(subscription);
                    }
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use autoplay_log::{MemoryLog, Options};
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_heartbeat_carries_a_position_that_advances_with_other_products_events() {
        let (log, hub): (Arc<dyn Log>, _) = (Arc::new(MemoryLog::new(Options::default())), Arc::default());
        Hub::start(&hub, log.epoch(), Sequence(4));
        let (_ending, ending) = watch::channel(false);
        let subscription = Subscription::join(&log, &hub, ending, "a", Duration::from_millis(20));
        let mut body = subscription.into_body(Start { position: Sequence(4), gap: None });
        let mut next = async || {
            let frame = tokio::time::timeout(Duration::from_secs(20), body.frame()).await.expect("in time");
            let data = frame.expect("a frame").expect("no error").into_data().expect("data");
            String::from_utf8(data.into()).expect("text")
        };
        assert!(next().await.ends_with("-4\ndata: \n\n"));
        let other = Record { product: "b".into(), sequence: Sequence(9), at_ms: 0, body: "{}".into() };
        hub.publish(&[other]);
        assert!(next().await.ends_with("-9\ndata: \n\n"));
    }
}
