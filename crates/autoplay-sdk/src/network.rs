//! The way to a server: whose certificates are trusted, and through which proxy.

use std::path::PathBuf;
use std::{env, fmt};

use url::{Host, Url};

use crate::Error;
use crate::secret::Secret;
use crate::tls::Roots;

/// What a builder was told, not yet checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct NetworkOptions {
    pub(crate) ca_file: Option<PathBuf>,
    /// It may hold a password.
    pub(crate) proxy: Option<Secret>,
}

/// The same, checked, and the file read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network {
    pub(crate) roots: Roots,
    /// `None` is what the environment says.
    pub(crate) proxy: Option<ProxyAddress>,
}

/// The URL of a proxy.
#[derive(Clone)]
pub(crate) struct ProxyAddress(Url);

/// The entries of the environment's `NO_PROXY` that name a port (`localhost:8080`). The HTTP library would take them for
/// names with a colon, which nothing has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exceptions(Vec<(String, u16)>);

/// Whether the environment says `*`: no host is reached through a proxy. The HTTP library takes that to mean names and
/// not addresses.
pub(crate) fn no_proxy_at_all() -> bool {
    ["no_proxy", "NO_PROXY"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .any(|value| value.trim() == "*")
}

impl Exceptions {
    pub(crate) fn of_environment() -> Self {
        let list = env::var("NO_PROXY").or_else(|_| env::var("no_proxy"));
        Self::parse(&list.unwrap_or_default())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the URL has the port of an entry, and its host or one below that.
    pub(crate) fn contain(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else { return false };
        let name = host.to_string();
        self.0.iter().any(|(entry, of)| {
            let below = matches!(host, Host::Domain(_))
                && name.strip_suffix(entry.as_str()).is_some_and(|before| before.ends_with('.'));
            *of == port && (name == *entry || below)
        })
    }

    fn parse(list: &str) -> Self {
        Self(list.split(',').filter_map(|entry| Self::entry(entry.trim())).collect())
    }

    fn entry(text: &str) -> Option<(String, u16)> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host);
        // The one way to write hosts, as URLs have it; an address of IPv6 without brackets has no port.
        Some((Host::parse(host).ok()?.to_string(), port.parse().ok()?))
    }
}

impl NetworkOptions {
    pub(crate) fn check(&self) -> Result<Network, Error> {
        Ok(Network {
            roots: self.ca_file.as_deref().map(Roots::from_file).transpose()?.unwrap_or_default(),
            proxy: self.proxy.as_ref().map(ProxyAddress::parse).transpose()?,
        })
    }
}

impl ProxyAddress {
    /// No part of a text that is refused is shown: what looks like a host may be a password.
    fn parse(text: &Secret) -> Result<Self, Error> {
        let text = text.reveal().trim();
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !matches!(scheme.as_deref(), Some("http" | "https" | "socks5" | "socks5h")) {
            let problem = "must begin with http://, https://, socks5:// or socks5h://, and the proxy's host";
            return Err(Error::config("proxy", problem));
        }
        let url =
            Url::parse(text).map_err(|error| Error::config("proxy", format!("is no valid URL: {error}")))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(Error::config("proxy", "has no host; give it as in http://proxy.example.com:3128"));
        }
        Ok(Self(url))
    }

    /// The URL itself, for the HTTP library.
    pub(crate) fn reveal(&self) -> &Url {
        &self.0
    }
}

/// Without user name and password.
impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.0.port_or_known_default();
        write!(f, "{}://{}:{port:?}", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ProxyAddress, Error> {
        ProxyAddress::parse(&Secret::new(text.to_owned()))
    }

    #[test]
    fn exceptions_with_a_port_are_for_that_port_of_the_host_and_those_below() {
        let list = "example.com, LOCALHOST:8080,.a.example:443 ,*.b.example:80,10.0.0.1:80,[::1]:80,::1,:80,c:d,*:90";
        let exceptions = Exceptions::parse(list);
        for (url, contained) in [
            ("http://localhost:8080/s", true),
            ("http://x.localhost:8080/", true),
            ("http://localhost/", false),
            ("http://xlocalhost:8080/", false),
            ("https://a.example/", true),
            ("https://x.a.example:443/", true),
            ("http://a.example/", false),
            ("http://x.b.example/", true),
            ("http://10.0.0.1/", true),
            ("http://10.0.0.1:81/", false),
            ("http://110.0.0.1/", false),
            ("http://[0:0::1]/", true),
            ("http://[::1]:81/", false),
            // What has no port is the library's to understand.
            ("http://example.com/", false),
            ("http://c/", false),
            ("http://c:90/", false),
        ] {
            assert_eq!(exceptions.contain(&Url::parse(url).unwrap()), contained, "{url}");
        }
        assert!(Exceptions::parse("").is_empty() && Exceptions::parse("::1, example.com").is_empty());
    }

    #[test]
    fn takes_the_proxies_it_can_speak_to_and_shows_no_password() {
        for text in [
            "http://proxy.example.com:3128",
            "HTTPS://user:hunter2@proxy.example.com/",
            " http://[::1]:8080\n",
            "socks5://127.0.0.1:1080",
            "socks5h://hunter2@localhost",
        ] {
            let proxy = parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert!(!format!("{proxy:?}").contains("hunter2"), "{proxy:?}");
        }
    }

    #[test]
    fn refuses_other_texts_and_shows_none_of_them() {
        for text in [
            "",
            "hunter2",
            "hunter2:3128",
            "ftp://hunter2.example.com",
            "http://",
            "socks5://",
            "http://user:hunter2@",
            "http://proxy.example.com:99999/hunter2",
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.argument(), Some("proxy"), "{text:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
