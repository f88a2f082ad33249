//! With a checkpoint the place lasts over restarts: every event at least once, in order, none lost.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::{Builder, Overflow};
use autoplay_testkit::{FaultServer, Gate, Script};
use tempfile::TempDir;

use crate::support::{LIMIT, Seen, batches, quick, sessions_of, wait_until};

struct Kept {
    _folder: TempDir,
    path: PathBuf,
}

impl Kept {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self { path: folder.path().join("place.json"), _folder: folder }
    }

    fn client(&self, server: &FaultServer) -> Builder {
        quick(&server.url("/stream/p")).checkpoint(&self.path)
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap_or_default()
    }

    fn holds(&self, id: &str) -> bool {
        self.text().contains(&format!("\"last_event_id\":\"{id}\""))
    }
}

#[test]
fn a_new_client_goes_on_where_the_last_one_was() {
    let kept = Kept::new();
    let server = FaultServer::start([
        Script::sse().send(batches(1, 3)).stall_for_ever(),
        Script::sse().send(batches(4, 5)).stall_for_ever(),
    ]);
    for (count, expected) in [(3, vec![1, 2, 3]), (2, vec![4, 5])] {
        let client = kept.client(&server).build().unwrap();
        let seen = sessions_of(&client);
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.take(count), expected);
        client.stop();
        run.join().unwrap();
    }
    let ids: Vec<_> =
        server.requests().iter().map(|request| request.header("last-event-id").map(str::to_owned)).collect();
    assert_eq!(ids, [None, Some("3".to_owned())], "without a file it starts live");
    let url = server.url("/stream/p");
    assert_eq!(kept.text(), format!("{{\"version\":1,\"url\":\"{url}\",\"last_event_id\":\"5\"}}\n"));
}

#[test]
fn the_file_follows_what_is_settled_and_no_further() {
    let kept = Kept::new();
    let go = Gate::new();
    let server = FaultServer::start([Script::sse()
        .send(batches(1, 9))
        .wait_for(&go)
        .send("event: heartbeat\nid: 20\ndata:\n\n")
        .stall_for_ever()]);
    let client = kept.client(&server).build().unwrap();
    let release = Gate::new();
    let held = release.clone();
    client.on_actions(move |batch| {
        if batch.session_id.as_deref() == Some("5") {
            assert!(held.wait(LIMIT));
        }
    });
    let run = client.run_in_background().unwrap();
    // While the fifth is stuck, though it may have been fetched together with the others.
    wait_until("the fourth", || kept.holds("4"));
    thread::sleep(Duration::from_millis(250));
    assert!(kept.holds("4"), "{}", kept.text());
    release.open();
    wait_until("the ninth", || kept.holds("9"));
    go.open();
    wait_until("the heartbeat's place", || kept.holds("20"));
    client.stop();
    run.join().unwrap();
}

#[test]
fn what_is_unwanted_malformed_or_panics_is_settled() {
    let kept = Kept::new();
    let body = [
        &batches(1, 2),
        "id: 3\ndata: no json\n\n",
        "id: 4\ndata: {\"type\":\"summary\"}\n\n",
        &format!("id: 5\ndata: {}\n\n", "x".repeat(5_000)),
        &batches(6, 6),
    ]
    .concat();
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = kept.client(&server).max_event_bytes(2_000).build().unwrap();
    client.on_actions(|batch| {
        assert!(batch.session_id.as_deref() != Some("6"), "a panic that is part of the test");
    });
    let run = client.run_in_background().unwrap();
    wait_until("the sixth", || kept.holds("6"));
    client.stop();
    run.join().unwrap();
    let stats = client.stats();
    assert_eq!((stats.malformed, stats.oversized, stats.callback_errors), (1, 1, 1));
}

#[test]
fn a_callback_that_is_stuck_at_the_end_gets_its_event_again() {
    let kept = Kept::new();
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 4)).stall_for_ever());
    let client = kept.client(&server).drain_timeout(Duration::from_millis(20)).build().unwrap();
    let (release, stuck) = (Gate::new(), Gate::new());
    let (held, begun) = (release.clone(), stuck.clone());
    client.on_actions(move |batch| {
        if batch.session_id.as_deref() == Some("3") {
            begun.open();
            assert!(held.wait(LIMIT));
        }
    });
    let run = client.run_in_background().unwrap();
    assert!(stuck.wait(LIMIT));
    client.stop();
    run.join().unwrap();
    assert!(kept.holds("2"), "{}", kept.text());
    // The lock went with the run, though the callback is still there.
    let next = kept.client(&server).build().unwrap();
    let run = next.run_in_background().unwrap();
    assert_eq!(server.wait_for_request(2, LIMIT).header("last-event-id"), Some("2"));
    next.stop();
    run.join().unwrap();
    release.open();
}

#[test]
fn it_blocks_rather_than_drops_and_asking_for_drops_is_an_error() {
    let kept = Kept::new();
    let server = FaultServer::start([Script::sse().send(batches(1, 50)).stall_for_ever()]);
    let error = kept.client(&server).overflow(Overflow::Drop).build().unwrap_err();
    assert_eq!(error.argument(), Some("overflow"));
    assert!(error.to_string().contains("checkpoint"), "{error}");

    let client = kept.client(&server).max_queue_size(2).max_lag(Duration::ZERO).build().unwrap();
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| {
        thread::sleep(Duration::from_millis(2));
        _ = sender.send(batch.session_id.unwrap());
    });
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(50).len(), 50);
    client.stop();
    run.join().unwrap();
    assert_eq!(client.dropped_count(), 0);
}

