//! What is told to callbacks, and to those who wait.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use crate::connection::Connection;
use crate::notices::{Bounds, Notice, Notices};
use crate::stop::StopSignal;
use crate::sync::now;

struct Numbered(u64);

impl Notice for Numbered {
    fn size(&self) -> usize {
        1
    }
}

pub(super) fn notices() {
    let notices = Arc::new(Notices::new(Bounds { count: 10, bytes: 10 }));
    let teller = {
        let notices = Arc::clone(&notices);
        thread::spawn(move || {
            let mut told = Vec::new();
            while let Some(Numbered(number)) = notices.take() {
                told.push(number);
            }
            told
        })
    };
    notices.push(Numbered(1));
    notices.push(Numbered(2));
    assert!(notices.finish_by(now() + Duration::from_secs(1)));
    notices.push(Numbered(3));
    assert_eq!(teller.join().unwrap(), [1, 2]);
}

/// The teller is in the middle of the first, or has yet to take it, when the end comes.
pub(super) fn no_notice_after_the_end() {
    let notices = Arc::new(Notices::new(Bounds { count: 10, bytes: 10 }));
    let teller = {
        let notices = Arc::clone(&notices);
        thread::spawn(move || while notices.take().is_some() {})
    };
    notices.push(Numbered(1));
    notices.push(Numbered(2));
    notices.abandon();
    notices.push(Numbered(3));
    assert!(notices.take().is_none());
    teller.join().unwrap();
}

pub(super) fn stop_ends_the_wait() {
    let signal = Arc::new(StopSignal::default());
    let waiter = {
        let signal = Arc::clone(&signal);
        thread::spawn(move || loom::future::block_on(signal.stopped()))
    };
    let other = {
        let signal = Arc::clone(&signal);
        thread::spawn(move || signal.stop())
    };
    signal.stop();
    assert!(signal.is_set());
    other.join().unwrap();
    waiter.join().unwrap();
}

pub(super) fn connection_to_a_thread() {
    let connection = Arc::new(Connection::default());
    let waiter = {
        let connection = Arc::clone(&connection);
        thread::spawn(move || connection.wait(Duration::from_secs(1)))
    };
    open_in_the_second_run(&connection);
    waiter.join().unwrap();
}

pub(super) fn connection_to_a_task() {
    let connection = Arc::new(Connection::default());
    let waiter = {
        let connection = Arc::clone(&connection);
        thread::spawn(move || loom::future::block_on(connection.opened(Duration::from_secs(1))))
    };
    open_in_the_second_run(&connection);
    waiter.join().unwrap();
}

/// Who began to wait before the first run's end hears of that, who did later of the second's connection. The one
/// thing that must not be is to wait for ever.
fn open_in_the_second_run(connection: &Connection) {
    connection.run_ended();
    connection.set(true);
}
