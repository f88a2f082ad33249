//! The elements of a page under the pointer, innermost first, as a click or a change reports them.
//!
//! They come as a chain (`button.btn:attr__id="pay"nth-child="2"text="Pay";form:…`) or, from old clients, as a list of
//! objects. Both give the same [`Element`]s: what a person would call the element by, and nothing else.
//!
//! **What a user typed is gone after reading.** Fields have no text and no value, and neither has anything within an
//! editable element; only an `<input type="submit">`'s value counts, as the text that it is: its author wrote it.

mod chain;

use autoplay_protocol::json::{Object, Value};
use serde::{Deserialize, Serialize};

use crate::text::clean;

/// How many elements are read. What has a meaning is near the innermost one, whatever the depth of the page.
pub const MAX_ELEMENTS: usize = 128;

/// One element, described by what people can see of it. Empty means absent; texts are trimmed, folded and cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Element {
    /// The tag's name in lower case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// The text that the element shows.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Attribute `id`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Attribute `name`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Attribute `aria-label`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub aria_label: String,
    /// Attribute `title`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Attribute `placeholder`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub placeholder: String,
    /// The first word of the attribute `role`, in lower case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Attribute `type`, in lower case.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Attribute `contenteditable`, where there is one: does it make the element's content editable?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub editable: Option<bool>,
}

/// What an element is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Button,
    Link,
    /// Holds what the user enters.
    Field,
    Other,
}

/// Reads a chain. Any text gives some elements, in time linear in its length.
#[must_use]
pub fn from_chain(chain: &str) -> Vec<Element> {
    without_typed_text(chain::parse(chain))
}

/// Reads a list of elements: `tag_name`, `$el_text`, `attr__id` … An entry that is no object is passed over.
#[must_use]
pub fn from_list(list: &[Value]) -> Vec<Element> {
    let objects = list.iter().filter_map(Value::as_object);
    let elements = objects.take(MAX_ELEMENTS).map(|object| {
        let mut draft = Draft::new(object.get("tag_name").and_then(Value::as_str).unwrap_or_default());
        draft.set_all(object);
        if let Some(attributes) = object.get("attributes").and_then(Value::as_object) {
            draft.set_all(attributes);
        }
        draft.finish()
    });
    without_typed_text(elements.collect())
}

impl Element {
    /// What the element is for. A native field is one whatever its role. Roles that say as much as a tag come next, as
    /// they do for those who use a screen reader; then the tag (a tab that is an `<a>` is a link); then roles of parts
    /// that work like buttons.
    pub(crate) fn part(&self) -> Part {
        let tag = self.tag.as_str();
        match tag {
            "input" if self.shows_its_value() || self.kind == "image" => return Part::Button,
            "input" | "textarea" | "select" | "option" => return Part::Field,
            _ => {}
        }
        match self.role.as_str() {
            "button" => Part::Button,
            "link" => Part::Link,
            "textbox" | "searchbox" | "combobox" | "spinbutton" | "slider" | "checkbox" | "radio" => {
                Part::Field
            }
            _ if tag == "button" => Part::Button,
            _ if matches!(tag, "a" | "area") => Part::Link,
            "tab" | "menuitem" | "menuitemcheckbox" | "menuitemradio" | "switch" => Part::Button,
            _ => Part::Other,
        }
    }

    /// About how much memory the element takes.
    pub(crate) fn weight(&self) -> usize {
        let Self { tag, text, id, name, aria_label, title, placeholder, role, kind, editable: _ } = self;
        let texts = [tag, text, id, name, aria_label, title, placeholder, role, kind];
        size_of::<Self>() + texts.map(String::len).into_iter().sum::<usize>()
    }

    /// A field that is set by choosing, not by typing.
    pub(crate) fn is_choice(&self) -> bool {
        let is_box = |kind: &str| matches!(kind, "checkbox" | "radio");
        match self.tag.as_str() {
            "input" => is_box(&self.kind),
            "select" | "option" => true,
            _ => is_box(&self.role) || self.role == "switch",
        }
    }

