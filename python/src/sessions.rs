//! The async client's compiled half: what its event loop asks for, and the thread that tells the loop.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use autoplay_sdk::AsyncConnectorClient;
use autoplay_sdk::embedding::{self, Change, Cutter, Event, Interest, SessionsAttendance};
use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tracing::{Dispatch, dispatcher};

use crate::client::{PATIENCE, wait};
use crate::deliver::{self, Kind};
use crate::error::Failure;
use crate::events::RawEvent;
use crate::parked::block_on;
use crate::records::Records;
use crate::settings;
use crate::stats::Stats;

/// The async client without its callbacks, which are Python's.
#[pyclass(frozen, module = "autoplay_sdk._native")]
pub(crate) struct SessionsClient(AsyncConnectorClient);

/// A run: what the loop takes, and an iterator over the events that are ready for it.
#[pyclass(frozen, module = "autoplay_sdk._native")]
pub(crate) struct Sessions {
    sessions: embedding::Sessions,
    cutter: Cutter,
    records: Arc<Records>,
    log: Dispatch,
    /// Read already: that is not for the loop's thread, which holds the interpreter.
    ready: Mutex<VecDeque<(Event, embedding::Held)>>,
    reading: Mutex<()>,
    /// The loop has been told of news that it has not looked at.
    told: AtomicBool,
    told_of_end: AtomicBool,
}

/// The place that an event keeps until its callback has ended.
#[pyclass(frozen, module = "autoplay_sdk._native")]
pub(crate) struct Held(embedding::Held);

#[pymethods]
impl SessionsClient {
    #[new]
    #[pyo3(signature = (url, token, /, **named))]
    fn new(
        url: &Bound<'_, PyAny>,
        token: &Bound<'_, PyAny>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let named = named.cloned().unwrap_or_else(|| PyDict::new(url.py()));
        Ok(Self(settings::builder(url, token, &named)?.build_async().map_err(Failure::from)?))
    }

    /// From now on, what there is a callback for is delivered.
    fn expect(&self, kind: Kind) {
        embedding::expect_of_sessions(&self.0, kind.interest());
    }

    /// The same for dropped events.
    fn expect_drops(&self) {
        embedding::expect_of_sessions(&self.0, Interest::Drop);
    }

    /// The same for the stream's opening and loss.
    fn expect_changes(&self, connect: bool, disconnect: bool) {
        if connect {
            embedding::expect_of_sessions(&self.0, Interest::Connect);
        }
        if disconnect {
            embedding::expect_of_sessions(&self.0, Interest::Disconnect);
        }
    }

    /// Begins a run.
    fn begin(&self, py: Python<'_>) -> PyResult<Sessions> {
        // It may read a checkpoint.
        Sessions::begin(py.detach(|| embedding::attend_sessions(&self.0)).map_err(Failure::from)?)
    }

    /// Begins a run in which every event is handed out, whatever there are callbacks for.
    fn pull(&self, py: Python<'_>) -> PyResult<Sessions> {
        Sessions::begin(py.detach(|| embedding::pull_sessions(&self.0)).map_err(Failure::from)?)
    }

    fn stop(&self) {
        self.0.stop();
    }

    /// A callback has raised.
    fn failed(&self) {
        embedding::failed_of_sessions(&self.0);
    }

    fn stats(&self) -> Stats {
        self.0.stats().into()
    }

    #[getter]
    fn dropped_count(&self) -> u64 {
        self.0.dropped_count()
    }

    #[getter]
    fn queue_size(&self) -> usize {
        self.0.queue_size()
    }

    /// Whether there is a run.
    #[getter]
    fn is_running(&self) -> bool {
        embedding::is_running_sessions(&self.0)
    }

    /// The URL without what may be secret.
    #[getter]
    fn url(&self) -> &str {
        embedding::url_of_sessions(&self.0)
    }

    /// Waits until the stream is open; `None` waits until the end of the run. It blocks the thread.
    fn wait_until_connected(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        wait(py, timeout, |time| embedding::wait_until_connected(&self.0, time))
    }
}

