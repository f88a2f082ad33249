//! What the client promises, one file per promise, against a server that misbehaves by script.

mod drops_are_exact;
mod support;