    fn shows_its_value(&self) -> bool {
        self.tag == "input" && matches!(self.kind.as_str(), "submit" | "button" | "reset")
    }
}

/// An element while its attributes are read, in whatever order they come.
struct Draft {
    element: Element,
    value: String,
    alt: String,
}

impl Draft {
    fn new(tag: &str) -> Self {
        let tag = if tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            tag
        } else {
            ""
        };
        let element = Element { tag: clean(tag).to_ascii_lowercase(), ..Element::default() };
        Self { element, value: String::new(), alt: String::new() }
    }

    fn set_all(&mut self, attributes: &Object) {
        for (name, value) in attributes {
            match value {
                Value::String(value) => self.set(name, value),
                Value::Number(value) => self.set(name, &value.to_string()),
                _ => {}
            }
        }
    }

    /// Takes an attribute, under its own name or with the prefix `attr__`. The first one that says something stands.
    fn set(&mut self, name: &str, value: &str) {
        let element = &mut self.element;
        let slot = match name.strip_prefix("attr__").unwrap_or(name) {
            "contenteditable" => {
                element.editable.get_or_insert(!value.trim().eq_ignore_ascii_case("false"));
                return;
            }
            "text" if name == "text" => &mut element.text,
            "$el_text" => &mut element.text,
            "id" | "attr_id" => &mut element.id,
            "name" => &mut element.name,
            "aria-label" => &mut element.aria_label,
            "title" => &mut element.title,
            "placeholder" => &mut element.placeholder,
            "role" => &mut element.role,
            "type" => &mut element.kind,
            "value" => &mut self.value,
            "alt" => &mut self.alt,
            _ => return,
        };
        if slot.is_empty() {
            *slot = clean(value);
        }
    }

    fn finish(self) -> Element {
        let Self { mut element, value, alt } = self;
        element.kind.make_ascii_lowercase();
        element.role = element.role.split(' ').next().unwrap_or_default().to_ascii_lowercase();
        if element.text.is_empty() {
            if element.shows_its_value() {
                element.text = value;
            } else if element.part() == Part::Button && element.kind == "image" {
                element.text = alt;
            }
        }
        element
    }
}

