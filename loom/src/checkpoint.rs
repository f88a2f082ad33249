//! The checkpoint's keeper, with a file that is only a list of what was written.

#[path = "../../crates/autoplay-sdk/src/checkpoint/keeper.rs"]
mod keeper;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

pub(crate) use keeper::{Keeper, Progress};

use crate::place::Place;

#[derive(Debug, Default)]
pub(crate) struct Checkpoint {
    path: PathBuf,
    url: String,
    pub(crate) written: Arc<Mutex<Vec<String>>>,
}

impl Checkpoint {
    pub(crate) fn write(&self, place: &Place) -> io::Result<()> {
        self.written.lock().unwrap().push(place.as_str().to_owned());
        Ok(())
    }
}
