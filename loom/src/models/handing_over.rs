//! From the reader to the workers and back.

use std::collections::VecDeque;
use std::time::Duration;

use autoplay_protocol::sse::Event;
use loom::sync::{Arc, Mutex};
use loom::thread::{self, JoinHandle};

use crate::backlog::{Incoming, OnFull, Places, Rules};
use crate::blanks::Blanks;
use crate::place::Place;
use crate::queue::{Gathered, Queue};
use crate::queued::Queued;
use crate::sync::now;
use crate::workers::{Ending, Workers};

const MAX_BYTES: usize = 3;

/// What a worker has called its callback with.
type Delivered = Arc<Mutex<Vec<u64>>>;

pub(super) fn comes_out() {
    let queue = queue(1, 1);
    let (worker, delivered) = work(&queue, 0);
    put(&queue, 1, 3, 0);
    finish(&queue);
    worker.join().unwrap();
    assert_eq!(*delivered.lock().unwrap(), [1, 2, 3]);
    assert_eq!(queue.resume_place().as_str(), "3");
}

pub(super) fn two_workers() {
    let queue = queue(2, 2);
    let workers = [work(&queue, 0), work(&queue, 1)];
    put(&queue, 1, 2, 0);
    finish(&queue);
    for (lane, (worker, delivered)) in workers.into_iter().enumerate() {
        worker.join().unwrap();
        assert_eq!(*delivered.lock().unwrap(), [if lane == 0 { 2 } else { 1 }]);
    }
    assert_eq!(queue.resume_place().as_str(), "2");
}

pub(super) fn reader_is_woken() {
    let queue = queue(1, 1);
    let reader = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || put(&queue, 1, 3, 0))
    };
    let (worker, delivered) = work(&queue, 0);
    reader.join().unwrap();
    finish(&queue);
    worker.join().unwrap();
    assert_eq!(delivered.lock().unwrap().len(), 3);
}

/// The first two are fetched together, and the second keeps its place until it begins. Nothing else is there to fetch
/// then, so the worker must not go to sleep before it has told of the room.
pub(super) fn large_event_gets_room() {
    let queue = queue(3, 1);
    put_sized(&queue, 1, 2, 0, 1);
    let (worker, delivered) = work(&queue, 0);
    put_sized(&queue, 3, 3, 0, MAX_BYTES);
    finish(&queue);
    worker.join().unwrap();
    assert_eq!(*delivered.lock().unwrap(), [1, 2, 3]);
}

pub(super) fn cut_is_counted() {
    let queue = queue(3, 1);
    let (worker, delivered) = work(&queue, 0);
    put(&queue, 1, 3, 0);
    let left = match queue.finish_by(now()) {
        Ending::Settled => 0,
        Ending::Cut { left } => left,
    };
    worker.join().unwrap();
    let delivered = delivered.lock().unwrap().clone();
    assert_eq!(delivered.len() + left, 3, "{delivered:?} and {left} left");
    assert!(delivered.iter().copied().eq(1..=3 - u64::try_from(left).unwrap()));
}

pub(super) fn held_back() {
    let queue = queue(3, 1);
    queue.hold_back(1);
    let connected = Arc::new(Mutex::new(false));
    let worker = {
        let (queue, connected) = (Arc::clone(&queue), Arc::clone(&connected));
        thread::spawn(move || {
            queue.work(0, number, |_| {
                assert!(*connected.lock().unwrap(), "before on_connect has ended");
            });
        })
    };
    let lifecycle = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            *connected.lock().unwrap() = true;
            queue.release(1);
        })
    };
    put(&queue, 1, 2, 1);
    finish(&queue);
    worker.join().unwrap();
    lifecycle.join().unwrap();
    assert_eq!(queue.resume_place().as_str(), "2");
}

fn queue(max_events: usize, workers: usize) -> Arc<Queue<Workers>> {
    let rules = Rules {
        max_events,
        max_bytes: MAX_BYTES,
        overflow: OnFull::Wait,
        places: Places::UntilBegin,
        concurrency: 1,
    };
    Arc::new(Queue::new(Workers::new(workers), rules, Place::default()))
}

fn work(queue: &Arc<Queue<Workers>>, lane: usize) -> (JoinHandle<()>, Delivered) {
    let delivered = Delivered::default();
    let thread = {
        let (queue, delivered) = (Arc::clone(queue), Arc::clone(&delivered));
        thread::spawn(move || {
            queue.work(lane, number, |number| {
                let number = number.unwrap();
                delivered.lock().unwrap().push(number);
            });
        })
    };
    (thread, delivered)
}

/// Puts in the events of these numbers, one at a time as they come from the network.
fn put(queue: &Queue<Workers>, first: u64, last: u64, connection: u64) {
    put_sized(queue, first, last, connection, 1);
}

fn put_sized(queue: &Queue<Workers>, first: u64, last: u64, connection: u64, bytes: usize) {
    let mut blanks = Blanks::default();
    for number in first..=last {
        let (data, place) = (number.to_string(), Place::from(number.to_string().as_str()));
        let event = Event { event: "message", data: &data, id: place.as_str() };
        let incoming = Incoming {
            event: Queued::new(event, place.clone(), None, String::new()),
            lane: usize::try_from(number).unwrap() % queue.lanes.count(),
            bytes,
            place,
            connection,
        };
        let mut gathered = VecDeque::from([Gathered::Event(incoming)]);
        loom::future::block_on(
            queue.put(&mut gathered, &mut blanks, |_, dropped| assert!(dropped.is_empty())),
        );
    }
}

fn number(event: &mut Queued) -> Result<u64, ()> {
    event.take_raw().data.parse().map_err(|_| ())
}

fn finish(queue: &Queue<Workers>) {
    assert_eq!(queue.finish_by(now() + Duration::from_secs(1)), Ending::Settled);
}
