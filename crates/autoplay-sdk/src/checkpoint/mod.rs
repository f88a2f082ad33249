//! The place in the stream, kept in a file: a client that starts anew goes on where the last one was.
//!
//! ```json
//! {"version":1,"url":"https://example.com/stream/my-product","last_event_id":"1-5f3a-41"}
//! ```

mod document;
mod keeper;

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(crate) use keeper::{Keeper, Progress};

use crate::Error;
use crate::place::Place;

/// No more links than the system itself follows.
const MOST_LINKS: usize = 40;

/// A checkpoint that no other client uses while this one is there.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    path: PathBuf,
    url: String,
    /// Holds the lock. It is a file of its own, since the checkpoint itself is replaced with each write.
    _lock: File,
}

impl Checkpoint {
    /// Locks the checkpoint for the stream at `url` (as it is shown, without secrets), reads the place in it, if there is
    /// one, and makes sure that it can be written.
    pub(crate) fn open(path: &Path, url: &str) -> Result<(Self, Option<Place>), Error> {
        let path = behind_links(path);
        let lock = lock(&path)?;
        let checkpoint = Self { path, url: url.to_owned(), _lock: lock };
        let place = checkpoint.read()?;
        checkpoint.try_to_write()?;
        Ok((checkpoint, place))
    }

    /// Replaces the file: whenever the machine stops, the old one is there or the new one, whole.
    pub(crate) fn write(&self, place: &Place) -> io::Result<()> {
        let next = self.next();
        let mut file = File::create(&next)?;
        file.write_all(document::write(&self.url, place).as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, &self.path)?;
        sync_folder(&self.path)
    }

    fn read(&self) -> Result<Option<Place>, Error> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(problem(
                    &self.path,
                    format!("can't be read: {error}; give the path of a file that can"),
                ));
            }
        };
        document::read(&text, &self.url).map(Some).map_err(|what| problem(&self.path, what))
    }

    /// What is found out now is not found out hours later.
    fn try_to_write(&self) -> Result<(), Error> {
        let next = self.next();
        File::create(&next).and_then(|file| file.sync_all()).and_then(|()| fs::remove_file(&next)).map_err(
            |error| problem(&self.path, format!("can't be written: {error}; give one in a folder that can")),
        )
    }

    fn next(&self) -> PathBuf {
        with_ending(&self.path, ".new")
    }
}

/// The file that a path leads to. A link would be replaced by the first write, and the file behind it left as it was.
fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // Of links that lead in a circle, the system says so when the file is opened.
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}

fn lock(path: &Path) -> Result<File, Error> {
    let lock = with_ending(path, ".lock");
    let file = File::options().create(true).truncate(false).write(true).open(&lock).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            return problem(path, "can't be written: its folder does not exist; make it first");
        }
        problem(path, format!("can't be written: its lock {} can't be opened: {error}", lock.display()))
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(problem(path, "is in use by another client; give each client a checkpoint of its own"))
        }
        Err(TryLockError::Error(error)) => {
            Err(problem(path, format!("can't be locked: {}: {error}", lock.display())))
        }
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// A file that was renamed is only there for good when its folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn problem(path: &Path, what: impl AsRef<str>) -> Error {
    Error::config("checkpoint", format!("{} {}", path.display(), what.as_ref()))
}
