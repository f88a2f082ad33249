//! The ways to a server: through a proxy, or past it.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;
use std::{io, thread};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder};
use tokio::sync::oneshot;
use url::Url;

use crate::network::{self, Exceptions, Network};
use crate::tls;

const USER_AGENT: &str = concat!("autoplay-sdk-rust/", env!("CARGO_PKG_VERSION"));

/// Probes on a silent connection: a router that forgot it is noticed without the server's help.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// What a server may send over HTTP/2 before any of it is read, per stream.
const STREAM_WINDOW: u32 = 512 * 1024;

/// The library charges up to 256 bytes for each small frame that waits to be read, allows half of this window for that,
/// and takes more for an attack. An event is a small frame, and a client without room leaves them unread, so whatever
/// fits into a stream's window has to be allowed, were it in frames of one byte.
const CONNECTION_WINDOW: u32 = 2 * 256 * STREAM_WINDOW;

/// How names become addresses. It may block.
pub(crate) type Lookup = fn(&str) -> io::Result<Vec<SocketAddr>>;

/// One client of the HTTP library for each way that a request may take.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    usual: Client,
    /// Past the proxy, where the environment names host and port.
    direct: Option<(Exceptions, Client)>,
}

impl Ways {
    pub(super) fn new(
        network: &Network,
        lookup: Lookup,
        adapted: impl Fn(ClientBuilder) -> ClientBuilder,
    ) -> io::Result<Self> {
        let client = |builder| adapted(builder).build().map_err(io::Error::other);
        let usual = client(builder(network, lookup)?)?;
        let exceptions =
            if network.proxy.is_none() { Exceptions::of_environment() } else { Exceptions::default() };
        if exceptions.is_empty() {
            return Ok(Self { usual, direct: None });
        }
        let direct = client(builder(network, lookup)?.no_proxy())?;
        Ok(Self { usual, direct: Some((exceptions, direct)) })
    }

    /// The client that asks for this URL.
    pub(super) fn to(&self, url: &Url) -> &Client {
        match &self.direct {
            Some((exceptions, direct)) if exceptions.contain(url) => direct,
            _ => &self.usual,
        }
    }
}

fn builder(network: &Network, lookup: Lookup) -> io::Result<ClientBuilder> {
    let tls = tls::config(&network.roots).map_err(io::Error::other)?;
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Names(lookup))
        .user_agent(USER_AGENT)
        // Redirects are followed by hand, and failures retried by the subscriber alone.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .tcp_keepalive(KEEPALIVE)
        .tcp_keepalive_interval(KEEPALIVE);
    let Some(proxy) = &network.proxy else {
        return Ok(if network::no_proxy_at_all() { builder.no_proxy() } else { builder });
    };
    // Given one, the library no longer looks at the environment.
    let proxy = reqwest::Proxy::all(proxy.reveal().clone()).map_err(io::Error::other)?;
    Ok(builder.proxy(proxy))
}

struct Names(Lookup);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.0;
        Box::pin(async move {
            // The system's look-up can't be interrupted. On a thread of its own it is left behind when nobody waits; the
            // end of a runtime would wait for it if it were a blocking task.
            let (answer, answered) = oneshot::channel();
            thread::Builder::new()
                .name("autoplay-lookup".to_owned())
                .spawn(move || _ = answer.send(lookup(name.as_str())))?;
            Ok(Box::new(answered.await??.into_iter()) as Addrs)
        })
    }
}

/// The system's own way; the port is filled in later.
pub(crate) fn system_lookup(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((name, 0).to_socket_addrs()?.collect())
}
