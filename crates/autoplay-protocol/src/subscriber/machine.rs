//! The state machine itself.

use std::time::{Duration, Instant};

use super::answer::{Verdict, judge};
use super::{Arrivals, Backoff, Notice, Outcome, Policy, ResponseHead, Setback};
use crate::sse::Decoder;

/// However long a server asks to be left alone, after a day it is asked again.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);

/// What the driver is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Ask for the stream, with [`Subscriber::last_event_id`] as `Last-Event-ID` unless that is empty. Then call
    /// [`Subscriber::handle_response`], [`Subscriber::handle_failure`] or, at the deadline,
    /// [`Subscriber::handle_timeout`].
    Connect {
        /// When to give the request up.
        deadline: Instant,
    },
    /// A request is under way; nothing else is to be done until it is answered or the deadline has come.
    AwaitResponse {
        /// When to give the request up.
        deadline: Instant,
    },
    /// Read from the stream. Then call [`Subscriber::handle_bytes`], [`Subscriber::handle_end`],
    /// [`Subscriber::handle_failure`] or, at the deadline, [`Subscriber::handle_timeout`].
    Read {
        /// When silence counts as a lost connection; `None` is never.
        deadline: Option<Instant>,
    },
    /// Drop the connection, if there is one, and poll again at this time.
    Wait {
        /// When the next attempt is due.
        until: Instant,
    },
    /// It is over; nothing will ever be asked again.
    Finished(Outcome),
}

/// One subscription to one stream: which answers are final, how long to wait, where to go on.
///
/// See the [module](super) for the states and a walk-through.
#[derive(Debug)]
pub struct Subscriber {
    policy: Policy,
    backoff: Backoff,
    decoder: Decoder,
    state: State,
    /// Requests in a row that failed.
    failures: u32,
    notice: Option<Notice>,
}

#[derive(Debug)]
enum State {
    /// A request is due.
    Ready,
    Connecting {
        deadline: Instant,
    },
    Reading {
        deadline: Option<Instant>,
        /// Whether an event or a heartbeat has come: only then has the request succeeded.
        proven: bool,
    },
    Waiting {
        until: Instant,
    },
    Finished(Outcome),
}

impl Subscriber {
    /// A subscription that wants to connect at once; `seed` decides the jitter of its pauses.
    #[must_use]
    pub fn new(policy: Policy, seed: u64) -> Self {
        Self {
            backoff: Backoff::new(policy.initial_backoff, policy.max_backoff, seed),
            decoder: Decoder::with_max_event_bytes(policy.max_event_bytes),
            policy,
            state: State::Ready,
            failures: 0,
            notice: None,
        }
    }

    /// Goes on after the event of this id, known from an earlier subscription. To be called before the first poll.
    pub fn resume_after(&mut self, last_event_id: &str) {
        self.decoder.set_last_event_id(last_event_id);
    }

