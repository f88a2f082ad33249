//! The blocking client's compiled half: what its threads ask for.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use autoplay_sdk::ConnectorClient;
use autoplay_sdk::embedding::{self, Attendance, Change, Cutter, Interest};
use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tracing::{Dispatch, dispatcher};

use crate::deliver::{self, Kind};
use crate::error::Failure;
use crate::events::RawEvent;
use crate::records::{Records, log_here};
use crate::settings;
use crate::stats::Stats;

/// What was cut short has this long to end.
pub(crate) const PATIENCE: Duration = Duration::from_millis(50);

/// Ctrl-C is looked for so often by who waits without Python.
const LOOKS_AGAIN: Duration = Duration::from_millis(50);

/// The client without its callbacks, which are Python's.
#[pyclass(frozen, module = "autoplay_sdk._native")]
pub(crate) struct Client(ConnectorClient);

/// A run: what its threads take.
#[pyclass(frozen, module = "autoplay_sdk._native")]
pub(crate) struct Run {
    #[pyo3(get)]
    workers: Vec<Py<Worker>>,
    #[pyo3(get)]
    drops: Py<Drops>,
    #[pyo3(get)]
    changes: Py<Changes>,
    cutter: Cutter,
    records: Arc<Records>,
}

/// The events of one worker: those that were fetched last, as an iterator.
#[pyclass(module = "autoplay_sdk._native")]
pub(crate) struct Worker {
    worker: embedding::Worker,
    /// For its thread, which takes it.
    log: Option<Dispatch>,
}

/// The notices of dropped events.
#[pyclass(frozen, module = "autoplay_sdk._native")]
pub(crate) struct Drops(Mutex<embedding::Drops>);

/// The openings and losses of the stream.
#[pyclass(frozen, module = "autoplay_sdk._native")]
pub(crate) struct Changes(Mutex<embedding::Changes>);

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (url, token, /, **named))]
    fn new(
        url: &Bound<'_, PyAny>,
        token: &Bound<'_, PyAny>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let named = named.cloned().unwrap_or_else(|| PyDict::new(url.py()));
        Ok(Self(settings::builder(url, token, &named)?.build().map_err(Failure::from)?))
    }

    /// From now on, what there is a callback for is delivered.
    fn expect(&self, kind: Kind) {
        embedding::expect(&self.0, kind.interest());
    }

    /// The same for dropped events.
    fn expect_drops(&self) {
        embedding::expect(&self.0, Interest::Drop);
    }

    /// The same for the stream's opening and loss.
    fn expect_changes(&self, connect: bool, disconnect: bool) {
        if connect {
            embedding::expect(&self.0, Interest::Connect);
        }
        if disconnect {
            embedding::expect(&self.0, Interest::Disconnect);
        }
    }

    /// Begins a run.
    fn begin(&self, py: Python<'_>) -> PyResult<Run> {
        // It may read a checkpoint.
        let attendance = py.detach(|| embedding::attend(&self.0)).map_err(Failure::from)?;
        Run::begin(py, attendance)
    }

    fn stop(&self) {
        self.0.stop();
    }

    /// A callback has raised.
    fn failed(&self) {
        embedding::failed(&self.0);
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
        embedding::is_running(&self.0)
    }

    /// The URL without what may be secret.
    #[getter]
    fn url(&self) -> &str {
        embedding::url(&self.0)
    }

    /// Waits until the stream is open; `None` waits until the end of the run.
    fn wait_until_connected(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        wait(py, timeout, |time| self.0.wait_until_connected(time))
    }
}

/// Waits in short steps, after each of which signals are handled.
pub(crate) fn wait(
    py: Python<'_>,
    timeout: Option<f64>,
    is_open: impl Fn(Duration) -> bool + Sync,
) -> PyResult<bool> {
    let timeout = timeout.map_or(Duration::MAX, |seconds| {
        Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
    });
    let mut left = timeout;
    loop {
        let step = left.min(LOOKS_AGAIN);
        let begun = std::time::Instant::now();
        if py.detach(|| is_open(step)) {
            return Ok(true);
        }
        py.check_signals()?;
        left = left.saturating_sub(begun.elapsed());
        // It gives up early where nobody is about to connect.
        if left.is_zero() || begun.elapsed() < step {
            return Ok(false);
        }
    }
}

impl Run {
    fn begin(py: Python<'_>, attendance: Attendance) -> PyResult<Self> {
        let Attendance { reading, workers, drops, changes, cutter } = attendance;
        let records = Arc::new(Records::default());
        let log = records.dispatch();
        let workers =
            workers.into_iter().map(|worker| Py::new(py, Worker { worker, log: Some(log.clone()) }));
        let run = Self {
            workers: workers.collect::<PyResult<_>>()?,
            drops: Py::new(py, Drops(Mutex::new(drops)))?,
            changes: Py::new(py, Changes(Mutex::new(changes)))?,
            cutter,
            records: Arc::clone(&records),
        };
        // It never touches Python, so nothing in the interpreter can hold it up, nor its end.
        thread::Builder::new().name("autoplay-reader".to_owned()).spawn(move || {
            let result = dispatcher::with_default(&log, || reading.run());
            records.end(result);
        })?;
        Ok(run)
    }
}

#[pymethods]
impl Run {
    /// Waits for the next thing to log, as a level, a message and a dictionary. `None`: the run has ended.
    fn next_record<'py>(&self, py: Python<'py>) -> PyResult<Option<deliver::Logged<'py>>> {
        let record = py.detach(|| self.records.next());
        record.map(|record| deliver::logged(py, record)).transpose()
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

#[pymethods]
impl Worker {
    /// Waits for the next events and reads them; the callbacks of those before have ended. False: the run is over.
    fn fetch(&mut self, py: Python<'_>) -> bool {
        if let Some(log) = self.log.take() {
            log_here(&log);
        }
        let worker = &mut self.worker;
        py.detach(|| worker.fetch())
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// The next of the events that were fetched, with its kind: its callback begins with this.
    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<(Kind, Bound<'py, PyAny>)>> {
        self.worker.begin().map(|event| deliver::event(py, event)).transpose()
    }
}

#[pymethods]
impl Drops {
    /// Waits for the next event that was dropped, and the number of all that were. `None`: the run is over.
    fn next(&self, py: Python<'_>) -> Option<(RawEvent, u64)> {
        let next = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next());
        next.map(|(raw, total)| (raw.into(), total))
    }
}

#[pymethods]
impl Changes {
    /// Waits for the next change: true for an opening, false for a loss. `None`: the run is over.
    fn next(&self, py: Python<'_>) -> Option<bool> {
        let next = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next());
        next.map(|change| change == Change::Connected)
    }
}
