//! The connector: takes in what browsers send, turns it into readable UI actions, and streams them.

pub mod actions;
pub mod browser_event;
pub mod elements;
mod identity;
mod left_out;
pub mod page;
mod percent;
pub mod posthog;
mod segment;
pub mod summary;
mod target;
mod text;
mod timestamp;
pub mod webhook;
mod wording;
