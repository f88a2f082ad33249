//! The async client with the face of the blocking one, and the settings that only these tests need.

use std::path::PathBuf;

#[expect(dead_code, reason = "these tests need a part of it")]
#[path = "../async_promises/support.rs"]
mod face;

pub(crate) use face::{Builder, LIMIT, Seen, batch, batches, quick, sessions_of, wait_until};

impl Builder {
    pub(crate) fn ca_file(self, path: impl Into<PathBuf>) -> Self {
        Self(self.0.ca_file(path))
    }

    pub(crate) fn proxy(self, url: impl Into<String>) -> Self {
        Self(self.0.proxy(url))
    }
}
