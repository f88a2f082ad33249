//! Real processes that die with the test.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::gate::lock;

/// How often a process is asked whether it has ended.
const GLANCE: Duration = Duration::from_millis(5);

/// A running program. When it is dropped, the program is killed.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    /// What was read from `lines`, for the message of a failure.
    seen: Vec<String>,
    stderr: Arc<Mutex<String>>,
}

impl Process {
    /// Starts a program. Its standard output is read line by line, its standard error is kept for
    /// [`stderr`](Self::stderr), and its standard input is empty.
    ///
    /// # Panics
    ///
    /// If it can't be started.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("can't start {command:?}: {error}"));
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        Self { lines: read_lines(stdout), seen: Vec::new(), stderr: read_text(stderr), child }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of its standard output; `None` at the end of it.
    ///
    /// # Panics
    ///
    /// If neither has come within the limit.
    pub fn read_line(&mut self, limit: Duration) -> Option<String> {
        match self.lines.recv_timeout(limit) {
            Ok(line) => {
                self.seen.push(line.clone());
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no line within {limit:?}; {}", self.report()),
        }
    }

    /// Reads on to the first line for which `wanted` gives something.
    ///
    /// # Panics
    ///
    /// If there is none within the limit, or before the output ends.
    pub fn wait_for_line<T>(&mut self, limit: Duration, wanted: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(line) = self.read_line(left) else {
                panic!("the output ended before the line that was waited for; {}", self.report());
            };
            if let Some(found) = wanted(&line) {
                return found;
            }
        }
    }

    /// What it has written to its standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        lock(&self.stderr).clone()
    }

    /// Waits for it to end.
    ///
    /// # Panics
    ///
    /// If it is still running after the limit.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "still running after {limit:?}; {}", self.report());
            thread::sleep(GLANCE);
        }
    }

    /// Asks it to end as Ctrl-C does (SIGINT).
    pub fn interrupt(&self) {
        self.signal("INT");
    }

    /// Asks it to end as a service manager does (SIGTERM).
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Kills it (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) {
        // Fails when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "can't send SIG{name}; {}", self.report());
    }

    fn report(&self) -> String {
        format!("output so far: {:#?}; standard error:\n{}", self.seen, self.stderr())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The thread ends with the output, which children of the program may hold open longer than it lives itself:
/// so nobody waits for it.
fn read_lines(stdout: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    lines
}

fn read_text(mut stderr: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    thread::spawn({
        let text = Arc::clone(&text);
        move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stderr.read(&mut buffer) {
                lock(&text).push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        }
    });
    text
}
