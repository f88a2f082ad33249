//! Of all the elements under the pointer, the one that was meant, and what people call it.

use crate::elements::{Element, Part};

/// What an action was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// By its text.
    Button(String),
    /// By its text.
    Link(String),
    /// By its label; empty if it has none.
    Field(String),
    /// Anything else, by its text or by an attribute.
    Named(String),
    /// Nobody said what.
    Nothing,
}

impl Subject {
    /// As it stands in a sentence; `None` if there is nothing to say.
    pub(crate) fn phrase(&self) -> Option<String> {
        match self {
            Self::Button(text) => Some(format!("{text} button")),
            Self::Link(text) => Some(format!("{text} link")),
            Self::Field(label) if label.is_empty() => Some("field".to_owned()),
            Self::Field(label) => Some(format!("{label} field")),
            Self::Named(name) => Some(name.clone()),
            Self::Nothing => None,
        }
    }
}

/// What a click was meant for: the editable element around it; else the innermost button, link or field; else the
/// innermost text; else the innermost element, by an attribute.
pub(crate) fn clicked(elements: &[Element]) -> Subject {
    match (target(elements), focused(elements)) {
        (Some(at), Subject::Field(label)) if label.is_empty() => by_attribute(&elements[at]),
        (_, subject) => subject,
    }
}

/// What got or lost the focus: as with a click, but a field without a label is still a field.
pub(crate) fn focused(elements: &[Element]) -> Subject {
    let Some(at) = target(elements) else {
        return by_text(elements);
    };
    let element = &elements[at];
    if element.part() == Part::Field || element.editable == Some(true) {
        return Subject::Field(label(element).to_owned());
    }
    let own_then_inner = elements[..=at].iter().rev();
    match own_then_inner.map(|element| &element.text).find(|text| !text.is_empty()) {
        Some(text) if element.part() == Part::Link => Subject::Link(text.clone()),
        Some(text) => Subject::Button(text.clone()),
        None => by_attribute(element),
    }
}

/// What was typed into or changed, and whether that was a choice: a select, a checkbox, a radio button.
pub(crate) fn entered(elements: &[Element]) -> (Subject, bool) {
    let field = editor(elements).or_else(|| field(elements)).unwrap_or_default();
    let Some(element) = elements.get(field) else {
        return (Subject::Field(String::new()), false);
    };
    (Subject::Field(label(element).to_owned()), element.is_choice())
}

/// The name of the form that was submitted; empty if it has none.
pub(crate) fn form(elements: &[Element]) -> &str {
    let form = elements.iter().find(|element| element.tag == "form").or_else(|| elements.first());
    form.map_or("", |form| first_said([&form.name, &form.id]))
}

fn target(elements: &[Element]) -> Option<usize> {
    editor(elements).or_else(|| {
        let innermost = elements.iter().position(|element| element.part() != Part::Other)?;
        Some(select_of(elements, innermost))
    })
}

/// The nearest element that says whether its content can be edited, if it says yes.
fn editor(elements: &[Element]) -> Option<usize> {
    let says = elements.iter().position(|element| element.editable.is_some())?;
    (elements[says].editable == Some(true)).then_some(says)
}

fn field(elements: &[Element]) -> Option<usize> {
    let innermost = elements.iter().position(|element| element.part() == Part::Field)?;
    Some(select_of(elements, innermost))
}

/// An option stands for the select that it is part of.
fn select_of(elements: &[Element], at: usize) -> usize {
    if elements[at].tag != "option" {
        return at;
    }
    elements[at..].iter().position(|element| element.tag == "select").map_or(at, |outwards| at + outwards)
}

/// The innermost element's text, of those that have one; else the innermost element by an attribute.
fn by_text(elements: &[Element]) -> Subject {
    let text = elements.iter().map(|element| &element.text).find(|text| !text.is_empty());
    match (text, elements.first()) {
        (Some(text), _) => Subject::Named(text.clone()),
        (None, Some(innermost)) => by_attribute(innermost),
        (None, None) => Subject::Nothing,
    }
}

fn by_attribute(element: &Element) -> Subject {
    let id = if element.id.is_empty() { String::new() } else { format!("#{}", element.id) };
    match first_said([&element.aria_label, &element.title, &id, &element.name, &element.tag]) {
        "" => Subject::Nothing,
        name => Subject::Named(name.to_owned()),
    }
}

/// A field's label. The only fields that still have a text are boxes made of other elements: nobody types into those.
fn label(element: &Element) -> &str {
    let text = if element.part() == Part::Field { &element.text } else { "" };
    first_said([&element.aria_label, &element.placeholder, &element.name, &element.id, text])
}

