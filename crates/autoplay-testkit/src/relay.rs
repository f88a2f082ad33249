//! Bytes between two connections.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

/// Copies both ways until either side ends, or until the server has said `limit` bytes. Tells whether the end came
/// before the limit; the server's connection is then over, and the client's still to be ended.
pub(crate) fn relay(client: &TcpStream, server: &TcpStream, limit: u64) -> bool {
    thread::scope(|scope| {
        scope.spawn(|| {
            copy(client, server, u64::MAX);
            let _ = server.shutdown(Shutdown::Write);
        });
        let whole = copy(server, client, limit);
        // Wakes the other direction; to shut the reading side down sends nothing.
        let _ = client.shutdown(Shutdown::Read);
        let _ = server.shutdown(Shutdown::Both);
        whole
    })
}

/// Copies at most `limit` bytes. True if the end came before.
fn copy(mut from: &TcpStream, mut to: &TcpStream, limit: u64) -> bool {
    let mut left = limit;
    let mut buffer = [0; 16 * 1024];
    while left > 0 {
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        match from.read(&mut buffer[..room]) {
            Ok(length @ 1..) if to.write_all(&buffer[..length]).is_ok() => left -= length as u64,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => return true,
        }
    }
    false
}
