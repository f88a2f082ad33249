//! How the checkpoint follows the run.

use std::sync::Arc as StdArc;

use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::checkpoint::{Checkpoint, Keeper, Progress};
use crate::place::Place;

pub(super) fn last_is_written() {
    let checkpoint = Checkpoint::default();
    let written = StdArc::clone(&checkpoint.written);
    let keeper = Arc::new(Keeper::new(checkpoint));
    let place = Arc::new(Mutex::new(Place::default()));
    let keeping = {
        let (keeper, place) = (Arc::clone(&keeper), Arc::clone(&place));
        thread::spawn(move || {
            keeper.keep(Place::default(), || {
                let place = place.lock().unwrap().clone();
                Progress { place, settled: true }
            });
        })
    };
    for id in ["1", "2"] {
        *place.lock().unwrap() = Place::from(id);
        keeper.ring();
    }
    keeper.close();
    keeping.join().unwrap();
    let written = written.lock().unwrap();
    assert_eq!(written.last().map(String::as_str), Some("2"));
    assert!(written.is_sorted(), "never backwards");
}
