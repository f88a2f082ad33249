use std::fmt;

/// What reading put right in a payload, and a warning should mention.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Corrections {
    /// What `count` said (0 where it said nothing), if that was not how many actions there are.
    pub count: Option<i64>,
    /// How many elements of `actions` were left out because they were no objects.
    pub left_out: usize,
}

impl Corrections {
    /// Whether nothing had to be put right.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The words of the warning; nothing if nothing had to be put right.
impl fmt::Display for Corrections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(count) = self.count {
            write!(f, "`count` said {count}, which is not the number of actions")?;
        }
        if self.count.is_some() && self.left_out > 0 {
            f.write_str("; ")?;
        }
        if self.left_out > 0 {
            write!(f, "{} of the elements of `actions` were no objects and are left out", self.left_out)?;
        }
        Ok(())
    }
}
