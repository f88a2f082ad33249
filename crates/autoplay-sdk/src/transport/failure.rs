//! What a failure is called in errors and in the log.

use std::error::Error;

use crate::tls;

/// Part of what is said may be a server's own words (the debug data of GOAWAY: RFC 9113, section 6.8), of any length.
const LONGEST: usize = 400;

/// The error and its causes in one line, without the URL.
pub(super) fn described(error: reqwest::Error) -> String {
    chain(&error.without_url())
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut advice = None;
    let mut next = Some(error);
    while let Some(cause) = next {
        next = cause.source();
        advice = advice.or_else(|| tls::advice(cause));
        let said = cause.to_string();
        if next.is_some_and(|next| says_nothing(&said, next)) || text.ends_with(&said) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&said);
    }
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    match advice {
        Some(advice) => format!("{text} ({advice})"),
        None => text,
    }
}

/// Whether an outer layer only says that something went wrong further in.
fn says_nothing(said: &str, next: &dyn Error) -> bool {
    said == "error sending request"
        || said.starts_with("client error (")
        // Of a body, everything is called that; only where unpacking failed is it what happened.
        || said == "error decoding response body" && next.to_string().starts_with("error reading a body")
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Said(String, Option<Box<Said>>);

    impl fmt::Display for Said {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl Error for Said {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    fn chain_of(texts: &[&str]) -> String {
        let error = texts
            .iter()
            .rev()
            .fold(None, |cause: Option<Box<Said>>, text| Some(Box::new(Said((*text).to_owned(), cause))));
        chain(&*error.unwrap())
    }

    #[test]
    fn every_cause_is_told_once_and_layers_without_news_not_at_all() {
        for (texts, told) in [
            (&["error sending request"][..], "error sending request"),
            (&["error sending request", "client error (Connect)", "refused", "refused"], "refused"),
            (
                &["error decoding response body", "error reading a body from connection", "reset by peer"],
                "error reading a body from connection: reset by peer",
            ),
            (
                &["error decoding response body", "Invalid gzip header"],
                "error decoding response body: Invalid gzip header",
            ),
        ] {
            assert_eq!(chain_of(texts), told);
        }
    }

    #[test]
    fn a_server_that_says_much_is_cut_short() {
        let told = chain_of(&["connection error received", &"ü".repeat(10_000)]);
        assert!(told.starts_with("connection error received: üü") && told.ends_with("ü…"), "{told}");
        assert!(told.len() < 410, "{}", told.len());
    }
}
