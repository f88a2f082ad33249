//! The scripted server.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::acceptor::{ANY_PORT, Acceptor};
use crate::connection::Connection;
use crate::gate::lock;
use crate::request::Request;
use crate::script::Script;

/// Answers each connection by the next script. When none is left, a connection is closed at once, unless
/// [`then_always`](Self::then_always) says otherwise.
///
/// A panic in it (a request that is not HTTP) is passed on when it is dropped.
pub struct FaultServer {
    acceptor: Acceptor,
    course: Arc<Course>,
}

/// What is to come and what has been.
#[derive(Default)]
struct Course {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    scripts: VecDeque<Script>,
    otherwise: Script,
    requests: Vec<Request>,
    accepted: usize,
    ended: usize,
}

impl FaultServer {
    /// Starts on a port of its own, with a script for each of the first connections.
    #[must_use]
    pub fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::start_at(ANY_PORT, scripts)
    }

    /// The same at a given address: where an earlier one has been, to play a restart.
    #[must_use]
    pub fn start_at(addr: SocketAddr, scripts: impl IntoIterator<Item = Script>) -> Self {
        let course = Arc::new(Course::default());
        lock(&course.state).scripts.extend(scripts);
        let acceptor = Acceptor::start(addr, {
            let course = Arc::clone(&course);
            move |number, stream, _| {
                let script = course.next_script();
                Connection::new(number, stream).run(script, |request| {
                    course.update(|state| state.requests.push(request));
                });
                course.update(|state| state.ended += 1);
            }
        });
        Self { acceptor, course }
    }

    /// What connections get for which no script is left.
    #[must_use]
    pub fn then_always(self, script: Script) -> Self {
        lock(&self.course.state).otherwise = script;
        self
    }

    /// Adds a script for a later connection.
    pub fn push(&self, script: Script) {
        lock(&self.course.state).scripts.push_back(script);
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.acceptor.addr()
    }

    /// The URL of a path, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr())
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.course.state).requests.clone()
    }

    /// How many connections there have been.
    #[must_use]
    pub fn accepted(&self) -> usize {
        lock(&self.course.state).accepted
    }

    /// How many connections have come to their end: by script, or because the client left.
    #[must_use]
    pub fn ended(&self) -> usize {
        lock(&self.course.state).ended
    }

    /// The `count`th request (the first is 1), waited for.
    ///
    /// # Panics
    ///
    /// If it has not come within the limit.
    #[expect(clippy::must_use_candidate, reason = "often the waiting itself is what is wanted")]
    pub fn wait_for_request(&self, count: usize, limit: Duration) -> Request {
        assert!(count > 0, "requests are counted from 1");
        self.wait(limit, &format!("request {count}"), |state| state.requests.get(count - 1).cloned())
    }

    /// Waits until this many connections have been accepted.
    ///
    /// # Panics
    ///
    /// If they have not within the limit.
    pub fn wait_for_accepted(&self, count: usize, limit: Duration) {
        self.wait(limit, &format!("connection {count}"), |state| (state.accepted >= count).then_some(()));
    }

    /// Waits until this many connections have ended.
    ///
    /// # Panics
    ///
    /// If they have not within the limit.
    pub fn wait_for_ended(&self, count: usize, limit: Duration) {
        self.wait(limit, &format!("the end of {count} connections"), |state| {
            (state.ended >= count).then_some(())
        });
    }

    /// Ends all connections, whatever their scripts say.
    pub fn cut_all(&self) {
        self.acceptor.cut_all();
    }

    fn wait<T>(&self, limit: Duration, what: &str, mut ready: impl FnMut(&State) -> Option<T>) -> T {
        let mut found = None;
        let waited = self.course.changed.wait_timeout_while(lock(&self.course.state), limit, |state| {
            found = ready(state);
            found.is_none()
        });
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let State { requests, accepted, ended, .. } = &*state;
        found.unwrap_or_else(|| {
            let requests = requests.len();
            panic!("waited {limit:?} for {what}: {accepted} accepted, {ended} ended, {requests} requests")
        })
    }
}

impl Course {
    fn next_script(&self) -> Script {
        self.update(|state| {
            state.accepted += 1;
            state.scripts.pop_front().unwrap_or_else(|| state.otherwise.clone())
        })
    }

    fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let value = change(&mut lock(&self.state));
        self.changed.notify_all();
        value
    }
}