/// Takes the text off every field, off what is within a native one (a select's options), and off everything that the
/// nearest `contenteditable` around it, or its own, makes editable.
fn without_typed_text(mut elements: Vec<Element>) -> Vec<Element> {
    let (mut editable, mut within_native) = (false, false);
    for element in elements.iter_mut().rev() {
        editable = element.editable.unwrap_or(editable);
        let is_field = element.part() == Part::Field;
        let is_box_with_label =
            is_field && element.tag != "input" && matches!(element.role.as_str(), "checkbox" | "radio");
        within_native |= is_field && matches!(element.tag.as_str(), "select" | "textarea");
        if editable || within_native || is_field && !is_box_with_label {
            element.text.clear();
        }
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(json: &str) -> Vec<Element> {
        from_list(Value::parse(json).unwrap().as_array().unwrap())
    }

    #[test]
    fn a_list_and_its_chain_give_the_same_elements() {
        let chain = r#"input:attr__id="email"attr__name="e \"x\""attr_id="email"nth-child="2"nth-of-type="1";label.a.b:attr__class="a b"nth-child="2"nth-of-type="1"text="E-mail";body:nth-child="2"nth-of-type="1""#;
        let listed = list(
            r#"[{"tag_name":"input","$el_text":"","attr__id":"email","attr__name":"e \"x\"","nth_child":2,"nth_of_type":1},
                {"tag_name":"LABEL","$el_text":" E-mail ","attr__class":"a b","nth_child":2,"nth_of_type":1},
                {"tag_name":"body","nth_child":2,"nth_of_type":1}]"#,
        );
        assert_eq!(from_chain(chain), listed);
    }

    #[test]
    fn a_list_may_hold_anything() {
        let listed = list(
            r#"[null, 7, "x", [], {"tag_name": 7, "attr__id": 42, "attr__name": null, "$el_text": {}}, {"attributes": {"attr__title": "T"}}]"#,
        );
        let expected = [
            Element { id: "42".to_owned(), ..Element::default() },
            Element { title: "T".to_owned(), ..Element::default() },
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn the_number_of_elements_is_bounded() {
        assert_eq!(from_chain(&"div:id=\"x\";".repeat(10_000)).len(), MAX_ELEMENTS);
        let json = format!("[{}{{}}]", "{},".repeat(10_000));
        assert_eq!(list(&json).len(), MAX_ELEMENTS);
    }

    #[test]
    fn what_was_typed_is_gone() {
        for chain in [
            r#"input:attr__type="text"attr__value="typed"text="typed""#,
            r#"input:attr__value="typed""#,
            r#"input:attr__type="password"attr__value="typed""#,
            r#"textarea:text="typed""#,
            r#"option:text="typed";select:text="typed""#,
            r#"div:attr__role="textbox"text="typed""#,
            r#"button:attr__role="combobox"text="typed""#,
            r#"div:attr__contenteditable="true"text="typed""#,
            r#"b:text="typed";p:text="typed";div:attr__contenteditable=""text="typed""#,
            r#"button:text="typed";div:attr__contenteditable="plaintext-only""#,
            r#"p:text="typed";div:attr__contenteditable="TRUE";div:attr__contenteditable="false""#,
        ] {
            let elements = from_chain(chain);
            assert!(!serde_json::to_string(&elements).unwrap().contains("typed"), "{chain}");
        }
    }

    #[test]
    fn what_its_author_wrote_stays() {
        for (chain, expected) in [
            (r#"input:attr__type="submit"attr__value="Save""#, "Save"),
            (r#"input:attr__value="Save"attr__type="SUBMIT""#, "Save"),
            (r#"input:attr__type="button"attr__value="Save""#, "Save"),
            (r#"input:attr__type="image"attr__alt="Save"attr__value="no""#, "Save"),
            (r#"p:text="Save";div:attr__contenteditable="false""#, "Save"),
            (r#"span:text="Save";a:attr__contenteditable="false";div:attr__contenteditable="true""#, "Save"),
            (r#"button:text="Save";div:attr__role="combobox""#, "Save"),
            (r#"div:attr__role="radio"text="Save""#, "Save"),
            (r#"button:attr__value="no"text="Save""#, "Save"),
        ] {
            assert_eq!(from_chain(chain)[0].text, expected, "{chain}");
        }
    }

    #[test]
    fn knows_what_an_element_is_for() {
        for (chain, part) in [
            (r#"button:text="x""#, Part::Button),
            ("BUTTON", Part::Button),
            (r#"input:attr__type="submit""#, Part::Button),
            (r#"input:attr__type="reset""#, Part::Button),
            (r#"input:attr__type="image""#, Part::Button),
            (r#"div:attr__role="button""#, Part::Button),
            (r#"a:attr__href="/x"attr__role="tab""#, Part::Link),
            (r##"a:attr__href="#"attr__role="button""##, Part::Button),
            (r#"div:attr__role="tab""#, Part::Button),
            (r#"li:attr__role="MenuItem none""#, Part::Button),
            (r#"a:attr__href="/x"href="/x""#, Part::Link),
            (r#"area:attr__href="/x""#, Part::Link),
            (r#"span:attr__role="link""#, Part::Link),
            ("input", Part::Field),
            (r#"input:attr__type="checkbox"attr__role="switch""#, Part::Field),
            ("textarea", Part::Field),
            ("select", Part::Field),
            (r#"div:attr__role="searchbox""#, Part::Field),
            (r#"button:attr__role="combobox""#, Part::Field),
            ("div", Part::Other),
            (r#"div:attr__role="presentation""#, Part::Other),
        ] {
            assert_eq!(from_chain(chain)[0].part(), part, "{chain}");
        }
    }
}