    /// The id of the last finished event, heartbeat or bare `id:`; empty if the server has given none.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// Whether the stream is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Reading { .. })
    }

    /// What to do now. Asking twice without telling what happened in between gives the same answer, but for
    /// [`Action::Connect`], which is given once for each attempt.
    pub fn poll(&mut self, now: Instant) -> Action {
        match &self.state {
            State::Waiting { until } if now < *until => Action::Wait { until: *until },
            State::Ready | State::Waiting { .. } => {
                let deadline = after(now, self.policy.connect_timeout);
                self.state = State::Connecting { deadline };
                Action::Connect { deadline }
            }
            State::Connecting { deadline } => Action::AwaitResponse { deadline: *deadline },
            State::Reading { deadline, .. } => Action::Read { deadline: *deadline },
            State::Finished(outcome) => Action::Finished(outcome.clone()),
        }
    }

    /// What has changed since the last call; to be asked after each `handle_`, or the next notice takes its place.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notice.take()
    }

    /// The head of the answer has come. If the next action is not [`Action::Read`], the body is to be left unread.
    pub fn handle_response(&mut self, now: Instant, head: &ResponseHead<'_>) {
        if !matches!(self.state, State::Connecting { .. }) {
            return;
        }
        match judge(head) {
            Verdict::Stream => {
                // What the lost connection left unfinished is no part of this one.
                self.decoder.reset();
                self.state = State::Reading { deadline: self.silent_until(now), proven: false };
                self.notice = Some(Notice::Opened);
            }
            Verdict::Finish(outcome) => self.state = State::Finished(outcome),
            Verdict::TryAgain { setback, not_before } => self.lose(now, setback, not_before),
        }
    }

    /// Bytes of the stream have come. The arrivals must be drawn to their end before the next call.
    pub fn handle_bytes<'a>(&'a mut self, now: Instant, bytes: &'a [u8]) -> Arrivals<'a> {
        let silent_until = self.silent_until(now);
        let State::Reading { deadline, proven } = &mut self.state else {
            // A driver that goes on reading a connection that was given up gets nothing from it.
            return Arrivals::none();
        };
        if !bytes.is_empty() {
            *deadline = silent_until;
        }
        Arrivals::new(self.decoder.feed(bytes), proven, &mut self.failures, &mut self.backoff)
    }

    /// The driver reads on after a time in which it did not, since nobody had room for what had come. Such a pause is
    /// no silence of the server's.
    pub fn handle_resumed(&mut self, now: Instant) {
        let silent_until = self.silent_until(now);
        if let State::Reading { deadline, .. } = &mut self.state {
            *deadline = silent_until;
        }
    }

    /// The user wants a new connection, now: the one there is, or the pause before the next, is given up without a
    /// notice, and counts as no failure.
    pub fn handle_restart(&mut self) {
        if !matches!(self.state, State::Finished(_)) {
            self.state = State::Ready;
        }
    }

    /// The server has ended the stream.
    pub fn handle_end(&mut self, now: Instant) {
        if self.is_open() {
            self.lose(now, Setback::EndOfStream, None);
        }
    }

    /// The transport has failed, connecting or reading; `text` says how, without secrets.
    pub fn handle_failure(&mut self, now: Instant, text: impl Into<String>) {
        if matches!(self.state, State::Connecting { .. } | State::Reading { .. }) {
            self.lose(now, Setback::Transport(text.into()), None);
        }
    }

    /// A deadline may have come. Nothing happens if it has not.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.state {
            State::Connecting { deadline } if now >= deadline => {
                self.lose(now, Setback::ConnectTimeout, None);
            }
            State::Reading { deadline: Some(deadline), .. } if now >= deadline => {
                self.lose(now, Setback::ReadTimeout, None);
            }
            _ => {}
        }
    }

    fn lose(&mut self, now: Instant, setback: Setback, not_before: Option<Duration>) {
        let was_open = self.is_open();
        if !matches!(self.state, State::Reading { proven: true, .. }) {
            self.failures = self.failures.saturating_add(1);
            if self.policy.max_retries.is_some_and(|allowed| self.failures > allowed) {
                let outcome = Outcome::RetriesSpent { failures: self.failures, last: setback.clone() };
                self.state = State::Finished(outcome);
                self.notice = Some(Notice::Lost { was_open, setback, retry_in: None });
                return;
            }
        }
        let pause = self.pause(not_before);
        self.state = State::Waiting { until: after(now, pause) };
        self.notice = Some(Notice::Lost { was_open, setback, retry_in: Some(pause) });
    }

    /// The backoff, or what the server asks for if that is longer.
    fn pause(&mut self, not_before: Option<Duration>) -> Duration {
        let backoff = self.backoff.next_delay();
        let Some(asked) = not_before else { return backoff };
        backoff.max(self.backoff.with_jitter(asked.min(LONGEST_RETRY_AFTER)))
    }

    fn silent_until(&self, now: Instant) -> Option<Instant> {
        self.policy.read_timeout.map(|silence| after(now, silence))
    }
}

/// `now + delay`, or as good as never where the clock has no such time.
fn after(now: Instant, delay: Duration) -> Instant {
    const AS_GOOD_AS_NEVER: Duration = Duration::from_hours(24 * 365 * 30);
    now.checked_add(delay).unwrap_or(now + AS_GOOD_AS_NEVER)
}