fn first_said<const N: usize>(candidates: [&str; N]) -> &str {
    candidates.into_iter().find(|candidate| !candidate.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elements::from_chain;

    #[test]
    fn a_click_is_a_click_on_what_was_meant() {
        for (chain, expected) in [
            (r#"button:attr__id="b"text="Apply coupon""#, "Apply coupon button"),
            (
                r#"path:attr__id="p";svg:attr__viewBox="0 0 1 1";button:text="Share";p:text="no""#,
                "Share button",
            ),
            (r#"span.icon:text="⚙️";button:text="⚙️ Customize""#, "⚙️ Customize button"),
            (r#"b:text="all";span:text="Save all";button:attr__id="save""#, "Save all button"),
            (r#"svg:attr__aria-label="no";button:attr__aria-label="Close"attr__id="x""#, "Close"),
            (r#"i:nth-child="1";button:attr__title="Close"attr__id="x""#, "Close"),
            (r#"button:attr__id="menu-toggle"attr__name="n""#, "#menu-toggle"),
            (r#"button:attr__name="choose""#, "choose"),
            (r#"button:attr__class="btn""#, "button"),
            (r#"input:attr__type="submit"attr__value="Save"attr__name="s""#, "Save button"),
            (r#"input:attr__type="submit"attr__name="s""#, "s"),
            (r#"div:attr__role="button"text="Pay""#, "Pay button"),
            (r#"div:attr__role="tab"text="Files""#, "Files button"),
            (r#"a:attr__href="/rates"href="/rates"text="Shipping rates""#, "Shipping rates link"),
            (r#"img:attr__alt="no";a:attr__aria-label="Start"attr__href="/""#, "Start"),
            (r#"em:text="here";a:attr__href="/"attr__id="x""#, "here link"),
            (r#"button:text="Buy";a:attr__href="/"text="no""#, "Buy button"),
            (r#"span:text="no";a:attr__href="/"attr__role="button"text="Sign up""#, "Sign up button"),
            (
                r#"input:attr__aria-label="Postcode"attr__placeholder="p"attr__name="n"attr__id="i""#,
                "Postcode field",
            ),
            (r#"input:attr__placeholder="Search …"attr__name="n"attr__id="i""#, "Search … field"),
            (r#"input:attr__name="postcode"attr__id="i";label:text="no""#, "postcode field"),
            (r#"textarea:attr__id="note""#, "note field"),
            (r#"option:text="no";select:attr__name="country""#, "country field"),
            (r#"option:text="no"attr__id="de";div:attr__id="d""#, "de field"),
            (r#"input:attr__title="Code""#, "Code"),
            ("input", "input"),
            (r#"div:attr__role="radio"text="Pro""#, "Pro field"),
            (r#"div:attr__class="plan"text="Pro plan""#, "Pro plan"),
            (r#"div:attr__id="d";section:text="Plans";main:text="no""#, "Plans"),
            (r#"div:attr__aria-label="A"attr__title="t"attr__id="i""#, "A"),
            (r#"div:attr__title="t"attr__id="i""#, "t"),
            (r#"div:attr__id="i"attr__name="n";main:attr__id="app""#, "#i"),
            (r#"div:attr__name="n";main:attr__id="app""#, "n"),
            (r#"div:nth-child="1";main:attr__id="app""#, "div"),
            (
                r#"b:text="typed";p:text="typed";div:attr__aria-label="Message"attr__contenteditable="true""#,
                "Message field",
            ),
            (r#"button:text="typed";div:attr__contenteditable=""attr__id="editor""#, "editor field"),
            (r#"div:attr__contenteditable="true"text="typed""#, "div"),
            (
                r#"button:text="Bold";div:attr__contenteditable="false";div:attr__contenteditable="true""#,
                "Bold button",
            ),
        ] {
            assert_eq!(clicked(&from_chain(chain)).phrase().as_deref(), Some(expected), "{chain}");
        }
        assert_eq!(clicked(&[]), Subject::Nothing);
        assert_eq!(clicked(&from_chain(r#":attr__contenteditable="true""#)), Subject::Nothing);
    }

    #[test]
    fn what_is_entered_goes_into_the_field() {
        for (chain, expected, is_choice) in [
            (r#"input:attr__aria-label="A"attr__name="n""#, "A field", false),
            (r#"input:attr__id="i";form:attr__name="f""#, "i field", false),
            (r#"span:text="typed";div:attr__contenteditable="true"attr__id="editor""#, "editor field", false),
            (r#"select:attr__name="country""#, "country field", true),
            (r#"option:text="no";select:attr__name="country""#, "country field", true),
            (r#"input:attr__name="terms"attr__type="checkbox""#, "terms field", true),
            (r#"input:attr__name="plan"attr__type="radio""#, "plan field", true),
            (r#"input:attr__name="on"attr__role="switch"attr__type="checkbox""#, "on field", true),
            (r#"input:attr__name="size"attr__type="range""#, "size field", false),
            (r#"div:attr__role="checkbox"text="Terms""#, "Terms field", true),
            ("input", "field", false),
            (r#"x-date:attr__name="due""#, "due field", false),
            (r#"body:text="no""#, "field", false),
        ] {
            let (subject, choice) = entered(&from_chain(chain));
            assert_eq!((subject.phrase().as_deref(), choice), (Some(expected), is_choice), "{chain}");
        }
        assert_eq!(entered(&[]), (Subject::Field(String::new()), false));
    }

    #[test]
    fn a_form_goes_by_its_name() {
        for (chain, expected) in [
            (r#"form:attr__name="address"attr__id="i""#, "address"),
            (r#"form:attr__id="login-form""#, "login-form"),
            (r#"button:attr__name="b";form:attr__id="f""#, "f"),
            ("form", ""),
        ] {
            assert_eq!(form(&from_chain(chain)), expected, "{chain}");
        }
        assert_eq!(form(&[]), "");
    }

    #[test]
    fn a_field_without_a_label_can_still_get_the_focus() {
        assert_eq!(focused(&from_chain("input")).phrase().as_deref(), Some("field"));
        assert_eq!(focused(&from_chain(r#"button:text="Save""#)).phrase().as_deref(), Some("Save button"));
    }
}
