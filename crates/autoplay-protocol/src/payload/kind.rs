/// What an event is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A batch of actions.
    Actions,
    /// A summary.
    Summary,
    /// A gap.
    Gap,
    /// Any other type.
    Other,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Actions, Self::Summary, Self::Gap, Self::Other];

    pub(super) fn of(name: &str) -> Self {
        match name {
            "actions" => Self::Actions,
            "summary" => Self::Summary,
            "gap" => Self::Gap,
            _ => Self::Other,
        }
    }

    /// The name of the type; `other` where it is none of those known here.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Summary => "summary",
            Self::Gap => "gap",
            Self::Other => "other",
        }
    }
}
