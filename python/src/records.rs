//! What a client has to log, on its way to a thread that may wait for the interpreter.
//!
//! Whoever logs in Rust, the reader first of all, must not wait for it. So what it says is put into a list, which a
//! thread of Python's empties. The subscriber is set for the threads of one client alone: nothing in the process is global.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use autoplay_sdk::Error;
use tokio::sync::Notify;
use tracing::dispatcher::DefaultGuard;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record as Values};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, dispatcher};

/// More than that is not kept for a thread that does not come. What can repeat is rate-limited anyway.
const MOST: usize = 1_000;

/// The list of one run, and how the run ended.
#[derive(Default)]
pub(crate) struct Records {
    state: Mutex<State>,
    /// For a thread that waits ...
    changed: Condvar,
    /// ... and for a future.
    news: Notify,
}

#[derive(Default)]
struct State {
    list: VecDeque<Record>,
    error: Option<Error>,
    is_over: bool,
}

/// Something to log.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// As the levels of Python's `logging` are numbered.
    pub(crate) level: u8,
    pub(crate) message: String,
    pub(crate) fields: Vec<(&'static str, FieldValue)>,
}

#[derive(Debug)]
pub(crate) enum FieldValue {
    Text(String),
    Number(u64),
    Bool(bool),
}

impl Records {
    /// What the thread that this is set for logs, comes here.
    pub(crate) fn dispatch(self: &Arc<Self>) -> Dispatch {
        Dispatch::new(Translator(Arc::clone(self)))
    }

    pub(crate) fn end(&self, result: Result<(), Error>) {
        let mut state = self.lock();
        state.error = result.err();
        state.is_over = true;
        self.tell();
    }

    /// Waits for the next record. `None`: there are no more.
    pub(crate) fn next(&self) -> Option<Record> {
        let mut state = self.lock();
        loop {
            let next = state.list.pop_front();
            if next.is_some() || state.is_over {
                return next;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The same without waiting.
    pub(crate) fn take(&self) -> Option<Record> {
        self.lock().list.pop_front()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Waits for the end of the run, but not long.
    pub(crate) fn wait_for_end(&self, patience: Duration) {
        let state = self.lock();
        _ = self.changed.wait_timeout_while(state, patience, |state| !state.is_over);
    }

    /// What the run has ended with, told once.
    pub(crate) fn take_error(&self) -> Option<Error> {
        self.lock().error.take()
    }

    /// Waits until something may have changed. For one waiter.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    fn push(&self, record: Record) {
        let mut state = self.lock();
        if state.list.len() < MOST {
            state.list.push_back(record);
            self.tell();
        }
    }

    fn tell(&self) {
        self.changed.notify_all();
        self.news.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    /// What this thread logs goes there until it ends.
    static LOG: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// From now on what this thread logs goes there.
pub(crate) fn log_here(log: &Dispatch) {
    let guard = dispatcher::set_default(log);
    LOG.with_borrow_mut(|kept| *kept = Some(guard));
}

/// Takes the SDK's own events down, and nobody else's.
struct Translator(Arc<Records>);

impl Translator {
    fn takes(metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= Level::INFO
            && metadata.target().starts_with("autoplay_sdk")
    }
}

impl Subscriber for Translator {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::takes(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        Self::takes(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        let mut record = Record { level: level(*event.metadata().level()), ..Record::default() };
        event.record(&mut record);
        self.0.push(record);
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Values<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

fn level(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        _ => 20,
    }
}

impl Visit for Record {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.push((field.name(), FieldValue::Text(value.to_owned())));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.push((field.name(), FieldValue::Number(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.push((field.name(), FieldValue::Bool(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.fields.push((field.name(), FieldValue::Text(format!("{value:?}"))));
        }
    }
}
