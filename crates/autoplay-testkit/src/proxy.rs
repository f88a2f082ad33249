//! A proxy that cuts connections.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::SockRef;

use crate::acceptor::{ANY_PORT, Acceptor, Sockets};
use crate::gate::lock;
use crate::relay::relay;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// What becomes of a connection. The bytes are counted from the first of the answer's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is left alone.
    Never,
    /// It is closed after so many bytes of the answer.
    CloseAfter(u64),
    /// It is reset after so many bytes of the answer. What the client has not read by then is lost, too.
    ResetAfter(u64),
}

/// Forwards TCP to a real server, and treats each connection by the next [`Cut`].
pub struct Proxy {
    acceptor: Acceptor,
    course: Arc<Course>,
}

struct Course {
    upstream: Mutex<SocketAddr>,
    cuts: Mutex<Box<dyn Iterator<Item = Cut> + Send>>,
    accepted: AtomicUsize,
}

impl Proxy {
    /// Listens on a port of its own. When the cuts are used up, connections are left alone.
    #[must_use]
    pub fn start<C>(upstream: SocketAddr, cuts: C) -> Self
    where
        C: IntoIterator<Item = Cut>,
        C::IntoIter: Send + 'static,
    {
        let course = Arc::new(Course {
            upstream: Mutex::new(upstream),
            cuts: Mutex::new(Box::new(cuts.into_iter())),
            accepted: AtomicUsize::new(0),
        });
        let acceptor = Acceptor::start(ANY_PORT, {
            let course = Arc::clone(&course);
            move |_, client, sockets| forward(&course, &client, sockets)
        });
        Self { acceptor, course }
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.acceptor.addr()
    }

    /// The URL of a path, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr())
    }

    /// Sends later connections elsewhere: to the server that took the place of a killed one.
    pub fn set_upstream(&self, upstream: SocketAddr) {
        *lock(&self.course.upstream) = upstream;
    }

    /// How many connections there have been.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.course.accepted.load(Ordering::SeqCst)
    }

    /// Ends all connections as they are.
    pub fn cut_all(&self) {
        self.acceptor.cut_all();
    }
}

/// Copies both ways until either side ends or the cut is reached. Where the server can't be reached, the client's
/// connection is closed without a byte.
fn forward(course: &Course, client: &TcpStream, sockets: &Sockets) {
    course.accepted.fetch_add(1, Ordering::SeqCst);
    let cut = lock(&course.cuts).next().unwrap_or(Cut::Never);
    let upstream = *lock(&course.upstream);
    let Ok(server) = TcpStream::connect_timeout(&upstream, CONNECT_LIMIT).map(Arc::new) else {
        return;
    };
    if !sockets.register(&server) {
        return;
    }
    let _ = server.set_nodelay(true);
    let limit = match cut {
        Cut::Never => u64::MAX,
        Cut::CloseAfter(bytes) | Cut::ResetAfter(bytes) => bytes,
    };
    let whole = relay(client, &server, limit);
    if !whole && matches!(cut, Cut::ResetAfter(_)) {
        let _ = SockRef::from(client).set_linger(Some(Duration::ZERO));
    } else {
        let _ = client.shutdown(Shutdown::Both);
    }
}
