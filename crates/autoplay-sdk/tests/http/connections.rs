//! What can be seen of a connection from outside.

use autoplay_testkit::{FaultServer, Script};

use crate::support::{LIMIT, batches, quick, sessions_of, wait_until};

/// When the kernel sends the next keepalive probe on the connection to `server`, in seconds. From the table of all TCP
/// sockets (`man 5 proc`, the field `tr tm->when`): which timer runs, 2 is keepalive, and the hundredths of a second left.
#[cfg(target_os = "linux")]
fn next_probe_towards(server: std::net::SocketAddr) -> Option<u64> {
    let address = format!("0100007F:{:04X}", server.port());
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let row = table.lines().find(|row| row.split_whitespace().nth(2) == Some(address.as_str()))?;
    let left = row.split_whitespace().nth(5)?.strip_prefix("02:")?;
    u64::from_str_radix(left, 16).ok().map(|hundredths| hundredths / 100)
}

#[test]
#[cfg(target_os = "linux")]
fn a_silent_connection_is_probed_by_the_kernel_every_quarter_of_a_minute() {
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    wait_until("a probe within 15 s", || next_probe_towards(server.addr()).is_some_and(|left| left <= 15));
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
