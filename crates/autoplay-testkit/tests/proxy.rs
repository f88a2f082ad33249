//! The proxy forwards until it cuts.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use autoplay_testkit::{Cut, FaultServer, Proxy, Script};

const LIMIT: Duration = Duration::from_secs(10);
const WHOLE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";

fn ask(proxy: &Proxy) -> TcpStream {
    let mut stream = TcpStream::connect(proxy.addr()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    stream
}

fn read_all(stream: &mut TcpStream) -> (String, Result<(), ErrorKind>) {
    let mut bytes = Vec::new();
    let outcome = stream.read_to_end(&mut bytes);
    (String::from_utf8(bytes).unwrap(), outcome.map(drop).map_err(|error| error.kind()))
}

fn server() -> FaultServer {
    FaultServer::start([]).then_always(Script::sse().send("data: 1\n\n"))
}

#[test]
fn forwards_both_ways_and_cuts_where_told() {
    let server = server();
    let proxy = Proxy::start(server.addr(), [Cut::Never, Cut::CloseAfter(20), Cut::CloseAfter(1_000)]);
    assert_eq!(read_all(&mut ask(&proxy)), (WHOLE.to_owned(), Ok(())));
    assert_eq!(read_all(&mut ask(&proxy)), (WHOLE[..20].to_owned(), Ok(())));
    assert_eq!(read_all(&mut ask(&proxy)), (WHOLE.to_owned(), Ok(())));
    assert_eq!(read_all(&mut ask(&proxy)), (WHOLE.to_owned(), Ok(())), "the cuts are used up");
    assert_eq!((proxy.accepted(), server.requests().len()), (4, 4));
}

#[test]
fn cuts_a_connection_that_would_stay_open() {
    let server = FaultServer::start([]).then_always(Script::sse().send("data: 1\n\n").stall_for_ever());
    let proxy = Proxy::start(server.addr(), [Cut::CloseAfter(30), Cut::ResetAfter(30)]);
    assert_eq!(read_all(&mut ask(&proxy)), (WHOLE[..30].to_owned(), Ok(())));
    assert_eq!(read_all(&mut ask(&proxy)).1, Err(ErrorKind::ConnectionReset));
    server.wait_for_ended(2, LIMIT);
}

#[test]
fn all_connections_can_be_cut_at_once() {
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let proxy = Proxy::start(server.addr(), []);
    let mut stream = ask(&proxy);
    server.wait_for_request(1, LIMIT);
    proxy.cut_all();
    read_all(&mut stream).1.unwrap();
    server.wait_for_ended(1, LIMIT);
}

#[test]
fn a_client_that_leaves_is_noticed_by_the_server() {
    let server = FaultServer::start([Script::sse().stall_for_ever()]);
    let proxy = Proxy::start(server.addr(), []);
    let stream = ask(&proxy);
    server.wait_for_request(1, LIMIT);
    drop(stream);
    server.wait_for_ended(1, LIMIT);
}

#[test]
fn goes_on_with_another_server() {
    let first = server();
    let proxy = Proxy::start(first.addr(), []);
    assert_eq!(read_all(&mut ask(&proxy)).0, WHOLE);
    drop(first);
    assert_eq!(read_all(&mut ask(&proxy)).0, "", "nobody is there");
    let second = server();
    proxy.set_upstream(second.addr());
    assert_eq!(read_all(&mut ask(&proxy)).0, WHOLE);
}

#[test]
fn dropping_it_ends_its_connections() {
    let server = FaultServer::start([Script::sse().stall_for_ever()]);
    let proxy = Proxy::start(server.addr(), []);
    let mut stream = ask(&proxy);
    server.wait_for_request(1, LIMIT);
    drop(proxy);
    read_all(&mut stream).1.unwrap();
    server.wait_for_ended(1, LIMIT);
}
