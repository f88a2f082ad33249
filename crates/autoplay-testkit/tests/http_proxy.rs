//! The proxy does what is asked of it, for whoever may ask.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use autoplay_testkit::{FaultServer, HttpProxy, Script};

const LIMIT: Duration = Duration::from_secs(10);

fn ask(proxy: &HttpProxy, request: &str) -> String {
    let mut stream = TcpStream::connect(proxy.addr()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_request_for_a_url_reaches_the_server_without_what_was_for_the_proxy() {
    let server = FaultServer::start([Script::answer(200, &[], "hello")]);
    let proxy = HttpProxy::start(server.addr()).requiring("Basic eDp5");
    let answer = ask(
        &proxy,
        "GET http://h.invalid/a?b HTTP/1.1\r\nHost: h.invalid\r\nProxy-Authorization: Basic eDp5\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
    assert_eq!(proxy.requests()[0].path, "http://h.invalid/a?b");
    let request = &server.requests()[0];
    assert_eq!((request.path.as_str(), request.header("host")), ("/a?b", Some("h.invalid")));
    assert_eq!(request.header("proxy-authorization"), None);
}

#[test]
fn a_tunnel_carries_bytes_as_they_are() {
    let server = FaultServer::start([Script::answer(200, &[], "through")]);
    let proxy = HttpProxy::start(server.addr());
    let answer = ask(&proxy, "CONNECT h.invalid:443 HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with("through"), "{answer}");
    assert_eq!(server.requests()[0].path, "/x");
}

#[test]
fn who_brings_no_credentials_is_refused() {
    let server = FaultServer::start([]);
    let proxy = HttpProxy::start(server.addr()).requiring("Basic eDp5");
    for request in
        ["GET http://h/ HTTP/1.1\r\n\r\n", "CONNECT h:1 HTTP/1.1\r\nProxy-Authorization: Basic eDp6\r\n\r\n"]
    {
        assert!(ask(&proxy, request).starts_with("HTTP/1.1 407 "), "{request}");
    }
    assert_eq!(server.accepted(), 0);
}
