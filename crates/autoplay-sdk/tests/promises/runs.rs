//! A client runs once at a time, wherever it is run from.

use std::time::Duration;

use autoplay_testkit::{FaultServer, Script};

use crate::support::{batches, quick, sessions_of, wait_until};

#[test]
fn running_twice_at_once_is_an_error() {
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let run = client.run_in_background().unwrap();
    // The first is marked as running before its thread does anything.
    assert!(client.run().unwrap_err().is_already_running());
    assert!(client.run_in_background().unwrap_err().is_already_running());
    client.stop();
    run.join().unwrap();
    let again = client.run_in_background().unwrap();
    client.stop();
    again.join().unwrap();
}

#[test]
fn after_an_error_it_can_be_run_again() {
    let server = FaultServer::start([
        Script::answer(401, &[], ""),
        Script::sse().send(batches(1, 1)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    client.run().unwrap_err();
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
}

#[test]
fn run_blocks_until_the_stop() {
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| client.run());
        assert_eq!(seen.next(), 1);
        std::thread::sleep(Duration::from_millis(20));
        assert!(!run.is_finished());
        client.stop();
        run.join().unwrap().unwrap();
    });
}

#[test]
fn run_can_be_called_inside_an_async_runtime() {
    let server = FaultServer::start([Script::answer(404, &[], "")]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(async { client.run().unwrap_err() });
    assert_eq!(error.status_code(), Some(404));
}

#[test]
fn two_hundred_runs_leave_no_thread_behind() {
    let server = FaultServer::start([]).then_always(Script::sse().stall_for_ever());
    let client = quick(&server.url("/stream/p")).build().unwrap();
    for _ in 0..200 {
        let run = client.run_in_background().unwrap();
        client.stop();
        run.join().unwrap();
    }
    wait_until("the client's threads to be gone", || client_threads() == 0);
}

/// The threads of clients in this process, other tests' included where they share it.
fn client_threads() -> usize {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return 0;
    };
    let name = |task: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(task.ok()?.path().join("comm")).ok()
    };
    tasks.filter_map(name).filter(|name| name.starts_with("autoplay-")).count()
}
