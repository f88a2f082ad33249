//! A listener with a thread for each connection, all of which end when it is dropped.

use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};

use crate::gate::lock;

/// An unused port of the loopback.
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) struct Acceptor {
    addr: SocketAddr,
    sockets: Arc<Sockets>,
    thread: Option<JoinHandle<()>>,
}

/// The sockets in use. To shut one down wakes the thread that is blocked on it.
#[derive(Default)]
pub(crate) struct Sockets {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stopping: bool,
    /// Weak, because a socket is only closed, or reset, when nobody holds it any more.
    open: Vec<Weak<TcpStream>>,
}

impl Acceptor {
    /// Listens, and runs `handle` with the number of the connection, from 0, for each.
    pub(crate) fn start<F>(addr: SocketAddr, handle: F) -> Self
    where
        F: Fn(usize, Arc<TcpStream>, &Sockets) + Send + Sync + 'static,
    {
        let listener =
            TcpListener::bind(addr).unwrap_or_else(|error| panic!("can't listen on {addr}: {error}"));
        let addr = listener.local_addr().expect("a bound listener has an address");
        let sockets = Arc::new(Sockets::default());
        let thread = thread::spawn({
            let sockets = Arc::clone(&sockets);
            move || accept(&listener, &sockets, &Arc::new(handle))
        });
        Self { addr, sockets, thread: Some(thread) }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends all connections as they are; new ones are welcome.
    pub(crate) fn cut_all(&self) {
        lock(&self.sockets.state).shut_down_all();
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        {
            let mut state = lock(&self.sockets.state);
            state.stopping = true;
            state.shut_down_all();
        }
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.addr));
        let outcome = self.thread.take().map(JoinHandle::join);
        if let Some(Err(panic)) = outcome
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

impl Sockets {
    /// Remembers a socket, so that it can be shut down. False if it is too late for that.
    pub(crate) fn register(&self, stream: &Arc<TcpStream>) -> bool {
        let mut state = lock(&self.state);
        state.open.retain(|socket| socket.strong_count() > 0);
        state.open.push(Arc::downgrade(stream));
        !state.stopping
    }
}

impl State {
    fn shut_down_all(&mut self) {
        for stream in self.open.drain(..).filter_map(|socket| socket.upgrade()) {
            // Fails if the peer was faster, which is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn accept<F>(listener: &TcpListener, sockets: &Arc<Sockets>, handle: &Arc<F>)
where
    F: Fn(usize, Arc<TcpStream>, &Sockets) + Send + Sync + 'static,
{
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for (number, stream) in listener.incoming().enumerate() {
        let stream = Arc::new(stream.expect("the listener accepts"));
        if !sockets.register(&stream) {
            break;
        }
        // Small writes are what the tests are about: they must not wait for one another.
        let _ = stream.set_nodelay(true);
        let (sockets, handle) = (Arc::clone(sockets), Arc::clone(handle));
        threads.push(thread::spawn(move || handle(number, stream, &sockets)));
    }
    for thread in threads {
        if let Err(panic) = thread.join() {
            resume_unwind(panic);
        }
    }
}
