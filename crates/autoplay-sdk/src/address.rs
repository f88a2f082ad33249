//! The URL of a stream: which are taken, and how one is shown.

use std::borrow::Cow;
use std::fmt;

use url::{Url, form_urlencoded};

use crate::Error;

/// What the names of parameters contain whose values are not for logs. Connectors take `token` from browsers, which
/// can't send a header; gateways before them have names of their own.
const SECRET_WORDS: [&str; 8] = ["token", "key", "secret", "pass", "auth", "sig", "cred", "jwt"];

/// A checked URL.
#[derive(Clone)]
pub(crate) struct Address {
    url: Url,
    shown: String,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let problem = if text.is_empty() {
            "is empty; give the full URL of the stream, such as https://example.com/stream/my-product"
        } else if text.chars().any(char::is_control) {
            "must not hold control characters, such as line breaks"
        } else if !has_web_scheme(text) {
            "must begin with http:// or https:// and a host; give the full URL of the stream"
        } else {
            match Url::parse(text) {
                Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                    "must not hold a user name or password; give the key as token"
                }
                Ok(url) if url.fragment().is_some() => {
                    "must not have a fragment; leave out # and what follows it"
                }
                Ok(url) => {
                    return Ok(Self { url, shown: without_secrets(text) });
                }
                // What is wrong is said without the text, which may hold a password.
                Err(error) => {
                    return Err(Error::config(
                        "url",
                        format!("is no valid URL: {error}; give the full URL of the stream"),
                    ));
                }
            }
        };
        Err(Error::config("url", problem))
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// As it was given, without secrets.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fmt(f)
    }
}

/// Without this check, `http:example.com` and `http:///stream/p` would pass: browsers mend them.
fn has_web_scheme(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    web && !rest.starts_with(['/', '\\'])
}

/// The URL with a user name, a password and the values of secret parameters left out. It need not be a valid one.
pub(crate) fn without_secrets(url: &str) -> String {
    let url = without_user(url);
    let Some((path, query)) = url.split_once('?') else {
        return url.into_owned();
    };
    let parameters: Vec<String> = query.split('&').map(parameter_without_secret).collect();
    format!("{path}?{}", parameters.join("&"))
}

fn without_user(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Cow::Borrowed(url);
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://...{}", &rest[at..])),
        None => Cow::Borrowed(url),
    }
}

fn parameter_without_secret(parameter: &str) -> String {
    let name = form_urlencoded::parse(parameter.as_bytes()).next().map(|(name, _)| name.to_lowercase());
    match (name, parameter.split_once('=')) {
        (Some(name), Some((written, _))) if SECRET_WORDS.iter().any(|word| name.contains(word)) => {
            format!("{written}=...")
        }
        _ => parameter.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_web_urls() {
        for text in [
            "http://127.0.0.1:8080/stream/p",
            "HTTPS://example.com/stream/p?since=earliest",
            "  http://[::1]/stream/p\n",
            "https://bücher.example/stream/p",
        ] {
            Address::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        }
    }

    #[test]
    fn refuses_what_is_no_stream_url_and_names_the_argument() {
        for text in [
            "",
            "   ",
            "/stream/p",
            "stream/p",
            "example.com/stream/p",
            "http:example.com",
            "http:/example.com",
            "http://",
            "https:///",
            "http:///stream/p",
            "http:\\\\example.com/stream/p",
            "http://exam\nple.com/stream/p",
            "http://example.com/stream/p?a=\u{7}b",
            "ftp://example.com/",
            "file:///etc/passwd",
            "http://example.com/#",
            "http://example.com/stream/p#top",
            "http://user@example.com/",
            "http://user:hunter2@example.com/",
            "http://:hunter2@example.com/",
            "http://exa mple.com/hunter2",
            "http://user:hunter2@exa mple.com/",
            "http://example.com:99999/",
        ] {
            let error = Address::parse(text).expect_err(text);
            assert!(error.is_config(), "{text:?}");
            assert_eq!(error.argument(), Some("url"), "{text:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{text:?}: {error}");
        }
    }

    #[test]
    fn shows_no_secret_parameter() {
        for (given, shown) in [
            ("http://h/s/p", "http://h/s/p"),
            ("http://h/s/p?since=1", "http://h/s/p?since=1"),
            ("http://h/s/p?token=abc", "http://h/s/p?token=..."),
            ("http://h/s/p?since=1&Token=abc&x", "http://h/s/p?since=1&Token=...&x"),
            ("http://h/s/p?%74oken=abc", "http://h/s/p?%74oken=..."),
            ("http://h/s/p?token=abc&token=def", "http://h/s/p?token=...&token=..."),
            ("http://h/s/p?token=a=b?c", "http://h/s/p?token=..."),
            ("http://h/s/p?X-Api-Key=a&password=b&sig=c", "http://h/s/p?X-Api-Key=...&password=...&sig=..."),
        ] {
            assert_eq!(Address::parse(given).unwrap().shown(), shown);
        }
    }

    #[test]
    fn shows_no_password_even_of_a_url_that_is_refused() {
        for (given, shown) in [
            ("http://user:hunter2@h/s?a=1", "http://...@h/s?a=1"),
            ("http://hunter2@h", "http://...@h"),
            ("http://u:hunter@2@h/x@y", "http://...@h/x@y"),
            ("http://h/a@b?token=hunter2", "http://h/a@b?token=..."),
            ("hunter3", "hunter3"),
        ] {
            assert_eq!(without_secrets(given), shown);
        }
    }
}
