//! SOCKS proxies: one that is told an address, and one that looks up the name itself.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use autoplay_testkit::{FaultServer, Script};

use crate::support::{LIMIT, each_kind, quick};

/// User and password, host and port, as a client told them.
type Told = (Option<(String, String)>, String);

#[test]
fn the_stream_comes_through_a_socks_proxy() {
    each_kind(|subscribe| {
        let server = FaultServer::start([]).then_always(Script::sse().send("data: 1\n\n").stall_for_ever());
        let (proxy, told) = socks_server(server.addr());
        let port = server.addr().port();
        let credentials = Some(("user".to_owned(), "hunter2".to_owned()));
        for (via, url, credentials, target) in [
            (format!("socks5://{proxy}"), server.url("/"), None, format!("127.0.0.1:{port}")),
            (
                format!("socks5h://user:hunter2@{proxy}"),
                "http://only.the.proxy.knows.invalid:8080/".to_owned(),
                credentials,
                "only.the.proxy.knows.invalid:8080".to_owned(),
            ),
        ] {
            let mut events = subscribe(&quick(&url).proxy(&via));
            assert_eq!(events.data(), "1");
            assert_eq!(told.recv_timeout(LIMIT).unwrap(), (credentials, target));
        }
    });
}

#[test]
fn a_socks_proxy_that_refuses_is_a_loss_and_shows_no_password() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let via = format!("socks5h://user:hunter2@{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // It knows no way of authentication that the client offers.
            _ = (&stream).read(&mut [0; 16]);
            _ = (&stream).write_all(&[5, 0xFF]);
        }
    });
    let endpoint = quick("http://example.invalid/").proxy(&via).max_retries(0);
    let error = endpoint.subscribe_blocking().unwrap().next().unwrap().unwrap_err();
    assert!(error.is_retries_spent(), "{error}");
    assert!(!format!("{error} {error:?} {endpoint:?}").contains("hunter2"), "{error}");
}

/// Listens as SOCKS5 does (RFC 1928, 1929), tells what it was asked, and connects to `upstream` whatever that is.
fn socks_server(upstream: SocketAddr) -> (SocketAddr, Receiver<Told>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (sender, told) = mpsc::channel();
    // It ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            thread::spawn(move || {
                if let Ok(asked) = negotiate(&stream) {
                    _ = sender.send(asked);
                    _ = relay(&stream, &TcpStream::connect(upstream).unwrap());
                }
            });
        }
    });
    (addr, told)
}

fn negotiate(mut stream: &TcpStream) -> io::Result<Told> {
    let [version, count] = read(stream)?;
    assert_eq!(version, 5);
    let methods = text(stream, count)?.into_bytes();
    let with_password = methods.contains(&2);
    stream.write_all(&[5, if with_password { 2 } else { 0 }])?;
    let mut credentials = None;
    if with_password {
        let [_, length] = read(stream)?;
        let user = text(stream, length)?;
        let [length] = read(stream)?;
        credentials = Some((user, text(stream, length)?));
        stream.write_all(&[1, 0])?;
    }
    let [_, command, _, kind] = read(stream)?;
    assert_eq!(command, 1, "it wants to connect");
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(stream)?).to_string(),
        3 => {
            let [length] = read(stream)?;
            text(stream, length)?
        }
        other => panic!("address type {other} is not expected here"),
    };
    let port = u16::from_be_bytes(read(stream)?);
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok((credentials, format!("{host}:{port}")))
}

fn read<const N: usize>(mut stream: &TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(mut stream: &TcpStream, length: u8) -> io::Result<String> {
    let mut bytes = vec![0; usize::from(length)];
    stream.read_exact(&mut bytes)?;
    Ok(String::from_utf8(bytes).expect("names and passwords of the test are text"))
}

fn relay(client: &TcpStream, server: &TcpStream) -> io::Result<()> {
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut from, mut to) = (client, server);
            _ = io::copy(&mut from, &mut to);
            server.shutdown(Shutdown::Both)
        });
        let (mut from, mut to) = (server, client);
        _ = io::copy(&mut from, &mut to);
        client.shutdown(Shutdown::Both)
    })
}
