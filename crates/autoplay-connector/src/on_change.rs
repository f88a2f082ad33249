//! Telling of trouble once, when it begins and when it ends: what fails thousands of times a second must not fill the disk
//! with log lines.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the last attempt failed.
#[derive(Debug, Default)]
pub(crate) struct OnChange(AtomicBool);

impl OnChange {
    /// Notes an attempt, and says whether it went otherwise than the one before. The first is expected to succeed.
    pub(crate) fn note(&self, failed: bool) -> bool {
        self.0.swap(failed, Ordering::Relaxed) != failed
    }
}

#[cfg(test)]
mod tests {
    use super::OnChange;

    #[test]
    fn trouble_is_told_when_it_begins_and_when_it_ends() {
        let failing = OnChange::default();
        let told = [false, true, true, true, false, false, true].map(|failed| failing.note(failed));
        assert_eq!(told, [false, true, false, false, true, false, true]);
    }
}
