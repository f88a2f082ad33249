//! What a client was told at its construction, checked.

use std::env::{self, VarError};
use std::path::{self, PathBuf};
use std::time::Duration;

use autoplay_protocol::subscriber::Policy;

use crate::Error;
use crate::address::Address;
use crate::backlog::{OnFull, Places, Rules};
use crate::network::Network;
use crate::secret::Secret;

/// Where the URL comes from when none is given.
const URL_VARIABLE: &str = "AUTOPLAY_STREAM_URL";

/// Where the token comes from when none is given.
const TOKEN_VARIABLE: &str = "AUTOPLAY_APP_UNKEY_TOKEN";

/// Some systems end a process that asks for tens of thousands of threads.
const MOST_WORKERS: usize = 1_024;

/// What becomes of an event when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// It is dropped, and reported, if the callbacks at their present pace need more than `max_lag` for what is queued;
    /// else it waits for room.
    Drop,
    /// It waits for room, and nothing more is read until then. Nothing is dropped.
    Block,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) address: Address,
    pub(crate) token: Option<Secret>,
    pub(crate) max_queue_size: usize,
    pub(crate) max_queue_bytes: usize,
    pub(crate) overflow: Overflow,
    pub(crate) max_lag: Duration,
    pub(crate) workers: usize,
    pub(crate) session_concurrency: usize,
    pub(crate) checkpoint: Option<PathBuf>,
    pub(crate) drain_timeout: Duration,
    pub(crate) policy: Policy,
    pub(crate) network: Network,
}

/// The address given, else that of the environment.
pub(crate) fn address(given: Option<&str>) -> Result<Address, Error> {
    if let Some(given) = given {
        return Address::parse(given);
    }
    match env::var(URL_VARIABLE) {
        Ok(found) if !found.is_empty() => Address::parse(&found),
        Ok(_) | Err(VarError::NotPresent) => {
            let problem = format!("is not given: set {URL_VARIABLE} to the full URL of the stream");
            Err(Error::config("url", problem))
        }
        Err(VarError::NotUnicode(_)) => Err(Error::config("url", format!("{URL_VARIABLE} is no UTF-8 text"))),
    }
}

/// The checkpoint's path, wherever the process goes. With one, nothing may be dropped.
pub(crate) fn checkpoint(
    given: Option<PathBuf>,
    overflow: Option<Overflow>,
) -> Result<Option<PathBuf>, Error> {
    let Some(given) = given else { return Ok(None) };
    if overflow == Some(Overflow::Drop) {
        let problem = "is Drop, but with a checkpoint nothing may be lost; leave it out, or ask for Block";
        return Err(Error::config("overflow", problem));
    }
    if given.file_name().is_none() {
        return Err(Error::config("checkpoint", "must be the path of a file"));
    }
    path::absolute(&given)
        .map(Some)
        .map_err(|error| Error::config("checkpoint", format!("has no absolute path: {error}")))
}

/// The token given, else that of the environment, else none.
pub(crate) fn token(given: &str) -> Result<Option<Secret>, Error> {
    if !given.is_empty() {
        return checked(given.to_owned(), "").map(Some);
    }
    match env::var(TOKEN_VARIABLE) {
        Ok(found) if found.is_empty() => Ok(None),
        Ok(found) => checked(found, " (taken from AUTOPLAY_APP_UNKEY_TOKEN)").map(Some),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Error::config("token", format!("{TOKEN_VARIABLE} is no UTF-8 text")))
        }
    }
}

fn checked(token: String, origin: &str) -> Result<Secret, Error> {
    // A line break would end the header and begin another one.
    if token.chars().any(char::is_control) {
        let problem = format!("holds a control character{origin}; often it is a line break at its end");
        return Err(Error::config("token", problem));
    }
    // Copied from a header: it would be sent twice, and refused with an error that says nothing of it.
    if token.starts_with("Bearer ") {
        return Err(Error::config("token", format!("begins with Bearer{origin}; give the key alone")));
    }
    Ok(Secret::new(token))
}

impl Settings {
    /// Refuses what is out of range, naming the argument.
    pub(crate) fn check(self) -> Result<Self, Error> {
        at_least_one("max_queue_size", self.max_queue_size)?;
        at_least_one("max_queue_bytes", self.max_queue_bytes)?;
        at_least_one("workers", self.workers)?;
        if self.workers > MOST_WORKERS {
            let problem =
                format!("is {}, but each is a thread; at most {MOST_WORKERS} are started", self.workers);
            return Err(Error::config("workers", problem));
        }
        at_least_one("session_concurrency", self.session_concurrency)?;
        check_policy(&self.policy)?;
        Ok(self)
    }
}

/// The part that every kind of client has in common.
pub(crate) fn check_policy(policy: &Policy) -> Result<(), Error> {
    above_zero("connect_timeout", policy.connect_timeout)?;
    above_zero("initial_backoff", policy.initial_backoff)?;
    if policy.max_backoff < policy.initial_backoff {
        let problem = format!(
            "is {:?}, below initial_backoff, which is {:?}; raise it, or lower the other",
            policy.max_backoff, policy.initial_backoff
        );
        return Err(Error::config("max_backoff", problem));
    }
    if policy.read_timeout.is_some_and(|silence| silence.is_zero()) {
        return Err(Error::config("read_timeout", "is 0, but must be above 0, or None to wait for ever"));
    }
    if policy.max_event_bytes < 1024 {
        let problem = format!("is {}, but must be at least 1024 (1 KiB)", policy.max_event_bytes);
        return Err(Error::config("max_event_bytes", problem));
    }
    Ok(())
}

impl Settings {
    /// The rules of the queue, for a client in which events keep their `places` so long and one lane has so many in
    /// hand.
    pub(crate) fn rules(&self, places: Places, concurrency: usize) -> Rules {
        Rules {
            max_events: self.max_queue_size,
            max_bytes: self.max_queue_bytes,
            overflow: match self.overflow {
                Overflow::Drop => OnFull::DropBeyond(self.max_lag),
                Overflow::Block => OnFull::Wait,
            },
            places,
            concurrency,
        }
    }
}

fn at_least_one(argument: &'static str, value: usize) -> Result<(), Error> {
    if value == 0 {
        return Err(Error::config(argument, "is 0, but must be at least 1"));
    }
    Ok(())
}

fn above_zero(argument: &'static str, value: Duration) -> Result<(), Error> {
    if value.is_zero() {
        return Err(Error::config(argument, "is 0, but must be above 0"));
    }
    Ok(())
}
