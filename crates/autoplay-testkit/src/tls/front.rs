//! The server that speaks TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::server::TlsStream;

use super::{Certificate, http2};
use crate::acceptor::ANY_PORT;
use crate::gate::lock;

const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Speaks TLS to the client and plain HTTP/1.1 to a server behind it, so that a [`FaultServer`](crate::FaultServer)
/// can be asked by https as well.
///
/// With HTTP/1.1 every byte passes as it is. With HTTP/2 each request becomes a connection of its own, marked by the
/// header `via: 2.0 testkit`; the answer's head, interim ones included, and its body are passed on. What ends behind
/// it with a reset ends so before it.
pub struct TlsFront {
    addr: SocketAddr,
    handshakes: Handshakes,
    /// Dropped to end it.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What is behind, and how what comes from there is passed on.
#[derive(Clone, Copy)]
pub(super) struct Upstream {
    pub(super) addr: SocketAddr,
    /// How many bytes of a body go into a frame of HTTP/2 at most.
    pub(super) frame: usize,
}

type Handshakes = Arc<Mutex<Vec<Result<String, String>>>>;

impl TlsFront {
    /// Listens on a port of its own and offers HTTP/1.1 only.
    #[must_use]
    pub fn http1(upstream: SocketAddr, certificate: Certificate) -> Self {
        Self::start(upstream, certificate, &[HTTP_1], usize::MAX)
    }

    /// The same with HTTP/2, which it prefers, as well.
    #[must_use]
    pub fn http2(upstream: SocketAddr, certificate: Certificate) -> Self {
        Self::http2_in_frames_of(usize::MAX, upstream, certificate)
    }

    /// The same with no more than so many bytes of a body in a frame, as of a server that sends each event by itself.
    ///
    /// # Panics
    ///
    /// If that is no byte at all.
    #[must_use]
    pub fn http2_in_frames_of(bytes: usize, upstream: SocketAddr, certificate: Certificate) -> Self {
        assert!(bytes > 0, "a body does not come in empty frames");
        Self::start(upstream, certificate, &[HTTP_2, HTTP_1], bytes)
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL of a path, which begins with a slash, on a host whose name leads to this machine.
    #[must_use]
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.addr.port())
    }

    /// What became of each handshake: the protocol that was agreed on, or why there was none.
    #[must_use]
    pub fn handshakes(&self) -> Vec<Result<String, String>> {
        lock(&self.handshakes).clone()
    }

    fn start(upstream: SocketAddr, certificate: Certificate, protocols: &[&[u8]], frame: usize) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config(certificate, protocols)));
        let upstream = Upstream { addr: upstream, frame };
        let listener = std::net::TcpListener::bind(ANY_PORT).expect("a port is free");
        listener.set_nonblocking(true).expect("a listener can be polled");
        let addr = listener.local_addr().expect("a bound listener has an address");
        let handshakes = Handshakes::default();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn({
            let handshakes = Arc::clone(&handshakes);
            move || {
                let runtime = runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
                runtime.block_on(async {
                    let listener = TcpListener::from_std(listener).expect("the runtime has I/O");
                    tokio::select! {
                        () = accept(&listener, &acceptor, upstream, &handshakes) => {}
                        _ = stopped => {}
                    }
                });
                // What is still open ends with the runtime.
            }
        });
        Self { addr, handshakes, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        drop(self.stop.take());
        let outcome = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || matches!(outcome, Some(Ok(()))), "the front has panicked");
    }
}

fn config(certificate: Certificate, protocols: &[&[u8]]) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.certificate], certificate.key)
        .expect("the key belongs to the certificate");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    config
}

async fn accept(listener: &TcpListener, acceptor: &TlsAcceptor, upstream: Upstream, handshakes: &Handshakes) {
    loop {
        let (client, _) = listener.accept().await.expect("the listener accepts");
        let (acceptor, handshakes) = (acceptor.clone(), Arc::clone(handshakes));
        tokio::spawn(async move {
            _ = client.set_nodelay(true);
            let accepted = acceptor.accept(client).await;
            let protocol = match &accepted {
                Ok(client) => Ok(client.get_ref().1.alpn_protocol().unwrap_or_default().to_vec()),
                Err(error) => Err(error.to_string()),
            };
            let is_http_2 = protocol.as_deref() == Ok(HTTP_2);
            lock(&handshakes).push(protocol.map(|name| String::from_utf8_lossy(&name).into_owned()));
            match accepted {
                Ok(client) if is_http_2 => http2::serve(client, upstream).await,
                Ok(client) => _ = pass_on(client, upstream.addr).await,
                Err(_) => {}
            }
        });
    }
}

async fn pass_on(mut client: TlsStream<TcpStream>, upstream: SocketAddr) -> io::Result<()> {
    let mut server = TcpStream::connect(upstream).await?;
    let copied = copy_bidirectional(&mut client, &mut server).await;
    if copied.is_err() {
        // A reset on one side is a reset on the other: no orderly end of TLS, and none of TCP.
        client.get_ref().0.set_zero_linger()?;
    }
    copied.map(drop)
}
