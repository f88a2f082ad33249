//! What can be seen of a connection from outside.

use std::fs;
use std::net::SocketAddr;

use autoplay_testkit::{FaultServer, Script};

use crate::support::{LIMIT, batches, quick, sessions_of, wait_until};

/// The kernel's timer for the socket of this process's client to `server`, from the table of all TCP sockets
/// (`man 5 proc`, the field `tr`): 2 is keepalive, 0 is none.
fn timer_towards(server: SocketAddr) -> Option<String> {
    let port = format!("0100007F:{:04X}", server.port());
    let table = fs::read_to_string("/proc/self/net/tcp").unwrap();
    let row = table.lines().find(|row| row.split_whitespace().nth(2) == Some(port.as_str()))?;
    row.split_whitespace().nth(5)?.split_once(':').map(|(timer, _)| timer.to_owned())
}

#[test]
#[cfg(target_os = "linux")]
fn a_silent_connection_is_kept_alive_by_the_kernel() {
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).read_timeout(LIMIT).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    wait_until("the keepalive timer", || timer_towards(server.addr()).as_deref() == Some("02"));
    client.stop();
    run.join().unwrap();
}

#[test]
fn there_is_one_connection_at_a_time_and_none_after_the_end() {
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 1)).stall_for_ever());
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    for round in 1..=5 {
        assert_eq!(seen.next(), 1);
        assert_eq!((server.accepted(), server.ended()), (round, round - 1));
        server.cut_all();
        server.wait_for_ended(round, LIMIT);
    }
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
    server.wait_for_ended(6, LIMIT);
}
