//! A proxy as companies have them: it is asked by HTTP to ask for something, or to open a tunnel.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::acceptor::{ANY_PORT, Acceptor, Sockets};
use crate::gate::lock;
use crate::relay::relay;
use crate::request::Request;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Takes requests for absolute URLs and `CONNECT`, records them, and leads all of them to one server, whatever host
/// they name.
pub struct HttpProxy {
    acceptor: Acceptor,
    course: Arc<Course>,
}

struct Course {
    upstream: SocketAddr,
    /// What `Proxy-Authorization` has to say, if it has to.
    authorization: Mutex<Option<String>>,
    requests: Mutex<Vec<Request>>,
}

impl HttpProxy {
    /// Listens on a port of its own.
    #[must_use]
    pub fn start(upstream: SocketAddr) -> Self {
        let course =
            Arc::new(Course { upstream, authorization: Mutex::default(), requests: Mutex::default() });
        let acceptor = Acceptor::start(ANY_PORT, {
            let course = Arc::clone(&course);
            // A client that leaves early is no trouble of the proxy's.
            move |number, client, sockets| _ = course.serve(number, &client, sockets)
        });
        Self { acceptor, course }
    }

    /// Refuses whoever does not bring this in `Proxy-Authorization`, with status 407.
    #[must_use]
    pub fn requiring(self, authorization: &str) -> Self {
        *lock(&self.course.authorization) = Some(authorization.to_owned());
        self
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.acceptor.addr()
    }

    /// The URL to give to a client; `credentials` are `user:password`.
    #[must_use]
    pub fn url(&self, credentials: Option<&str>) -> String {
        let at = credentials.map_or_else(String::new, |credentials| format!("{credentials}@"));
        format!("http://{at}{}", self.addr())
    }

    /// What it was asked, as it was asked: the path is an absolute URL, or for `CONNECT` a host and a port.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.course.requests).clone()
    }
}

impl Course {
    fn serve(&self, number: usize, mut client: &TcpStream, sockets: &Sockets) -> io::Result<()> {
        let mut received = Vec::new();
        let request = read_request(client, &mut received, number)?;
        lock(&self.requests).push(request.clone());
        let required = lock(&self.authorization).clone();
        if required.is_some() && request.header("proxy-authorization") != required.as_deref() {
            return client.write_all(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\n\
                  Content-Length: 0\r\n\r\n",
            );
        }
        let server = Arc::new(TcpStream::connect_timeout(&self.upstream, CONNECT_LIMIT)?);
        if !sockets.register(&server) {
            return Ok(());
        }
        server.set_nodelay(true)?;
        if request.method == "CONNECT" {
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        } else {
            (&*server).write_all(&for_the_server(&request))?;
        }
        (&*server).write_all(&received)?;
        relay(client, &server, u64::MAX);
        Ok(())
    }
}

fn read_request(mut client: &TcpStream, received: &mut Vec<u8>, number: usize) -> io::Result<Request> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(request) = Request::take(received, number) {
            return Ok(request);
        }
        match client.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => received.extend_from_slice(&buffer[..length]),
        }
    }
}

/// The request with the path alone, and without what was meant for the proxy.
fn for_the_server(request: &Request) -> Vec<u8> {
    let path = request.path.splitn(4, '/').nth(3).unwrap_or_default();
    let mut text = format!("{} /{path} HTTP/1.1\r\n", request.method);
    for (name, value) in &request.headers {
        if !name.to_ascii_lowercase().starts_with("proxy-") {
            text.extend([name, ": ", value, "\r\n"]);
        }
    }
    text.push_str("\r\n");
    [text.as_bytes(), &request.body].concat()
}
