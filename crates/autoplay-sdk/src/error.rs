//! The one error of this crate.

use std::{fmt, io};

use autoplay_protocol::subscriber::{Outcome, Setback};

use crate::transport::TokenUse;

/// What went wrong: with an argument, with the stream, or with the machine.
///
/// The message says what to do. It never holds a token, a payload or an e-mail address; of a URL's query, values
/// that may be secrets are left out. `Debug` shows the same message, and the error of the operating system behind it,
/// so that a `main` that returns this error reads well.
pub struct Error(Box<Cause>);

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is wrong. Nothing was started.
    Config,
    /// The server answered 401, 403 or 404. Trying again would not help, so it was not done.
    Refused,
    /// More requests in a row failed than `max_retries` allows.
    RetriesSpent,
    /// The client is running already.
    AlreadyRunning,
    /// The process has been forked since the client was made.
    Forked,
    /// The operating system refused a thread or a socket.
    System,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("{argument}: {problem}")]
    Config { argument: &'static str, problem: String },
    #[error("{url} refused the stream with status {status}: {advice}")]
    Refused { status: u16, url: String, advice: &'static str },
    #[error("gave up on {url} after {} (max_retries); the last: {last}", in_a_row(*failures))]
    RetriesSpent { url: String, failures: u32, last: String, status: Option<u16> },
    #[error("the client is running already: stop it and wait for its end, or make a second client")]
    AlreadyRunning,
    #[error(
        "this client was made before the process was forked and does not work in the child: make a new one there"
    )]
    Forked,
    #[error("{what}")]
    System { what: &'static str, source: io::Error },
}

impl Error {
    pub(crate) fn config(argument: &'static str, problem: impl Into<String>) -> Self {
        Self(Box::new(Cause::Config { argument, problem: problem.into() }))
    }

    pub(crate) fn already_running() -> Self {
        Self(Box::new(Cause::AlreadyRunning))
    }

    pub(crate) fn forked() -> Self {
        Self(Box::new(Cause::Forked))
    }

    pub(crate) fn system(what: &'static str, source: io::Error) -> Self {
        Self(Box::new(Cause::System { what, source }))
    }

    pub(crate) fn from_outcome(outcome: Outcome, url: String, token: TokenUse) -> Result<(), Self> {
        match outcome {
            Outcome::NoContent => Ok(()),
            Outcome::Refused { status } => {
                Err(Self(Box::new(Cause::Refused { status, url, advice: advice(status, token) })))
            }
            Outcome::RetriesSpent { failures, last } => {
                let status = match last {
                    Setback::Status(status) => Some(status),
                    _ => None,
                };
                Err(Self(Box::new(Cause::RetriesSpent { url, failures, last: last.to_string(), status })))
            }
        }
    }

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match *self.0 {
            Cause::Config { .. } => ErrorKind::Config,
            Cause::Refused { .. } => ErrorKind::Refused,
            Cause::RetriesSpent { .. } => ErrorKind::RetriesSpent,
            Cause::AlreadyRunning => ErrorKind::AlreadyRunning,
            Cause::Forked => ErrorKind::Forked,
            Cause::System { .. } => ErrorKind::System,
        }
    }

    /// Whether an argument is wrong; [`argument`](Self::argument) says which.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.kind() == ErrorKind::Config
    }

    /// Whether the server refused with a final status: 401, 403 or 404.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.kind() == ErrorKind::Refused
    }

    /// Whether `max_retries` is spent.
    #[must_use]
    pub fn is_retries_spent(&self) -> bool {
        self.kind() == ErrorKind::RetriesSpent
    }

    /// Whether the client was running already.
    #[must_use]
    pub fn is_already_running(&self) -> bool {
        self.kind() == ErrorKind::AlreadyRunning
    }

    /// Whether the client is a copy in a forked process, where it can't work.
    #[must_use]
    pub fn is_forked(&self) -> bool {
        self.kind() == ErrorKind::Forked
    }

    /// The argument that is wrong, if one is.
    #[must_use]
    pub fn argument(&self) -> Option<&'static str> {
        match *self.0 {
            Cause::Config { argument, .. } => Some(argument),
            _ => None,
        }
    }

    /// The HTTP status that ended the stream, if one did.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        match *self.0 {
            Cause::Refused { status, .. } => Some(status),
            Cause::RetriesSpent { status, .. } => status,
            _ => None,
        }
    }

    /// The URL that answered last, without secrets: the one given, unless the server redirected.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &*self.0 {
            Cause::Refused { url, .. } | Cause::RetriesSpent { url, .. } => Some(url),
            _ => None,
        }
    }
}

fn in_a_row(failures: u32) -> String {
    match failures {
        1 => "1 failed request".to_owned(),
        _ => format!("{failures} failed requests in a row"),
    }
}

fn advice(status: u16, token: TokenUse) -> &'static str {
    match (status, token) {
        (401 | 403, TokenUse::Unknown) => "check the key among the headers given, and that it may read this",
        (_, TokenUse::Unknown) => "there is no such stream; check url and method",
        (401 | 403, TokenUse::None) => {
            "it asks for a key; give one as token (or in AUTOPLAY_APP_UNKEY_TOKEN)"
        }
        (401 | 403, TokenUse::Withheld) => {
            "a redirect led to another origin, which no key is sent to; give that URL as url if it is yours"
        }
        (401, TokenUse::Sent) => {
            "check the key given as token (or in AUTOPLAY_APP_UNKEY_TOKEN): it is unknown here, has been revoked, or \
             belongs to another product"
        }
        (403, TokenUse::Sent) => {
            "the key may not read this product; check the product in url, or use a key with the right to read it"
        }
        _ => "there is no such stream; check url: it ends with /stream/ and the product id",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What `fn main() -> Result<(), Error>` shows its user.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_crosses_threads_and_is_small() {
        fn sendable<T: Send + Sync + 'static>() {}
        sendable::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn debug_shows_the_message_and_what_is_behind_it() {
        let error = Error::config("url", "is empty");
        assert_eq!(format!("{error:?}"), error.to_string());
        let refused = io::Error::from_raw_os_error(11);
        let error = Error::system("a thread could not be started", refused);
        let refused = io::Error::from_raw_os_error(11);
        assert_eq!(format!("{error:?}"), format!("a thread could not be started: {refused}"));
    }

    #[test]
    fn a_refusal_says_what_to_do_about_the_token() {
        for (status, token, advice) in [
            (401, TokenUse::None, "asks for a key"),
            (403, TokenUse::None, "asks for a key"),
            (401, TokenUse::Sent, "another product"),
            (403, TokenUse::Sent, "right to read"),
            (401, TokenUse::Withheld, "another origin"),
            (403, TokenUse::Unknown, "headers given"),
            (404, TokenUse::Unknown, "url and method"),
            (404, TokenUse::None, "product id"),
        ] {
            let refused = Outcome::Refused { status };
            let error = Error::from_outcome(refused, "http://h/stream/p".to_owned(), token).unwrap_err();
            assert!(error.to_string().contains(advice), "{status} {token:?}: {error}");
        }
    }
}
