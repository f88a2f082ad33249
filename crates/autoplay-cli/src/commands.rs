//! One file per command. Each has the arguments that it takes and a `run` that gives the exit status.

pub(crate) mod demo;
pub(crate) mod product;
pub(crate) mod serve;
pub(crate) mod tail;

/// Where a connector listens when nothing else is said, and so where the other commands look for it.
pub(crate) const LISTEN: &str = "127.0.0.1:8080";
/// The same as a URL.
pub(crate) const URL: &str = "http://127.0.0.1:8080";
