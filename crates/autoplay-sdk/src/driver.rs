//! The loop that gives the subscriber its hands: it connects, reads and waits as it is told.

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

    /// What came in one piece has arrived: nothing may be kept back for more to come.
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
            Action::Read { deadline } => match read(body.as_mut(), deadline).await {
                Read::Bytes(bytes) => {
                    sink.bytes(bytes.len());
                    let mut arrivals = subscriber.handle_bytes(Instant::now(), &bytes);
                    while let Some(arrival) = arrivals.next() {
                        sink.arrival(arrival).await;
                    }
                    drop(arrivals);
                    sink.rest().await;
                    subscriber.handle_resumed(Instant::now());
                    if stop.is_set() {
                        // A server that sends without a pause would keep this from ever yielding to the signal.
                        tokio::task::yield_now().await;
                    }
                }
                Read::End => subscriber.handle_end(Instant::now()),
                Read::Failed(failure) => subscriber.handle_failure(Instant::now(), failure),
                Read::Timeout => subscriber.handle_timeout(Instant::now()),
            },
            Action::Wait { until } => sleep_until(until.into()).await,
            Action::Finished(outcome) => {
                return End { outcome, url, token };
            }
        }
        if let Some(notice) = subscriber.poll_notice() {
            sink.notice(&notice);
            sink.rest().await;
            subscriber.handle_resumed(Instant::now());
        }
        if !subscriber.is_open() {
            // The connection goes before the pause, not after it.
            body = None;
        }
    }
}

enum Read {
    Bytes(bytes::Bytes),
    End,
    Failed(String),
    Timeout,
}

async fn read(body: Option<&mut Body>, deadline: Option<Instant>) -> Read {
    let Some(body) = body else { return Read::End };
    let chunk = match deadline {
        Some(deadline) => match timeout_at(deadline.into(), body.chunk()).await {
            Ok(chunk) => chunk,
            Err(_) => return Read::Timeout,
        },
        None => body.chunk().await,
    };
    match chunk {
        Ok(Some(bytes)) => Read::Bytes(bytes),
        Ok(None) => Read::End,
        Err(failure) => Read::Failed(failure),
    }
}
