//! The body may be packed and framed in any way; who insists on gzip is understood.

use std::io::Write;

use autoplay_testkit::{FaultServer, Script, split_at_random};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{batch, batches, quick, sessions_of};

const SSE: (&str, &str) = ("Content-Type", "text/event-stream");
const GZIP: (&str, &str) = ("Content-Encoding", "gzip");
const CHUNKED: (&str, &str) = ("Transfer-Encoding", "chunked");

/// Each event packed so that it can be read before the next one comes.
fn packed(first: usize, last: usize) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    for number in first..=last {
        packer.write_all(batch(number).as_bytes()).unwrap();
        packer.flush().unwrap();
    }
    packer.finish().unwrap()
}

fn stream(headers: &[(&str, &str)]) -> Script {
    Script::new().read_request().head(200, &[&[SSE], headers].concat())
}

fn run(script: Script) -> Vec<usize> {
    let server = FaultServer::start([script]).then_always(Script::new().read_request().head(204, &[]));
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    client.run().unwrap();
    seen.rest()
}

#[test]
fn gzip_is_unpacked_whatever_the_pieces() {
    let body = packed(1, 9);
    let chunks = split_at_random(&body, 5).into_iter().fold(stream(&[GZIP, CHUNKED]), Script::chunk);
    let length = body.len().to_string();
    for script in [
        stream(&[GZIP]).send(&body),
        stream(&[GZIP]).send_split(&body, 1),
        stream(&[GZIP, ("Content-Length", &length)]).send(&body),
        stream(&[("content-encoding", "gzip")]).send(&body),
        chunks.last_chunk(),
    ] {
        assert_eq!(run(script), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}

#[test]
fn an_encoding_that_says_nothing_is_none() {
    for encoding in ["", "identity", "Identity"] {
        assert_eq!(
            run(stream(&[("Content-Encoding", encoding)]).send(batches(1, 2))),
            [1, 2],
            "{encoding:?}"
        );
    }
}

#[test]
fn gzip_that_breaks_off_or_is_none_is_a_lost_connection() {
    let body = packed(1, 9);
    let server = FaultServer::start([
        stream(&[GZIP]).send(&body[..body.len() - 40]),
        stream(&[GZIP]).send(batches(50, 60)),
        stream(&[GZIP, CHUNKED]).chunk(packed(20, 21)).last_chunk(),
    ])
    .then_always(Script::new().read_request().head(204, &[]));
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    client.run().unwrap();
    let seen = seen.rest();
    let (before, after) = seen.split_at(seen.len() - 2);
    assert!(before.iter().copied().eq(1..=before.len()) && before.len() < 9, "{before:?}");
    assert_eq!(after, [20, 21]);
    let last = before.len().to_string();
    assert_eq!(server.requests()[2].header("last-event-id"), Some(last.as_str()));
}

#[test]
fn a_chunk_may_hold_a_part_of_an_event_and_have_extensions_and_trailers() {
    let script = stream(&[CHUNKED])
        .send(format!("{:x};name=value\r\n{}\r\n", batch(1).len(), batch(1)))
        .chunk(&batch(2)[..9])
        .chunk(&batch(2)[9..])
        .send("0\r\nX-Checksum: 7\r\n\r\n");
    assert_eq!(run(script), [1, 2]);
}
