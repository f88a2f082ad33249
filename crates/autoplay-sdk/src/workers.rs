//! The threads of the blocking client that run callbacks, and how they take events from the queue.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::iter;
use std::mem;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::backlog::Backlog;
use crate::blanks::Blanks;
use crate::queue::{Lanes, Queue, State};
use crate::queued::Queued;
use crate::sync::{AtomicBool, Condvar, Mutex, MutexGuard, now};

/// A worker fetches as many events as its callback is likely to get through in this time. Who waits for room waits
/// no longer than that for the news.
const AT_ONCE: Duration = Duration::from_millis(1);

/// And never more than this.
const MOST_AT_ONCE: u128 = 128;

/// The workers of one run, each with a lane of its own: events of one session meet the same worker.
#[derive(Debug)]
pub(crate) struct Workers {
    workers: Vec<Worker>,
    sorter: RandomState,
    /// The end of a run waits here for the callbacks.
    progress: Condvar,
    /// It waits no longer; only changed under the queue's lock.
    cut: AtomicBool,
}

/// A worker as others see it.
#[derive(Debug, Default)]
struct Worker {
    log: Mutex<Log>,
    events: Condvar,
    /// Whether it waits for `events`; only looked at under the queue's lock.
    waits: AtomicBool,
    /// Whether few places were free when it fetched events last: the reader may be waiting for the first to begin.
    fetched_in_need: AtomicBool,
}

/// What a worker did that the backlog does not know of yet. Its lock is its own, so that running through fetched
/// events costs no quarrel over the queue's. It is taken after the queue's, if both are.
#[derive(Debug, Default)]
struct Log {
    steps: Vec<(Step, Instant)>,
    /// Nothing further may begin.
    revoked: bool,
}

/// What becomes of the next of the events that were fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its callback begins.
    Begin,
    /// It needs none.
    PassOver,
}

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Every event was delivered and its callback has returned.
    Settled,
    /// Time ran out; the callbacks of so many events never began.
    Cut { left: usize },
}

impl Workers {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            workers: iter::repeat_with(Worker::default).take(count).collect(),
            sorter: RandomState::new(),
            progress: Condvar::new(),
            cut: AtomicBool::new(false),
        }
    }

    /// Whether the end waits for no callback.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Relaxed)
    }

    pub(crate) fn count(&self) -> usize {
        self.workers.len()
    }
}

impl Lanes for Workers {
    type Key = usize;
    type Called = ();

    fn sort_by_owner(&self) -> bool {
        self.workers.len() > 1
    }

    /// What belongs to nobody stays in order among itself.
    fn lane_of(&self, owner: Option<&str>) -> usize {
        match (self.workers.len(), owner) {
            (0 | 1, _) | (_, None) => 0,
            #[expect(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
            (count, Some(owner)) => self.sorter.hash_one(owner) as usize % count,
        }
    }

    fn catch_up(&self, backlog: &mut Backlog<Queued, usize>) {
        for (lane, worker) in self.workers.iter().enumerate() {
            worker.log().tell(lane, backlog);
        }
    }

    fn wake(&self, backlog: &Backlog<Queued, usize>) {
        for (lane, worker) in self.workers.iter().enumerate() {
            if worker.waits.load(Relaxed) && backlog.is_ready(&lane) {
                worker.events.notify_one();
            }
        }
    }

    fn closed(&self) {
        self.workers.iter().for_each(|worker| worker.events.notify_all());
    }
}

impl Worker {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the next step, if it still may be taken.
    fn note(&self, step: Step) -> bool {
        let mut log = self.log();
        if !log.revoked {
            log.steps.push((step, now()));
        }
        !log.revoked
    }
}

impl Log {
    fn tell(&mut self, lane: usize, backlog: &mut Backlog<Queued, usize>) {
        for (step, at) in self.steps.drain(..) {
            match step {
                Step::Begin => backlog.begin_lent(&lane, at),
                Step::PassOver => backlog.pass_over_lent(&lane, at),
            }
        }
    }
}

