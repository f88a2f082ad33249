//! Where a redirect leads, and what may come along.

use url::Url;

/// More than this many in a row are a loop.
pub(crate) const MAX_REDIRECTS: usize = 10;

/// The target of a redirect; `None` if the answer is none that can be followed.
pub(crate) fn target(from: &Url, status: u16, location: Option<&str>) -> Option<Url> {
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let mut to = from.join(location?).ok()?;
    if !matches!(to.scheme(), "http" | "https") {
        return None;
    }
    // A server does not choose the credentials that are sent, and a fragment is never sent.
    to.set_fragment(None);
    to.set_username("").ok()?;
    to.set_password(None).ok()?;
    Some(to)
}

/// Whether a redirect of this status turns a request of this method into a GET without a body (WHATWG Fetch,
/// section 4.4, "HTTP-redirect fetch").
pub(crate) fn becomes_get(status: u16, method: &str) -> bool {
    match status {
        301 | 302 => method == "POST",
        303 => !matches!(method, "GET" | "HEAD"),
        _ => false,
    }
}

/// Whether what may be secret may be sent to `to`: never to another origin, and so never from https to http.
pub(crate) fn same_origin(from: &Url, to: &Url) -> bool {
    from.origin() == to.origin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn follows_the_five_redirects_and_nothing_else() {
        let from = url("https://a.example/stream/p?x=1");
        for status in [301, 302, 303, 307, 308] {
            let to = target(&from, status, Some("/other")).unwrap();
            assert_eq!(to.as_str(), "https://a.example/other");
        }
        for status in [200, 300, 304, 305, 306, 401] {
            assert_eq!(target(&from, status, Some("/other")), None, "{status}");
        }
    }

    #[test]
    fn refuses_targets_that_are_no_web_address() {
        let from = url("https://a.example/stream/p");
        for location in [None, Some("ftp://a.example/"), Some("file:///etc/passwd"), Some("http://")] {
            assert_eq!(target(&from, 302, location), None, "{location:?}");
        }
    }

    #[test]
    fn takes_no_credentials_or_fragment_from_the_server() {
        let to = target(&url("http://a.example/"), 302, Some("//user:pw@b.example/p#top")).unwrap();
        assert_eq!(to.as_str(), "http://b.example/p");
    }

    #[test]
    fn a_request_with_a_body_is_repeated_as_it_was_or_becomes_a_get() {
        for (method, expected) in [
            ("GET", [false, false, false, false, false]),
            ("HEAD", [false, false, false, false, false]),
            ("POST", [true, true, true, false, false]),
            ("REPORT", [false, false, true, false, false]),
        ] {
            assert_eq!(
                [301, 302, 303, 307, 308].map(|status| becomes_get(status, method)),
                expected,
                "{method}"
            );
        }
    }

    #[test]
    fn the_token_stays_with_its_origin() {
        for (from, to, kept) in [
            ("https://a.example/1", "https://a.example/2", true),
            ("https://a.example/1", "https://a.example:443/2", true),
            ("https://a.example/1", "https://A.EXAMPLE/2", true),
            ("https://a.example/1", "https://a.example:8443/2", false),
            ("https://a.example/1", "https://b.example/2", false),
            ("https://a.example/1", "https://sub.a.example/2", false),
            ("https://a.example/1", "http://a.example/2", false),
            ("https://a.example:8443/1", "http://a.example:8443/2", false),
            ("http://a.example/1", "https://a.example/2", false),
        ] {
            assert_eq!(same_origin(&url(from), &url(to)), kept, "{from} to {to}");
        }
    }
}
