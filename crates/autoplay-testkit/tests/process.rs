//! Processes are read with a limit and never outlive their test.

use std::process::Command;
use std::time::Duration;

use autoplay_testkit::Process;

const LIMIT: Duration = Duration::from_secs(10);

fn shell(script: &str) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Process::start(command)
}

fn is_alive(id: u32) -> bool {
    Command::new("kill").args(["-0", &id.to_string()]).status().unwrap().success()
}

#[test]
fn its_lines_can_be_read_and_waited_for() {
    let mut process = shell("echo one; echo two; echo listening on 7; echo last");
    assert_eq!(process.read_line(LIMIT).as_deref(), Some("one"));
    let port = process.wait_for_line(LIMIT, |line| line.strip_prefix("listening on ")?.parse::<u16>().ok());
    assert_eq!(port, 7);
    assert_eq!(process.read_line(LIMIT).as_deref(), Some("last"));
    assert_eq!(process.read_line(LIMIT), None);
    assert!(process.wait(LIMIT).success());
}

#[test]
fn its_complaints_and_its_status_can_be_seen() {
    let mut process = shell("echo oh no >&2; exit 3");
    assert_eq!(process.wait(LIMIT).code(), Some(3));
    assert_eq!(process.read_line(LIMIT), None);
    // The text comes through a pipe of its own, a moment later perhaps.
    let seen = (0..1_000).any(|_| {
        std::thread::sleep(Duration::from_millis(1));
        process.stderr() == "oh no\n"
    });
    assert!(seen);
}

#[test]
fn it_dies_at_once_when_killed_and_when_dropped() {
    for kill in [true, false] {
        let mut process = shell("trap '' TERM INT; echo up; exec sleep 1000");
        assert_eq!(process.read_line(LIMIT).as_deref(), Some("up"));
        let id = process.id();
        assert!(is_alive(id));
        if kill {
            process.kill();
            assert!(!is_alive(id));
        }
        drop(process);
        assert!(!is_alive(id));
    }
}

#[test]
fn it_can_be_asked_to_end() {
    for (signal, status) in [(Process::terminate as fn(&Process), 41), (Process::interrupt, 42)] {
        let mut process =
            shell("trap 'exit 41' TERM; trap 'exit 42' INT; echo up; while :; do sleep 0.01; done");
        assert_eq!(process.read_line(LIMIT).as_deref(), Some("up"));
        signal(&process);
        assert_eq!(process.wait(LIMIT).code(), Some(status));
    }
}

#[test]
#[should_panic(expected = "the output ended before the line that was waited for")]
fn a_line_that_never_comes_is_a_failure_with_the_output_in_it() {
    shell("echo other").wait_for_line(LIMIT, |line| (line == "wanted").then_some(()));
}

#[test]
#[should_panic(expected = "still running after 10ms")]
fn waiting_for_the_end_has_a_limit() {
    shell("sleep 1000").wait(Duration::from_millis(10));
}