impl Queue<Workers> {
    /// Takes one worker's events in order until the run is over. Each is read, which shows if it needs a callback. With
    /// what has been read, `settle` calls it: not before it is noted that this begins, so none begins after the end.
    pub(crate) fn work<C, N>(
        &self,
        lane: usize,
        mut read: impl FnMut(&mut Queued) -> Result<C, N>,
        mut settle: impl FnMut(Result<C, N>),
    ) {
        let (mut fetched, mut blanks) = (VecDeque::new(), Blanks::default());
        while self.fetch(lane, &mut fetched, &mut blanks) {
            let mut told = false;
            while let Some(mut event) = fetched.pop_front() {
                let call = read(&mut event);
                blanks.put(event.into_blank());
                if !self.note(lane, if call.is_ok() { Step::Begin } else { Step::PassOver }) {
                    // Anything there is now was revoked.
                    fetched.clear();
                    break;
                }
                if !mem::replace(&mut told, true) {
                    self.tell_of_room(lane);
                }
                settle(call);
            }
        }
    }

    /// Notes what becomes of the next event that the worker has fetched, if it may still be.
    pub(crate) fn note(&self, lane: usize, step: Step) -> bool {
        self.lanes.workers.get(lane).is_some_and(|worker| worker.note(step))
    }

    /// The first of the fetched events has made room. Where there is plenty, the next fetch tells soon enough.
    pub(crate) fn tell_of_room(&self, lane: usize) {
        if self.lanes.workers.get(lane).is_some_and(|worker| worker.fetched_in_need.load(Relaxed)) {
            self.tell_reader(&mut self.caught_up());
        }
    }

    /// Waits for the next events; those before have ended, and have left `blanks`. False: it is over.
    pub(crate) fn fetch(&self, lane: usize, fetched: &mut VecDeque<Queued>, blanks: &mut Blanks) -> bool {
        let Some(worker) = self.lanes.workers.get(lane) else { return false };
        let mut state = self.lock();
        worker.log().tell(lane, &mut state.backlog);
        state.blanks.collect(blanks);
        state.backlog.finish(&lane, now());
        if state.backlog.is_closed() {
            self.lanes.progress.notify_all();
        }
        loop {
            let most = at_once(state.backlog.pace(&lane));
            let is_lent = state.backlog.lend(&lane, most, fetched);
            self.tell_reader(&mut state);
            if is_lent || state.backlog.is_over_for(&lane) {
                worker.fetched_in_need.store(!state.backlog.has_room_for_many(), Relaxed);
                return is_lent;
            }
            worker.waits.store(true, Relaxed);
            state = worker.events.wait(state).unwrap_or_else(PoisonError::into_inner);
            worker.waits.store(false, Relaxed);
        }
    }

