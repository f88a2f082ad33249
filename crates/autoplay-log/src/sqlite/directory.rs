use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::OpenError;

/// The directory of an open log, and the lock that keeps other processes out of it.
///
/// The lock belongs to the open file, not to its existence: the system lets go of it when the process ends, however
/// it ends.
pub(super) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Directory { path: path.to_owned(), source };
        // SQLite takes a relative `file:…` for a URI.
        let path = &std::path::absolute(path).map_err(failed)?;
        make(path).map_err(failed)?;
        let lock = lock(path, &path.join("log.lock"))?;
        // Only now: nobody else is at work here.
        create_private(&path.join("log.sqlite")).map_err(failed)?;
        sync(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join("log.sqlite")
    }

    pub(super) fn wal(&self) -> PathBuf {
        self.path.join("log.sqlite-wal")
    }
}

fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    // The new directory's entry must survive a power loss as its contents will.
    path.parent().map_or(Ok(()), sync)
}

/// SQLite gives its other files the mode of this one.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn lock(directory: &Path, path: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Directory { path: directory.to_owned(), source };
    let mut file = create_private(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(OpenError::InUse { path: directory.to_owned(), holder: holder(&mut file) });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    // For the message above, in another process. Not being able to write it is no reason to refuse.
    let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(file)
}

fn holder(lock: &mut File) -> String {
    let mut id = String::new();
    match lock.take(20).read_to_string(&mut id) {
        Ok(_) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => format!("process {id}"),
        _ => "another process".into(),
    }
}

/// Cuts the file to a length, durably.
pub(super) fn cut(path: &Path, length: u64) -> io::Result<()> {
    if fs::metadata(path)?.len() < length {
        return Err(io::Error::other("the file is shorter than what was made durable"));
    }
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(length)?;
    file.sync_all()
}
