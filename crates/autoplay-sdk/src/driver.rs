//! The loop that gives the subscriber its hands: it connects, reads and waits as it is told.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use autoplay_protocol::subscriber::{Action, Arrival, Notice, Outcome, Subscriber};
use tokio::time::{sleep_until, timeout_at};

use crate::stop::StopSignal;
use crate::transport::{Body, TokenUse, Transport};

/// Where the driver puts what arrives. Whatever takes it, the rest of a client is the same.
///
/// While the sink waits, nothing is read: that is how a client without room holds the server back.
pub(crate) trait Sink {
    /// Something arrived; the place in the stream has moved with it.
    fn arrival(&mut self, arrival: Arrival<'_>) -> impl Future<Output = ()> + Send;

    /// Nothing more is there for now: what was kept back for more to come is to be passed on.
    fn rest(&mut self) -> impl Future<Output = ()> + Send;

    /// The stream was opened or lost.
    fn notice(&mut self, notice: &Notice);

    /// So many bytes came.
    fn bytes(&mut self, count: usize);
}

/// The end of a subscription, and who spoke last.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    /// The URL that answered last, without secrets.
    pub(crate) url: String,
    pub(crate) token: TokenUse,
}

/// Drives `subscriber` until it is finished. Dropping the future ends everything that is under way.
pub(crate) async fn drive(
    subscriber: &mut Subscriber,
    transport: &Transport,
    sink: &mut (impl Sink + Send),
    stop: &StopSignal,
) -> End {
    let mut body: Option<Body> = None;
    let mut url = transport.shown().to_owned();
    let mut token = TokenUse::None;
    // Whether the sink was told that nothing more is there for now.
    let mut rested = false;
    loop {
        match subscriber.poll(Instant::now()) {
            Action::Connect { deadline } | Action::AwaitResponse { deadline } => {
                let answer = timeout_at(deadline.into(), transport.open(subscriber.last_event_id())).await;
                let now = Instant::now();
                match answer {
                    Ok(Ok(answer)) => {
                        subscriber.handle_response(now, &answer.head());
                        (url, token, body) = (answer.url, answer.token, Some(answer.body));
                    }
                    Ok(Err(failure)) => subscriber.handle_failure(now, failure),
                    Err(_) => subscriber.handle_timeout(now),
                }
            }
            Action::Read { deadline } => {
                let came = match at_once(read(body.as_mut())).await {
                    Some(came) => came,
                    None if !rested => {
                        sink.rest().await;
                        subscriber.handle_resumed(Instant::now());
                        rested = true;
                        continue;
                    }
                    None => read_by(deadline, body.as_mut()).await,
                };
                if let Read::Bytes(bytes) = &came {
                    sink.bytes(bytes.len());
                    let mut arrivals = subscriber.handle_bytes(Instant::now(), bytes);
                    while let Some(arrival) = arrivals.next() {
                        sink.arrival(arrival).await;
                    }
                    rested = false;
                    if stop.is_set() {
                        // A server that sends without a pause would keep this from ever yielding to the signal.
                        tokio::task::yield_now().await;
                    }
                } else {
                    sink.rest().await;
                }
                let now = Instant::now();
                match came {
                    Read::Bytes(_) => {}
                    Read::End => subscriber.handle_end(now),
                    Read::Failed(failure) => subscriber.handle_failure(now, failure),
                    Read::Timeout => subscriber.handle_timeout(now),
                }
            }
            Action::Wait { until } => sleep_until(until.into()).await,
            Action::Finished(outcome) => {
                return End { outcome, url, token };
            }
        }
        if !subscriber.is_open() {
            // The connection goes before anybody hears of it, and before the pause.
            body = None;
        }
        if let Some(notice) = subscriber.poll_notice() {
            sink.notice(&notice);
            sink.rest().await;
            subscriber.handle_resumed(Instant::now());
        }
    }
}

enum Read {
    Bytes(bytes::Bytes),
    End,
    Failed(String),
    Timeout,
}

async fn read(body: Option<&mut Body>) -> Read {
    let Some(body) = body else { return Read::End };
    match body.chunk().await {
        Ok(Some(bytes)) => Read::Bytes(bytes),
        Ok(None) => Read::End,
        Err(failure) => Read::Failed(failure),
    }
}

async fn read_by(deadline: Option<Instant>, mut body: Option<&mut Body>) -> Read {
    let Some(deadline) = deadline else { return read(body).await };
    match timeout_at(deadline.into(), read(body.as_deref_mut())).await {
        Ok(came) => came,
        // A thread that was blocked over the deadline sees it before what has come meanwhile.
        Err(_) => at_once(read(body)).await.unwrap_or(Read::Timeout),
    }
}

/// What the future gives without waiting for the network. What has not come is not lost: the next read gets it.
///
/// The task that reads the connection hands over one chunk at a time, so it gets a turn first. Servers that send each
/// event as a chunk of its own would otherwise have every event handed on by itself.
async fn at_once(read: impl Future<Output = Read>) -> Option<Read> {
    let mut read = pin!(read);
    let mut asked = false;
    poll_fn(|context| match read.as_mut().poll(context) {
        Poll::Ready(came) => Poll::Ready(Some(came)),
        Poll::Pending if asked => Poll::Ready(None),
        Poll::Pending => {
            asked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}