    /// Closes, and waits until everything is settled, but no longer than `deadline`. No callback begins after this
    /// has returned.
    pub(crate) fn finish_by(&self, deadline: Instant) -> Ending {
        self.close();
        let mut state = self.caught_up();
        while !state.backlog.is_settled() {
            let time_left = deadline.saturating_duration_since(now());
            if time_left.is_zero() || self.lanes.is_cut() {
                return Ending::Cut { left: self.revoke(&mut state) };
            }
            let waited = self.lanes.progress.wait_timeout(state, time_left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            self.lanes.catch_up(&mut state.backlog);
        }
        Ending::Settled
    }

    /// No callback begins any more, and [`finish_by`](Self::finish_by) waits for none; how many events were left.
    pub(crate) fn cut(&self) -> usize {
        let mut state = self.caught_up();
        self.lanes.cut.store(true, Relaxed);
        self.lanes.progress.notify_all();
        self.revoke(&mut state)
    }

    fn revoke(&self, state: &mut State<usize>) -> usize {
        for (lane, worker) in self.lanes.workers.iter().enumerate() {
            let mut log = worker.log();
            log.revoked = true;
            log.tell(lane, &mut state.backlog);
        }
        self.lanes.closed();
        state.backlog.abandon()
    }
}

/// How many callbacks of this pace are begun within [`AT_ONCE`].
fn at_once(pace: Duration) -> usize {
    let count = AT_ONCE.as_nanos().checked_div(pace.as_nanos()).unwrap_or(MOST_AT_ONCE);
    usize::try_from(count.clamp(1, MOST_AT_ONCE)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::thread;

    use autoplay_protocol::sse::Event;
    use tokio::runtime;

    use super::*;
    use crate::backlog::{Incoming, OnFull, Places, Rules};
    use crate::place::Place;
    use crate::queue::Gathered;

    fn queue(max_events: usize, workers: usize) -> Arc<Queue<Workers>> {
        let rules = Rules {
            max_events,
            max_bytes: usize::MAX,
            overflow: OnFull::DropBeyond(Duration::from_millis(200)),
            places: Places::UntilBegin,
            concurrency: 1,
        };
        Arc::new(Queue::new(Workers::new(workers), rules, Place::default()))
    }

    /// Puts events in whose data is their number, on lanes by turns, and counts those dropped.
    fn put(queue: &Queue<Workers>, numbers: std::ops::Range<u64>) -> usize {
        let mut gathered: VecDeque<_> = numbers
            .map(|number| {
                let (data, place) = (number.to_string(), Place::from(number.to_string().as_str()));
                let event = Event { event: "message", data: &data, id: place.as_str() };
                Gathered::Event(Incoming {
                    event: Queued::new(event, place.clone(), None, String::new()),
                    lane: usize::try_from(number).unwrap() % queue.lanes.count(),
                    bytes: 1,
                    place,
                    connection: 0,
                })
            })
            .collect();
        let mut dropped = 0;
        let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime
            .block_on(queue.put(&mut gathered, &mut Blanks::default(), |_, losses| dropped += losses.len()));
        dropped
    }

    fn number(event: &mut Queued) -> Result<u64, ()> {
        event.take_raw().data.parse().map_err(|_| ())
    }

    #[test]
    fn every_worker_gets_its_own_in_order_through_a_queue_much_smaller() {
        let (queue, (sender, received)) = (queue(10, 3), mpsc::channel());
        let workers: Vec<_> = (0..3)
            .map(|lane| {
                let (queue, sender) = (Arc::clone(&queue), sender.clone());
                thread::spawn(move || {
                    queue.work(lane, number, |number| {
                        sender.send((lane, number.unwrap())).unwrap();
                    });
                })
            })
            .collect();
        assert_eq!(put(&queue, 0..30_000), 0, "fast callbacks lose nothing");
        assert_eq!(queue.finish_by(Instant::now() + Duration::from_secs(10)), Ending::Settled);
        for worker in workers {
            worker.join().unwrap();
        }
        drop(sender);
        let mut next = [0, 1, 2];
        for (lane, number) in received {
            assert_eq!(number, next[lane]);
            next[lane] += 3;
        }
        assert_eq!(next.iter().sum::<u64>(), 30_000 + 30_001 + 30_002);
        assert_eq!(queue.resume_place().as_str(), "29999");
    }

    #[test]
    fn a_callback_that_gets_stuck_among_fetched_ones_keeps_the_others_in_their_places() {
        let (queue, (release, held)) = (queue(10, 1), mpsc::channel::<()>());
        assert_eq!(put(&queue, 1..11), 0);
        let worker = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                queue.work(0, number, |number| {
                    if number == Ok(4) {
                        _ = held.recv();
                    }
                });
            })
        };
        while queue.resume_place().as_str() != "3" {
            thread::yield_now();
        }
        assert_eq!(queue.size(), (6, 6), "5 to 10 wait, fetched or not");
        assert_eq!(put(&queue, 11..51), 36);
        assert_eq!(queue.finish_by(Instant::now()), Ending::Cut { left: 10 });
        release.send(()).unwrap();
        worker.join().unwrap();
        assert_eq!(queue.resume_place().as_str(), "4", "nothing begins afterwards");
    }
}
