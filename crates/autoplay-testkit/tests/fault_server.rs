//! The scripted server does to a client what its script says.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use autoplay_testkit::{FaultServer, Gate, Script};

const LIMIT: Duration = Duration::from_secs(10);
const REQUEST: &[u8] = b"GET /stream/p HTTP/1.1\r\nHost: x\r\n\r\n";

fn connect(server: &FaultServer) -> TcpStream {
    let stream = TcpStream::connect(server.addr()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn ask(server: &FaultServer) -> TcpStream {
    let mut stream = connect(server);
    stream.write_all(REQUEST).unwrap();
    stream
}

/// What comes until the end, and whether that end was an orderly one.
fn read_all(stream: &mut TcpStream) -> (String, Result<(), ErrorKind>) {
    let mut bytes = Vec::new();
    let outcome = stream.read_to_end(&mut bytes);
    (String::from_utf8(bytes).unwrap(), outcome.map(drop).map_err(|error| error.kind()))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head").1
}

#[test]
fn each_connection_gets_the_next_script_and_the_rest_the_last() {
    let server = FaultServer::start([
        Script::answer(401, &[("X-Why", "key")], "no"),
        Script::sse().send("data: 1\n\n"),
    ])
    .then_always(Script::answer(503, &[], ""));
    let answers: Vec<_> = (0..4).map(|_| read_all(&mut ask(&server)).0).collect();
    assert_eq!(answers[0], "HTTP/1.1 401 Unauthorized\r\nX-Why: key\r\nContent-Length: 2\r\n\r\nno");
    assert_eq!(answers[1], "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    assert_eq!(answers[2..], ["HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"; 2]);
    assert_eq!(server.accepted(), 4);
}

#[test]
fn scripts_can_be_added_while_it_runs() {
    let server = FaultServer::start([]);
    server.push(Script::sse().send("data: later\n\n"));
    assert_eq!(body(&read_all(&mut ask(&server)).0), "data: later\n\n");
    assert_eq!(read_all(&mut connect(&server)), (String::new(), Ok(())));
}

#[test]
fn requests_are_recorded_with_head_and_body() {
    let twice = Script::new().read_request().send("HTTP/1.1 204 No Content\r\n\r\n").read_request();
    let server = FaultServer::start([twice]);
    let mut stream = connect(&server);
    stream
        .write_all(b"POST /w?x=1 HTTP/1.1\r\ncontent-length: 5\r\nAuthorization: Bearer k\r\n\r\nhel")
        .unwrap();
    stream.write_all(b"lo").unwrap();
    let first = server.wait_for_request(1, LIMIT);
    assert_eq!(
        (first.method.as_str(), first.path.as_str(), &first.body[..]),
        ("POST", "/w?x=1", &b"hello"[..])
    );
    assert_eq!((first.header("authorization"), first.connection), (Some("Bearer k"), 0));
    stream.write_all(REQUEST).unwrap();
    assert_eq!(server.wait_for_request(2, LIMIT).method, "GET");
    assert_eq!(server.requests().len(), 2);
}

/// A reader that gets no time in between finds several pieces at once: so there is more than one try.
#[test]
fn bytes_arrive_in_the_pieces_of_the_script() {
    let server =
        FaultServer::start([]).then_always(Script::new().read_request().send_split_at("abcdef", &[1, 3]));
    let arrived_in_pieces = || {
        let mut stream = ask(&server);
        let mut arrived = Vec::new();
        let mut buffer = [0; 64];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            arrived.push(buffer[..length].to_vec());
        }
        assert_eq!(arrived.concat(), b"abcdef");
        arrived == [&b"a"[..], b"bc", b"def"]
    };
    assert!((0..200).any(|_| arrived_in_pieces()));
}

#[test]
fn random_pieces_and_dribbling_change_nothing_in_the_bytes() {
    let text = "data: some text that is longer than a piece, so that it comes in several\n\n";
    let server = FaultServer::start([
        Script::sse().send_split(text, 1),
        Script::sse().send_split(text, 2),
        Script::sse().dribble(text, Duration::from_micros(50)),
        Script::sse().dribble("ab", Duration::from_millis(20)),
    ]);
    for expected in [text, text, text, "ab"] {
        assert_eq!(body(&read_all(&mut ask(&server)).0), expected);
    }
}

#[test]
fn chunks_are_framed_as_http_has_it() {
    let server = FaultServer::start([Script::sse_chunked().chunk("data: 0123456789\n\n").last_chunk()]);
    let (answer, _) = read_all(&mut ask(&server));
    assert!(answer.contains("Transfer-Encoding: chunked\r\n"));
    assert_eq!(body(&answer), "12\r\ndata: 0123456789\n\n\r\n0\r\n\r\n");
}

#[test]
fn lies_about_the_length_if_told_so() {
    let server =
        FaultServer::start([Script::new().read_request().head(200, &[("Content-Length", "1000")]).send("x")]);
    let (answer, end) = read_all(&mut ask(&server));
    assert!(answer.ends_with("Content-Length: 1000\r\n\r\nx"));
    assert_eq!(end, Ok(()));
}

#[test]
fn a_reset_is_not_an_orderly_end() {
    let server =
        FaultServer::start([Script::sse().send("data: 1\n\n").stall(Duration::from_millis(20)).reset()]);
    let (answer, end) = read_all(&mut ask(&server));
    assert_eq!((body(&answer), end), ("data: 1\n\n", Err(ErrorKind::ConnectionReset)));
}

#[test]
fn half_closed_it_still_listens() {
    let server = FaultServer::start([Script::sse().half_close().read_request()]);
    let mut stream = ask(&server);
    assert_eq!(read_all(&mut stream).1, Ok(()));
    stream.write_all(b"GET /still/heard HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(server.wait_for_request(2, LIMIT).path, "/still/heard");
}

#[test]
fn closes_after_so_many_bytes_wherever_that_is() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
    for bytes in [1, 20, whole.len() - 1, whole.len(), whole.len() + 10] {
        let server = FaultServer::start([Script::sse().send("data: 1\n\n").close_after(bytes)]);
        let (answer, end) = read_all(&mut ask(&server));
        assert_eq!((answer.as_str(), end), (&whole[..bytes.min(whole.len())], Ok(())));
    }
}

#[test]
fn a_mute_server_says_nothing_and_notices_when_the_client_leaves() {
    let server = FaultServer::start([Script::mute()]);
    let mut stream = ask(&server);
    server.wait_for_request(1, LIMIT);
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert_eq!(read_all(&mut stream), (String::new(), Err(ErrorKind::WouldBlock)));
    assert_eq!(server.ended(), 0);
    drop(stream);
    server.wait_for_ended(1, LIMIT);
}

#[test]
fn a_line_never_ends_until_the_client_leaves() {
    let server = FaultServer::start([Script::sse().send("data: ").send_for_ever("x".repeat(1_000))]);
    let mut stream = ask(&server);
    let mut bytes = vec![0; 1_000_000];
    stream.read_exact(&mut bytes).unwrap();
    assert!(bytes.ends_with(b"xxx"));
    drop(stream);
    server.wait_for_ended(1, LIMIT);
}

#[test]
fn a_script_waits_for_its_gate() {
    let gate = Gate::new();
    let server = FaultServer::start([Script::sse().wait_for(&gate).send("data: open\n\n")]);
    let mut stream = ask(&server);
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let (answer, end) = read_all(&mut stream);
    assert_eq!((body(&answer), end), ("", Err(ErrorKind::WouldBlock)));
    gate.open();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    assert_eq!(read_all(&mut stream), ("data: open\n\n".to_owned(), Ok(())));
}

#[test]
fn all_connections_can_be_cut_at_once() {
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let mut streams = [ask(&server), ask(&server)];
    server.wait_for_request(2, LIMIT);
    server.cut_all();
    for stream in &mut streams {
        read_all(stream).1.unwrap();
    }
    server.wait_for_ended(2, LIMIT);
}

#[test]
fn a_later_server_takes_the_address_of_an_earlier_one() {
    let first = FaultServer::start([Script::sse().stall_for_ever()]);
    let addr = first.addr();
    let mut stream = ask(&first);
    first.wait_for_request(1, LIMIT);
    drop(first);
    read_all(&mut stream).1.unwrap();
    assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    let second = FaultServer::start_at(addr, [Script::answer(200, &[], "back")]);
    assert_eq!(body(&read_all(&mut ask(&second)).0), "back");
}

#[test]
fn dropping_it_ends_whatever_a_script_is_doing() {
    let long = Duration::from_hours(1);
    let scripts = [
        Script::new().read_request(),
        Script::new().stall(long),
        Script::new().stall_for_ever(),
        Script::new().wait_for(&Gate::new()),
        Script::new().dribble("ab", long),
        Script::new().send_for_ever([0; 10_000]),
    ];
    let count = scripts.len();
    let server = FaultServer::start(scripts);
    let streams: Vec<_> = (0..count).map(|_| connect(&server)).collect();
    server.wait_for_accepted(count, LIMIT);
    let began = Instant::now();
    drop(server);
    assert!(began.elapsed() < LIMIT);
    drop(streams);
}

#[test]
fn what_is_no_request_fails_the_test() {
    let server = FaultServer::start([Script::sse()]);
    let mut stream = connect(&server);
    stream.write_all(b"nonsense\r\n\r\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let _ = read_all(&mut stream);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(server)));
    assert!(outcome.is_err());
}

#[test]
#[should_panic(expected = "waited 10ms for request 1: 0 accepted, 0 ended, 0 requests")]
fn waiting_has_a_limit() {
    let server = FaultServer::start([]);
    server.wait_for_request(1, Duration::from_millis(10));
}
