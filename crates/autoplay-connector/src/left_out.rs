//! The setting that says which events become no action.

use std::collections::HashSet;

/// Names of events that are left out. A name that ends with `*` leaves out whatever begins like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    names: HashSet<String>,
    beginnings: Vec<String>,
}

/// What is left out unless the operator says otherwise.
const DEFAULT: [&str; 15] = [
    "$pageleave",
    "$identify",
    "$set",
    "$groupidentify",
    "$feature_flag_called",
    "$web_vitals",
    "$exception",
    "$opt_in",
    "$$heatmap",
    "$create_alias",
    "$snapshot",
    "$performance_event",
    "$dead_click",
    "$copy_autocapture",
    "survey *",
];

impl LeftOut {
    /// Leaves out these names, and no others.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let mut left_out = Self { names: HashSet::new(), beginnings: Vec::new() };
        for name in names.into_iter().map(Into::into) {
            match name.strip_suffix('*') {
                Some(beginning) => left_out.beginnings.push(beginning.to_owned()),
                None => drop(left_out.names.insert(name)),
            }
        }
        left_out
    }

    /// Is an event of this name left out?
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(name) || self.beginnings.iter().any(|beginning| name.starts_with(beginning))
    }
}

impl Default for LeftOut {
    fn default() -> Self {
        Self::new(DEFAULT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_names_what_the_contract_names() {
        let left_out = LeftOut::default();
        for name in ["$pageleave", "$identify", "$$heatmap", "$copy_autocapture", "survey shown", "survey "] {
            assert!(left_out.contains(name), "{name}");
        }
        for name in
            ["$pageview", "$autocapture", "$rageclick", "csv_exported", "survey", "surveyed", "pageleave", ""]
        {
            assert!(!left_out.contains(name), "{name}");
        }
    }

    #[test]
    fn a_list_of_ones_own_replaces_the_default() {
        let left_out = LeftOut::new(["csv_exported", "internal.*"]);
        assert!(left_out.contains("csv_exported") && left_out.contains("internal.ping"));
        assert!(!left_out.contains("$pageleave") && !left_out.contains("internal"));
    }
}
