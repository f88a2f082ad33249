use super::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Objects with more members than this are looked up through a hash index, smaller ones by going through them.
const INDEXED_ABOVE: usize = 16;

/// The members of a JSON object, in the order in which their names first came.
///
/// Two objects are equal if they have equal members, in whatever order. However many members there are, and
/// whatever they are called, adding or finding one takes constant time.
#[derive(Clone, Default)]
pub struct Object {
    members: Vec<(Arc<str>, Value)>,
    /// Only kept above [`INDEXED_ABOVE`]; boxed because few objects have one, and every value is as large as this.
    index: Option<Box<Index>>,
}

/// The place of each member by its name.
#[derive(Clone)]
struct Index(HashMap<Arc<str>, usize>);

impl Object {
    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The value of the member `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.place(name).map(|place| &self.members[place].1)
    }

    /// The value of the member `name`, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.place(name).map(|place| &mut self.members[place].1)
    }

    /// Whether there is a member `name`.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// Adds a member at the end, or replaces the value of the one that has this name, where it stands.
    ///
    /// Gives the value that was replaced.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Option<Value> {
        self.put(name.into(), value.into())
    }

    /// The members in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.members.iter())
    }

    fn put(&mut self, name: Arc<str>, value: Value) -> Option<Value> {
        if let Some(place) = self.place(&name) {
            return Some(std::mem::replace(&mut self.members[place].1, value));
        }
        let place = self.members.len();
        if let Some(index) = &mut self.index {
            index.0.insert(Arc::clone(&name), place);
        }
        self.members.push((name, value));
        if place == INDEXED_ABOVE {
            self.index = Some(Box::new(Index::of(&self.members)));
        }
        None
    }

    fn place(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.0.get(name).copied(),
            None => self.members.iter().position(|(known, _)| &**known == name),
        }
    }
}

impl Index {
    fn of(members: &[(Arc<str>, Value)]) -> Self {
        Self(members.iter().enumerate().map(|(place, (name, _))| (Arc::clone(name), place)).collect())
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<N: Into<Arc<str>>, V: Into<Value>> FromIterator<(N, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Self {
        let mut object = Self::new();
        object.extend(members);
        object
    }
}

impl<N: Into<Arc<str>>, V: Into<Value>> Extend<(N, V)> for Object {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, members: I) {
        for (name, value) in members {
            self.insert(name, value);
        }
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a str, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl IntoIterator for Object {
    type Item = (Arc<str>, Value);
    type IntoIter = std::vec::IntoIter<(Arc<str>, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

/// Goes through the members of an [`Object`] in order.
#[derive(Debug, Clone)]
pub struct Iter<'a>(std::slice::Iter<'a, (Arc<str>, Value)>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (&**name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: i64) -> Object {
        (0..count).map(|number| (format!("k{number}"), number)).collect()
    }

    #[test]
    fn the_last_value_of_a_name_wins_at_the_place_of_the_first() {
        for count in [3, 100] {
            let mut object = numbered(count);
            assert_eq!(object.insert("k1", "new"), Some(Value::from(1)));
            assert_eq!(object.len(), usize::try_from(count).unwrap());
            assert_eq!(object.iter().nth(1), Some(("k1", &Value::from("new"))));
        }
    }

    #[test]
    fn names_are_found_on_both_sides_of_the_index() {
        for count in 0..40 {
            let mut object = numbered(count);
            for number in 0..count {
                assert_eq!(object.get(&format!("k{number}")), Some(&Value::from(number)));
            }
            assert_eq!(object.get("other"), None);
            assert_eq!(object.get_mut("k0").is_some(), count > 0);
        }
    }

    #[test]
    fn order_is_no_part_of_equality() {
        for count in [3, 100] {
            let object = numbered(count);
            let backwards: Object =
                object.clone().into_iter().collect::<Vec<_>>().into_iter().rev().collect();
            assert_eq!(object, backwards);
            assert_ne!(object, numbered(count + 1));
            assert_ne!(numbered(1), Object::from_iter([("k1", 0)]));
        }
    }
}
