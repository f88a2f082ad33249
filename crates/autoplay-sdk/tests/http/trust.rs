//! An authority for a test, as a file that a client can be given.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use autoplay_testkit::Authority;

/// An authority, and its certificate in a file that goes when this does.
pub(crate) struct Trust {
    pub(crate) authority: Authority,
    path: PathBuf,
}

impl Trust {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("autoplay-sdk-trust-{}-{number}.pem", std::process::id());
        let path = std::env::temp_dir().join(name);
        let authority = Authority::new();
        fs::write(&path, authority.pem()).unwrap();
        Self { authority, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Trust {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.path);
    }
}