#[test]
fn one_checkpoint_serves_one_client_at_a_time() {
    let kept = Kept::new();
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let first = kept.client(&server).build().unwrap();
    let second = kept.client(&server).build().unwrap();
    let run = first.run_in_background().unwrap();
    let error = second.run().unwrap_err();
    assert!(error.is_config() && error.argument() == Some("checkpoint"), "{error:?}");
    assert!(error.to_string().contains("in use by another client"), "{error}");
    first.stop();
    run.join().unwrap();
    let run = second.run_in_background().unwrap();
    second.stop();
    run.join().unwrap();
}

#[cfg(unix)]
#[test]
fn a_path_that_is_a_link_stays_one_and_shares_the_lock_of_its_file() {
    let kept = Kept::new();
    let folder = kept.path.parent().unwrap();
    let (link, circle) = (folder.join("link.json"), folder.join("circle.json"));
    std::os::unix::fs::symlink("place.json", folder.join("hop.json")).unwrap();
    std::os::unix::fs::symlink(folder.join("hop.json"), &link).unwrap();
    std::os::unix::fs::symlink("circle.json", &circle).unwrap();
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 3)).stall_for_ever());
    let client = quick(&server.url("/stream/p")).checkpoint(&link).build().unwrap();
    let run = client.run_in_background().unwrap();
    wait_until("the place behind the link", || kept.holds("3"));
    for path in [&kept.path, &link, &circle] {
        let other = quick(&server.url("/stream/p")).checkpoint(path).build().unwrap();
        assert_eq!(other.run().unwrap_err().argument(), Some("checkpoint"), "{}", path.display());
    }
    client.stop();
    run.join().unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn what_cannot_be_a_checkpoint_is_refused_at_the_start_and_names_the_path() {
    let kept = Kept::new();
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let folder = kept.path.parent().unwrap();
    fs::write(
        folder.join("other.json"),
        "{\"version\":1,\"url\":\"http://h/other\",\"last_event_id\":\"1\"}",
    )
    .unwrap();
    fs::write(folder.join("garbage.json"), "hello").unwrap();
    fs::create_dir(folder.join("a-folder")).unwrap();
    for (path, why) in [
        ("other.json", "belongs to another url, http://h/other"),
        ("garbage.json", "is no checkpoint"),
        ("a-folder", "can't be read"),
        ("missing/place.json", "can't be written"),
    ] {
        let path = folder.join(path);
        let client = quick(&server.url("/stream/p")).checkpoint(&path).build().unwrap();
        let error = client.run().unwrap_err();
        assert_eq!(error.argument(), Some("checkpoint"), "{error}");
        let text = error.to_string();
        assert!(text.contains(why) && text.contains(path.to_str().unwrap()), "{text}");
        // It is not running now.
        assert!(!client.run_in_background().unwrap_err().is_already_running());
    }
    for path in ["", "/", ".."] {
        let error = quick(&server.url("/stream/p")).checkpoint(path).build().unwrap_err();
        assert_eq!(error.argument(), Some("checkpoint"), "{path:?}: {error}");
    }
    assert_eq!(server.accepted(), 0);
}

#[test]
fn a_write_that_fails_is_tried_again_with_the_next_event() {
    let kept = Kept::new();
    let (first, second) = (Gate::new(), Gate::new());
    let server = FaultServer::start([Script::sse()
        .wait_for(&first)
        .send(batches(1, 1))
        .wait_for(&second)
        .send(batches(2, 2))
        .stall_for_ever()]);
    let client = kept.client(&server).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    // A folder where the new file would be written.
    let in_the_way = kept.path.with_extension("json.new");
    assert!(client.wait_until_connected(LIMIT));
    fs::create_dir(&in_the_way).unwrap();
    first.open();
    assert_eq!(seen.next(), 1);
    thread::sleep(Duration::from_millis(150));
    assert!(!kept.holds("1"));
    fs::remove_dir(&in_the_way).unwrap();
    second.open();
    wait_until("the second", || kept.holds("2"));
    client.stop();
    run.join().unwrap();
}

#[test]
fn a_flood_writes_at_most_every_tenth_of_a_second() {
    let kept = Kept::new();
    let server = FaultServer::start([Script::sse().send(batches(1, 30_000)).stall_for_ever()]);
    let client = kept.client(&server).build().unwrap();
    client.on_actions(|_| ());
    let start = Instant::now();
    let run = client.run_in_background().unwrap();
    let mut texts = vec![String::new()];
    while !kept.holds("30000") {
        assert!(start.elapsed() < LIMIT, "{}", kept.text());
        let text = kept.text();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
    }
    let most = start.elapsed().as_millis() / 100 + 3;
    assert!(texts.len() as u128 <= most, "{} in {:?}", texts.len(), start.elapsed());
    client.stop();
    run.join().unwrap();
}

#[test]
fn no_secret_of_the_url_gets_into_the_file() {
    let kept = Kept::new();
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p?token=hunter2")).checkpoint(&kept.path).build().unwrap();
    let run = client.run_in_background().unwrap();
    wait_until("the first", || kept.holds("1"));
    client.stop();
    run.join().unwrap();
    assert!(!kept.text().contains("hunter2"), "{}", kept.text());
}
