//! HTTP/2 before, HTTP/1.1 behind.

use std::future::poll_fn;
use std::io;

use bytes::{Bytes, BytesMut};
use h2::server::{SendResponse, handshake};
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::front::Upstream;

/// How much is read at once: without that much room, a buffer that has just been emptied takes 64 bytes.
const READ: usize = 16 * 1024;

/// Serves a connection until the client leaves.
pub(super) async fn serve(client: TlsStream<TcpStream>, upstream: Upstream) {
    let Ok(mut connection) = handshake(client).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(request, respond, upstream));
    }
}

async fn answer(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, upstream: Upstream) {
    let Ok(mut server) = ask(request, upstream).await else {
        return respond.send_reset(Reason::REFUSED_STREAM);
    };
    let mut received = BytesMut::new();
    let head = loop {
        let head = tokio::select! {
            head = read_head(&mut server, &mut received) => head,
            _ = poll_fn(|context| respond.poll_reset(context)) => return,
        };
        match head {
            Ok(interim) if interim.status().is_informational() => _ = respond.send_informational(interim),
            Ok(head) => break head,
            Err(_) => return respond.send_reset(Reason::INTERNAL_ERROR),
        }
    };
    let Ok(mut body) = respond.send_response(head, false) else { return };
    loop {
        if send(&mut body, received.split().freeze(), upstream.frame).await.is_none() {
            return;
        }
        received.reserve(READ);
        let read = tokio::select! {
            read = server.read_buf(&mut received) => read,
            _ = poll_fn(|context| body.poll_reset(context)) => return,
        };
        match read {
            Ok(0) => {
                _ = body.send_data(Bytes::new(), true);
                return;
            }
            Ok(_) => {}
            Err(_) => return body.send_reset(Reason::INTERNAL_ERROR),
        }
    }
}

/// Sends as fast as the client takes it; `None` if it has left.
async fn send(body: &mut SendStream<Bytes>, mut bytes: Bytes, frame: usize) -> Option<()> {
    while !bytes.is_empty() {
        body.reserve_capacity(bytes.len());
        // Room that is left from before is not told again: to wait for news of it would be to wait for ever.
        let room = match body.capacity() {
            0 => poll_fn(|context| body.poll_capacity(context)).await?.ok()?,
            room => room,
        };
        body.send_data(bytes.split_to(room.min(frame).min(bytes.len())), false).ok()?;
    }
    Some(())
}

/// Sends the request on.
async fn ask(request: Request<RecvStream>, upstream: Upstream) -> io::Result<TcpStream> {
    let (parts, mut body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{} {target} HTTP/1.1\r\n", parts.method).into_bytes();
    let host = parts.uri.authority().map_or("", |authority| authority.as_str());
    head.extend_from_slice(format!("host: {host}\r\nvia: 2.0 testkit\r\n").as_bytes());
    for (name, value) in &parts.headers {
        head.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend_from_slice(b"\r\n");
    while let Some(data) = body.data().await {
        head.extend_from_slice(&data.map_err(io::Error::other)?);
    }
    let mut server = TcpStream::connect(upstream.addr).await?;
    server.write_all(&head).await?;
    Ok(server)
}

/// Reads a head, and leaves in `received` what came after it.
async fn read_head(server: &mut TcpStream, received: &mut BytesMut) -> io::Result<Response<()>> {
    const END: &[u8] = b"\r\n\r\n";
    loop {
        if let Some(length) = received.windows(END.len()).position(|window| window == END) {
            let head = received.split_to(length + END.len());
            return parse(&head[..length])
                .ok_or_else(|| io::Error::other("the script's head is none of HTTP"));
        }
        if server.read_buf(received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn parse(head: &[u8]) -> Option<Response<()>> {
    let mut lines = str::from_utf8(head).ok()?.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?;
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_bytes(status.as_bytes()).ok()?;
    for line in lines {
        let (name, value) = line.split_once(':')?;
        // Of the connection behind, not of the stream before.
        if name.eq_ignore_ascii_case("connection") || name.eq_ignore_ascii_case("transfer-encoding") {
            continue;
        }
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        response.headers_mut().append(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    Some(response)
}
