use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use autoplay_testkit::Process;

use crate::support::{LIMIT, autoplay};

/// The shell blocks of the README, in their order.
fn blocks() -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = std::fs::read_to_string(path).expect("the README");
    let blocks =
        text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("an end").to_owned());
    blocks.collect()
}

/// A block as a reader would run it, but on a free port.
fn shell(folder: &std::path::Path, block: &str) -> Command {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_autoplay"));
    let path = std::env::var("PATH").expect("a PATH");
    let mut bash = Command::new("bash");
    bash.args(["-euc", block]).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AUTOPLAY_")) {
        bash.env_remove(name);
    }
    bash.env("PATH", format!("{}:{path}", binary.parent().expect("a folder").display()))
        .env("RUST_LOG", "warn");
    bash
}

#[test]
fn every_command_of_its_walk_through_works_as_it_says() {
    let blocks = blocks();
    // The last one, for Python, is run by python/installed.
    let [try_it, serve, add, tail, browser, _python] = blocks.as_slice() else {
        panic!("{} blocks", blocks.len())
    };
    let makefile = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../Makefile"));
    let makefile = makefile.expect("the Makefile");
    for target in ["demo", "test", "build", "docs"] {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
    assert!(try_it.starts_with("make demo") && try_it.contains("\nmake test"));

    let folder = tempfile::tempdir().expect("a folder");
    let on_a_free_port =
        serve.replace("127.0.0.1:8080", "127.0.0.1:0").replace("autoplay serve", "exec autoplay serve");
    let mut connector = Process::start(shell(folder.path(), &on_a_free_port));
    let address = connector
        .wait_for_line(LIMIT, |line| line.strip_prefix("autoplay: listening on http://").map(str::to_owned));
    let here = |block: &str| block.replace("127.0.0.1:8080", &address);

    let added =
        shell(folder.path(), add).env("AUTOPLAY_URL", format!("http://{address}")).output().expect("it runs");
    let added = String::from_utf8_lossy(&added.stdout).into_owned();
    let word = |start: &str| {
        let found = added.split_whitespace().find(|word| word.starts_with(start));
        found.unwrap_or_else(|| panic!("no {start} in {added}")).to_owned()
    };
    let (key, project_key) = (word("uk_live_"), word("phc_"));

    let tail = here(tail).replace("uk_live_…", &key);
    for line in tail.lines() {
        assert!(added.contains(line), "`product add` suggests it, too: {line}");
    }
    let from_the_start = tail
        .replace("/stream/shop", "/stream/shop?since=earliest")
        .replace("autoplay tail", "exec autoplay tail");
    let mut tail = Process::start(shell(folder.path(), &from_the_start));
    let promised = "User triggered csv_exported on the reports page";
    // Twice: who tries it again sees it again.
    for _ in 0..2 {
        let sent =
            shell(folder.path(), &here(browser).replace("phc_…", &project_key)).output().expect("curl runs");
        assert!(sent.status.success() && sent.stdout == b"{\"status\":1}", "{sent:?}");
        tail.wait_for_line(Duration::from_secs(10), |line| line.contains(promised).then_some(()));
    }
}

#[test]
fn every_command_says_what_it_is_for() {
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["product", "add", "--help"],
        &["tail", "--help"],
        &["demo", "--help"],
    ] {
        let output = autoplay().args(arguments).output().expect("it runs");
        assert!(output.status.success());
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(help.contains("Usage: autoplay") && help.len() > 300, "{help}");
    }
}
