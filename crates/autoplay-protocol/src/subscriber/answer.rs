//! What the head of an answer means for the stream.

use std::time::Duration;

use super::{Outcome, Setback};

/// What a subscriber needs to know of the head of an answer, after any redirects.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResponseHead<'a> {
    /// The status code.
    pub status: u16,
    /// The header `Content-Type`, if there is one that is text.
    pub content_type: Option<&'a str>,
    /// The header `Retry-After`, read with [`parse_retry_after`](super::parse_retry_after).
    pub retry_after: Option<Duration>,
}

/// What follows from a head.
pub(super) enum Verdict {
    Stream,
    Finish(Outcome),
    TryAgain { setback: Setback, not_before: Option<Duration> },
}

/// The one place that says what each status means.
pub(super) fn judge(head: &ResponseHead<'_>) -> Verdict {
    match head.status {
        200 if is_event_stream(head.content_type) => Verdict::Stream,
        200 => Verdict::TryAgain {
            setback: Setback::NotAStream { content_type: head.content_type.map(shortened) },
            not_before: None,
        },
        // "No Content" is how a server tells a subscriber to stay away (WHATWG HTML, section 9.2.3).
        204 => Verdict::Finish(Outcome::NoContent),
        status @ (401 | 403 | 404) => Verdict::Finish(Outcome::Refused { status }),
        status => Verdict::TryAgain {
            setback: Setback::Status(status),
            not_before: head.retry_after.filter(|_| matches!(status, 429 | 503)),
        },
    }
}

/// `text/event-stream` in any case, with any parameters.
fn is_event_stream(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|value| essence(value).eq_ignore_ascii_case("text/event-stream"))
}

/// The type without its parameters, and not too long: it goes into a log line, and a stranger wrote it.
fn shortened(content_type: &str) -> String {
    essence(content_type).chars().filter(|character| !character.is_control()).take(80).collect()
}

fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_that_are_a_stream() {
        for value in [
            "text/event-stream",
            "Text/Event-Stream",
            "text/event-stream;charset=utf-8",
            "text/event-stream ; charset=latin1; x=y",
            "  text/event-stream",
        ] {
            assert!(is_event_stream(Some(value)), "{value:?}");
        }
        for value in ["", "text/html", "text/event-streams", "application/json; a=text/event-stream"] {
            assert!(!is_event_stream(Some(value)), "{value:?}");
        }
        assert!(!is_event_stream(None));
    }

    #[test]
    fn of_a_content_type_only_the_type_itself_is_told() {
        let told = shortened(&format!(" text/html\u{1}; session=hunter2; {}", "x".repeat(1_000)));
        assert_eq!(told, "text/html");
        assert_eq!(shortened(&"x".repeat(1_000)).len(), 80);
    }
}
