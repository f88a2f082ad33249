//! The fields of an object, as names to be found and as values to be told apart.

/// An enum of fields, each with its name in JSON.
macro_rules! fields {
    ($(#[$docs:meta])* $fields:ident { $($field:ident: $name:literal,)+ }) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $fields { $($field,)+ }

        impl $fields {
            pub(super) const TEXTS: &[&str] = &[$($name,)+];
            pub(super) const NAMES: &[crate::json::Name<Self>] =
                &[$(crate::json::Name::new($name, Self::$field),)+];
        }
    };
}

pub(super) use fields;
