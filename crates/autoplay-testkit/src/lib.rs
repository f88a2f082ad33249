//! What tests need to be cruel: a server that answers by script and does everything that a bad network does, a
//! proxy that cuts connections in the middle of an answer, one that is asked by HTTP, and real processes that die with
//! the test. With the feature `tls`: certificates, right and wrong, and a front that adds TLS and HTTP/2.
//!
//! Everything listens on `127.0.0.1`, port 0; every wait has a limit, and panics with what it waited for when
//! that is over; everything stops and is joined when it is dropped.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use std::time::Duration;
//!
//! use autoplay_testkit::{FaultServer, Script};
//!
//! // The first connection is cut within the event, the second gets all of it.
//! let server = FaultServer::start([
//!     Script::sse().send("id: 1\ndata: hal").reset(),
//!     Script::sse().send("id: 1\ndata: half\n\n"),
//! ]);
//!
//! let mut answers = Vec::new();
//! for _ in 0..2 {
//!     let mut stream = TcpStream::connect(server.addr()).unwrap();
//!     stream.write_all(b"GET /stream/p HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 0\r\n\r\n").unwrap();
//!     let mut answer = Vec::new();
//!     let complete = stream.read_to_end(&mut answer).is_ok();
//!     answers.push((complete, answer.ends_with(b"half\n\n")));
//! }
//! assert_eq!(answers, [(false, false), (true, true)]);
//!
//! let request = server.wait_for_request(2, Duration::from_secs(5));
//! assert_eq!(request.path, "/stream/p");
//! assert_eq!(request.header("last-event-id"), Some("0"));
//! ```

mod acceptor;
mod connection;
mod gate;
mod http_proxy;
mod process;
mod proxy;
mod relay;
mod request;
mod script;
mod server;
mod splits;
#[cfg(feature = "tls")]
mod tls;

pub use gate::Gate;
pub use http_proxy::HttpProxy;
pub use process::Process;
pub use proxy::{Cut, Proxy};
pub use request::Request;
pub use script::Script;
pub use server::FaultServer;
pub use splits::{Random, split_at, split_at_random};
#[cfg(feature = "tls")]
pub use tls::{Authority, Certificate, TlsFront};
