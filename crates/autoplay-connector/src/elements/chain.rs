//! The chain's grammar, and what to do with a text that breaks it.
//!
//! ```text
//! chain     = element *( ";" element )
//! element   = [ tag ] *( "." class ) [ ":" *attribute ]
//! attribute = name "=" %x22 value %x22        ; within a value \" is a quote and \\ a backslash
//! ```
//!
//! Classes are whatever authors write (`hover:bg-blue`, `w-[calc(1rem+1px)]`), so an element's attributes begin at the
//! first quote, not at the first colon. Clients escape quotes but not backslashes: a text that ends with a backslash
//! (`text="C:\"`) looks as if its closing quote were escaped. It closes nevertheless where an attribute follows that only
//! a real closing quote can precede.

use std::borrow::Cow;

use super::{Draft, Element, MAX_ELEMENTS};

/// Reads up to [`MAX_ELEMENTS`] elements. Each byte is looked at a bounded number of times.
pub(super) fn parse(chain: &str) -> Vec<Element> {
    let mut cursor = Cursor { rest: chain };
    let mut elements = Vec::new();
    while elements.len() < MAX_ELEMENTS && !cursor.rest.is_empty() {
        let element = cursor.element();
        if element != Element::default() {
            elements.push(element);
        }
    }
    elements
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn element(&mut self) -> Element {
        let (head, first) = self.head();
        let mut draft = Draft::new(head.split(['.', ':']).next().unwrap_or_default().trim());
        let mut name = first;
        while let Some(attribute) = name {
            let value = self.value();
            draft.set(attribute, &value);
            name = self.next_attribute();
        }
        draft.finish()
    }

    /// Tag and classes, and the name of the first attribute if there is one: the cursor is then at its value.
    fn head(&mut self) -> (&'a str, Option<&'a str>) {
        let text = self.rest;
        for (at, byte) in text.bytes().enumerate() {
            if byte == b';' && starts_element(&text[at + 1..]) {
                self.rest = &text[at + 1..];
                return (&text[..at], None);
            }
            if byte == b'"' && text[..at].ends_with('=') {
                self.rest = &text[at + 1..];
                return split_name(&text[..at - 1]);
            }
        }
        self.rest = "";
        (text, None)
    }

    /// The value that begins here, without its escapes; the cursor is then behind the closing quote. A value that is
    /// never closed goes to the end.
    fn value(&mut self) -> Cow<'a, str> {
        let text = self.rest;
        let mut value = Cow::Borrowed("");
        let mut taken = 0;
        let mut at = 0;
        while let Some(found) = text.as_bytes()[at..].iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            at += found;
            let is_quote = text.as_bytes()[at] == b'"';
            match text.as_bytes().get(at + 1) {
                _ if is_quote => {
                    self.rest = &text[at + 1..];
                    return joined(value, &text[taken..at]);
                }
                Some(b'"') if closes(&text[at + 2..]) => at += 1,
                Some(b'"' | b'\\') => {
                    value = joined(value, &text[taken..at]);
                    taken = at + 1;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        self.rest = "";
        joined(value, &text[taken..])
    }

    /// The name of the element's next attribute, the cursor then at its value; or `None`, the cursor at the next element.
    fn next_attribute(&mut self) -> Option<&'a str> {
        let text = self.rest;
        let quote = text.bytes().position(|byte| matches!(byte, b'"' | b';'));
        let Some(at) = quote else {
            self.rest = "";
            return None;
        };
        self.rest = &text[at + 1..];
        (text.as_bytes()[at] == b'"').then(|| text[..at].trim_end_matches('=').trim())
    }
}

fn joined<'a>(value: Cow<'a, str>, more: &'a str) -> Cow<'a, str> {
    if value.is_empty() { Cow::Borrowed(more) } else { value + more }
}

/// Is what follows a `;` an element, or still the class that the `;` is part of?
fn starts_element(text: &str) -> bool {
    text.bytes().next().is_none_or(|byte| byte.is_ascii_alphabetic() || matches!(byte, b':' | b'.' | b';'))
}

/// Splits `tag.class:name` at the colon before the first attribute's name. The name may have colons of its own
/// (`attr__xlink:href`), and so may classes.
fn split_name(head: &str) -> (&str, Option<&str>) {
    let colon = head.find(":attr__").or_else(|| head.rfind(':'));
    colon.map_or(("", Some(head)), |colon| (&head[..colon], Some(&head[colon + 1..])))
}

