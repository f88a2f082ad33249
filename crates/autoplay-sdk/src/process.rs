//! The process that a client belongs to.

use crate::Error;

/// A client that is copied into a child process by `fork()` has none of its threads there, and its locks may be held
/// for ever. So it is recognised before anything of it is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn here() -> Self {
        Self(std::process::id())
    }

    pub(crate) fn is_here(self) -> bool {
        self == Self::here()
    }

    pub(crate) fn check(self) -> Result<(), Error> {
        if self.is_here() { Ok(()) } else { Err(Error::forked()) }
    }
}

#[cfg(test)]
impl Process {
    /// Any other one.
    pub(crate) fn elsewhere() -> Self {
        Self(std::process::id().wrapping_add(1))
    }
}