impl Sessions {
    fn begin(attendance: SessionsAttendance) -> PyResult<Self> {
        let SessionsAttendance { reading, sessions, cutter } = attendance;
        let records = Arc::new(Records::default());
        let log = records.dispatch();
        let (of_reader, end) = (log.clone(), Arc::clone(&records));
        // It never touches Python, so nothing in the interpreter can hold it up, nor its end.
        thread::Builder::new().name("autoplay-reader".to_owned()).spawn(move || {
            end.end(dispatcher::with_default(&of_reader, || reading.run()));
        })?;
        Ok(Self {
            sessions,
            cutter,
            records,
            log,
            ready: Mutex::default(),
            reading: Mutex::default(),
            told: AtomicBool::new(false),
            told_of_end: AtomicBool::new(false),
        })
    }

    /// Waits until there is something that the loop has not been told of.
    fn wait_for_news(&self) -> bool {
        let mut is_news = false;
        loop {
            // Before the look at what there is: nothing comes after the end.
            let is_over = self.records.is_over();
            is_news |= self.read_ahead();
            if is_over {
                return !self.told_of_end.swap(true, SeqCst);
            }
            if is_news && !self.told.swap(true, SeqCst) {
                return true;
            }
            block_on(async {
                tokio::select! {
                    () = self.sessions.news() => {}
                    () = self.records.news() => {}
                }
            });
            is_news = true;
        }
    }

    /// Reads what may begin; whether anything may. By one thread at a time, or they would not stay in order.
    fn read_ahead(&self) -> bool {
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let mut any = false;
        while let Some(next) = self.sessions.take() {
            self.ready().push_back(next);
            any = true;
        }
        any
    }

    fn ready(&self) -> MutexGuard<'_, VecDeque<(Event, embedding::Held)>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Sessions {
    /// Waits until the loop is to look for news. False: the run has ended, and the loop was told.
    fn wait(&self, py: Python<'_>) -> bool {
        py.detach(|| dispatcher::with_default(&self.log, || self.wait_for_news()))
    }

    /// The loop looks for news now.
    fn looks(&self) {
        self.told.store(false, SeqCst);
    }

    /// The loop looks for what may begin because other callbacks have ended. True: something may.
    fn look_ahead(&self, py: Python<'_>) -> bool {
        py.detach(|| self.read_ahead()) || !self.ready().is_empty()
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// The next event, its kind and its place: its callback is called now.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<(Kind, Bound<'py, PyAny>, Held)>> {
        loop {
            let Some((event, held)) = self.ready().pop_front() else { return Ok(None) };
            // Otherwise the run was over before.
            if self.sessions.begins(&held) {
                let (kind, event) = deliver::event(py, event)?;
                return Ok(Some((kind, event, Held(held))));
            }
        }
    }

    /// The callback of the event has ended.
    fn end(&self, held: &Held) {
        self.sessions.end(&held.0);
    }

    /// The next event that was dropped, and the number of all that were; the callback for the one before has ended.
    fn take_drop(&self) -> Option<(RawEvent, u64)> {
        self.sessions.take_drop().map(|(raw, total)| (raw.into(), total))
    }

    /// The next change, true for an opening, and what to release when the callback has ended; the callback for the one
    /// before has ended.
    fn take_change(&self) -> Option<(bool, Option<u64>)> {
        self.sessions.take_change().map(|(change, connection)| (change == Change::Connected, connection))
    }

    /// The events of this connection may begin.
    fn release(&self, connection: u64) {
        self.sessions.release(connection);
    }

    /// The next thing to log, as a level, a message and a dictionary.
    fn take_record<'py>(&self, py: Python<'py>) -> PyResult<Option<deliver::Logged<'py>>> {
        self.records.take().map(|record| deliver::logged(py, record)).transpose()
    }

    /// Whether the run has ended.
    #[getter]
    fn is_over(&self) -> bool {
        self.records.is_over()
    }

    /// The exception that the run has ended with, if it is one; told once.
    fn take_error(&self, py: Python<'_>) -> Option<Py<PyBaseException>> {
        self.records.take_error().map(|error| PyErr::from(Failure::from(error)).into_value(py))
    }

    /// Ends the run at once: no callback begins any more, and those in hand are not waited for. When this returns the
    /// client can be run again, unless the machine is very busy.
    fn cut(&self, py: Python<'_>) {
        py.detach(|| {
            self.cutter.cut();
            self.records.wait_for_end(PATIENCE);
        });
    }
}