/// Does `\"`, followed by this text, close a value that ends with a backslash? Yes at the end of the chain, and where an
/// attribute that clients write follows directly or begins the next element. Its opening quote stands behind a bare `=`,
/// which cannot be inside a value: there every quote has a backslash before it.
fn closes(text: &str) -> bool {
    let Some(quote) = text.bytes().position(|byte| byte == b'"') else {
        return text.is_empty();
    };
    let Some(before) = text[..quote].strip_suffix('=') else {
        return false;
    };
    let name = match before.strip_prefix(';') {
        None => before,
        Some(element) => match split_name(element) {
            (_, Some(name)) if element.contains(':') => name,
            _ => return false,
        },
    };
    matches!(name, "nth-child" | "nth-of-type" | "text" | "href" | "attr_id") || name.starts_with("attr__")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::elements::from_chain;

    fn texts(chain: &str) -> Vec<(String, String)> {
        parse(chain).into_iter().map(|element| (element.tag, element.text)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn reads_tags_and_texts_through_everything_a_chain_may_hold() {
        for (chain, expected) in [
            (
                r#"button.btn:attr__class="btn"nth-child="2"text="Pay";form:nth-child="1""#,
                &[("button", "Pay"), ("form", "")][..],
            ),
            (
                r#"p:text="Müller & Söhne \"Pilot\"";body:text="b""#,
                &[("p", "Müller & Söhne \"Pilot\""), ("body", "b")],
            ),
            (r#"p:text="a;b:c.d=e";q:text="x""#, &[("p", "a;b:c.d=e"), ("q", "x")]),
            (r#"p:text="\"; div:text=\"no\"";q:text="x""#, &[("p", "\"; div:text=\"no\""), ("q", "x")]),
            (r#"p:text="a \\ b";q:text="x""#, &[("p", "a \\ b"), ("q", "x")]),
            (r#"p:text="a\\";q:text="x""#, &[("p", "a\\"), ("q", "x")]),
            (r#"p:text="a\nb \d";q:text="x""#, &[("p", "a\\nb \\d"), ("q", "x")]),
            (r#"div.hover:bg-blue.w-[calc(1rem+1px)].py-1.5:nth-child="1"text="x""#, &[("div", "x")]),
            (r#"div.before:content-[';'].a:attr__class="q"text="x""#, &[("div", "x")]),
            (
                r#"use:attr__xlink:href="/i"text="x";svg:attr__:class="y"text="z""#,
                &[("use", "x"), ("svg", "z")],
            ),
            (r#"div;button:text="x";"#, &[("div", ""), ("button", "x")]),
            (r#"div:;span.a;b:text="x""#, &[("div", ""), ("span", ""), ("b", "x")]),
            (r#":text="x";.a.b:text="y";text="z""#, &[("", "x"), ("", "y"), ("", "z")]),
            (r#"my-card:text="x";H1:text="y""#, &[("my-card", "x"), ("h1", "y")]),
            (r#"b:text="🚀 Ship it 🎉";i:text="שלום""#, &[("b", "🚀 Ship it 🎉"), ("i", "שלום")]),
            (r#"b:attr__text="no"text="yes""#, &[("b", "yes")]),
        ] {
            assert_eq!(texts(chain), pairs(expected), "{chain}");
        }
    }

    #[test]
    fn a_text_may_end_with_a_backslash_that_nobody_escaped() {
        for (chain, expected) in [
            (r#"p:text="C:\""#, &[("p", "C:\\")][..]),
            (r#"p:attr__title="C:\"nth-child="1"text="x""#, &[("p", "x")]),
            (r#"p:text="C:\";div.a:attr__id="i"text="x""#, &[("p", "C:\\"), ("div", "x")]),
            (r#"p:text="C:\";div:nth-child="1"text="x""#, &[("p", "C:\\"), ("div", "x")]),
            (r#"p:text="say \"x=\" to id=\"y\"";q:text="x""#, &[("p", "say \"x=\" to id=\"y\""), ("q", "x")]),
        ] {
            assert_eq!(texts(chain), pairs(expected), "{chain}");
        }
    }

    #[test]
    fn a_broken_chain_gives_what_can_be_read() {
        for (chain, expected) in [
            ("", &[][..]),
            (";;;", &[]),
            ("!!!", &[]),
            (r#"p:text="never closed"#, &[("p", "never closed")]),
            (r#"p:text="he said "hi" there"nth-child="1";q:text="x""#, &[("p", "he said"), ("q", "x")]),
            (r#"p:nth-child=1;q:text="x""#, &[("p", ""), ("q", "x")]),
            (r#"p:text="a" , attr__id="i" junk;q:text="x""#, &[("p", "a"), ("q", "x")]),
            ("\"\"\"=\"", &[]),
        ] {
            assert_eq!(texts(chain), pairs(expected), "{chain}");
        }
    }

    #[test]
    fn reads_the_attributes_that_name_an_element() {
        let chain = r#"input:attr__aria-label="A"attr__id="i"attr__name="n"attr__placeholder="p"attr__role="R s"attr__title="t"attr__type="TEXT"attr_id="other""#;
        let expected = Element {
            tag: "input".to_owned(),
            id: "i".to_owned(),
            name: "n".to_owned(),
            aria_label: "A".to_owned(),
            title: "t".to_owned(),
            placeholder: "p".to_owned(),
            role: "r".to_owned(),
            kind: "text".to_owned(),
            ..Element::default()
        };
        assert_eq!(parse(chain), [expected]);
    }

    #[test]
    fn takes_linear_time_whatever_the_chain() {
        let size = 1 << 20;
        for piece in [
            "\"",
            "\\\"",
            ";",
            "\\",
            "a:attr__=\"",
            "\\\";",
            "\\\";a:",
            "\\\"a=",
            ":",
            ".",
            "=\"",
            "p:attr__id=\"\\",
            "x",
        ] {
            let chain = format!("p:text=\"{}", piece.repeat(size / piece.len()));
            let started = Instant::now();
            let elements = parse(&chain);
            assert!(elements.len() <= MAX_ELEMENTS);
            assert!(started.elapsed() < Duration::from_secs(5), "{piece:?}: {:?}", started.elapsed());
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_elements_and_no_panic(chain in r#"([a-z.:;="\\ é🎉]|attr__|text|nth-child){0,200}"#) {
            let _ = from_chain(&chain);
        }

        #[test]
        fn an_escaped_text_comes_back(text in r#"[a-z";:.= é🎉]{1,60}"#, other in "[a-z]{1,9}") {
            let escaped = text.replace('"', "\\\"");
            let chain = format!("button.a:b:attr__id=\"{other}\"nth-child=\"1\"text=\"{escaped}\";div:nth-child=\"1\"");
            let elements = parse(&chain);
            prop_assert_eq!(&elements[0].text, &crate::text::clean(&text));
            prop_assert_eq!(&elements[0].id, &other);
            prop_assert_eq!(elements.len(), 2);
        }
    }
}
