//! `on_connect` is told of streams, and of no other answer.

use std::sync::mpsc;

use autoplay_testkit::{FaultServer, Script};

use crate::support::{batches, quick};

#[test]
fn it_does_not_fire_for_what_is_no_stream() {
    let sse = ("Content-Type", "text/event-stream");
    let server = FaultServer::start([
        Script::answer(503, &[sse], batches(1, 1)),
        Script::answer(200, &[("Content-Type", "text/html")], batches(2, 2)),
        Script::answer(206, &[sse], batches(3, 3)),
        Script::answer(302, &[("Location", "/elsewhere"), sse], batches(4, 4)),
        Script::answer(500, &[], ""),
        Script::new().read_request().head(103, &[sse]).head(502, &[("Content-Length", "0")]),
        Script::sse().send(batches(5, 5)),
        Script::new().read_request().head(204, &[sse]),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let (sender, told) = mpsc::channel();
    let (connected, lost) = (sender.clone(), sender.clone());
    client
        .on_connect(move || _ = connected.send("connected".to_owned()))
        .on_disconnect(move || _ = lost.send("lost".to_owned()))
        .on_actions(move |batch| _ = sender.send(batch.session_id.unwrap_or_default()));
    client.run().unwrap();
    drop(client);
    let mut told: Vec<String> = told.into_iter().collect();
    // The batch and the loss are told by threads of their own.
    told[1..].sort();
    assert_eq!(told, ["connected", "5", "lost"]);
    assert_eq!(server.requests().len(), 8);
}
