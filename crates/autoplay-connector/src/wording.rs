//! Actions in words: the title and the description of each.

use crate::actions::About;
use crate::browser_event::{ActionKind, BrowserEvent};
use crate::page::{capitalised, page_name};
use crate::target::{self, Subject};
use crate::text::clean;

/// What an action is called, and what the summary needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wording {
    pub(crate) title: String,
    pub(crate) description: String,
    /// What it was about: `Pay button`, the form's name, the custom event's name; empty if unknown.
    pub(crate) subject: String,
    /// The name of the page; empty if unknown.
    pub(crate) page: String,
    pub(crate) about: About,
}

/// Puts an action into words.
pub(crate) fn describe(kind: ActionKind, event: &BrowserEvent) -> Wording {
    let page = page_name(&event.current_url).unwrap_or_default();
    let Parts { title, deed, subject, about } = match kind {
        ActionKind::Pageview => return page_load(page),
        ActionKind::Click => about("Click", "clicked", "", &target::clicked(&event.elements)),
        ActionKind::Rageclick => {
            about("Rage click", "clicked", " repeatedly", &target::clicked(&event.elements))
        }
        ActionKind::Focus => about("Focus", "focused", "", &target::focused(&event.elements)),
        ActionKind::Blur => about("Leave", "left", "", &target::focused(&event.elements)),
        ActionKind::Type => entry(event),
        ActionKind::Submit => submission(event),
        ActionKind::Custom => {
            let name = clean(&event.event);
            Parts {
                title: name.clone(),
                deed: format!("triggered {name}"),
                subject: name,
                about: About::Control,
            }
        }
    };
    let place = if page.is_empty() { String::new() } else { format!(" on the {page} page") };
    Wording { title, description: format!("User {deed}{place}"), subject, page, about }
}

/// The parts of the wording that do not depend on the page.
struct Parts {
    title: String,
    /// What the user did.
    deed: String,
    subject: String,
    about: About,
}

fn page_load(page: String) -> Wording {
    let (title, description) = if page.is_empty() {
        ("Page Load".to_owned(), "User landed on a page".to_owned())
    } else {
        (format!("Page Load: {}", capitalised(&page)), format!("User landed on the {page} page"))
    };
    Wording { title, description, subject: String::new(), page, about: About::Control }
}

fn about(verb: &str, past: &str, manner: &str, subject: &Subject) -> Parts {
    let about = if matches!(subject, Subject::Field(_)) { About::Field } else { About::Control };
    match subject.phrase() {
        Some(phrase) => Parts {
            title: format!("{verb} {phrase}"),
            deed: format!("{past} {phrase}{manner}"),
            subject: phrase,
            about,
        },
        None => {
            Parts { title: verb.to_owned(), deed: format!("{past}{manner}"), subject: String::new(), about }
        }
    }
}

fn entry(event: &BrowserEvent) -> Parts {
    match target::entered(&event.elements) {
        (field, true) => Parts { about: About::Choice, ..about("Change", "changed", "", &field) },
        (field, false) => about("Type in", "typed in", "", &field),
    }
}

fn submission(event: &BrowserEvent) -> Parts {
    let name = target::form(&event.elements).to_owned();
    let form = if name.is_empty() { "form".to_owned() } else { format!("{name} form") };
    Parts {
        title: format!("Submit {form}"),
        deed: format!("submitted {form}"),
        subject: name,
        about: About::Control,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elements::from_chain;

    fn worded(kind: ActionKind, name: &str, chain: &str, url: &str) -> (String, String) {
        let event = BrowserEvent {
            event: name.to_owned(),
            current_url: url.to_owned(),
            elements: from_chain(chain),
            ..BrowserEvent::default()
        };
        let wording = describe(kind, &event);
        (wording.title, wording.description)
    }

    #[test]
    fn every_row_of_the_table_reads_as_the_contract_says() {
        use ActionKind::{Blur, Click, Custom, Focus, Pageview, Rageclick, Submit, Type};
        const CART: &str = "https://shop.example/cart?q=1";
        const CHECKOUT: &str = "https://shop.example/checkout/42";
        const POSTCODE: &str = r#"input:attr__aria-label="Postcode""#;
        for (kind, chain, url, title, description) in [
            (Pageview, "", CART, "Page Load: Cart", "User landed on the cart page"),
            (Pageview, "", "https://s.example/", "Page Load: Home", "User landed on the home page"),
            (
                Pageview,
                "",
                "https://s.example/settings-billing",
                "Page Load: Settings billing",
                "User landed on the settings billing page",
            ),
            (
                Click,
                r#"button:text="Apply coupon""#,
                CART,
                "Click Apply coupon button",
                "User clicked Apply coupon button on the cart page",
            ),
            (
                Click,
                r#"a:text="Shipping rates""#,
                CART,
                "Click Shipping rates link",
                "User clicked Shipping rates link on the cart page",
            ),
            (
                Click,
                r#"div:text="Pro plan""#,
                CART,
                "Click Pro plan",
                "User clicked Pro plan on the cart page",
            ),
            (
                Click,
                POSTCODE,
                CHECKOUT,
                "Click Postcode field",
                "User clicked Postcode field on the checkout page",
            ),
            (
                Click,
                r#"button:attr__id="menu-toggle""#,
                CART,
                "Click #menu-toggle",
                "User clicked #menu-toggle on the cart page",
            ),
            (Click, "", CART, "Click", "User clicked on the cart page"),
            (
                Type,
                POSTCODE,
                CHECKOUT,
                "Type in Postcode field",
                "User typed in Postcode field on the checkout page",
            ),
            (Type, "", CHECKOUT, "Type in field", "User typed in field on the checkout page"),
            (
                Type,
                r#"select:attr__name="Country""#,
                CHECKOUT,
                "Change Country field",
                "User changed Country field on the checkout page",
            ),
            (
                Submit,
                r#"form:attr__name="address""#,
                CHECKOUT,
                "Submit address form",
                "User submitted address form on the checkout page",
            ),
            (Submit, "form", CHECKOUT, "Submit form", "User submitted form on the checkout page"),
            (
                Focus,
                POSTCODE,
                CHECKOUT,
                "Focus Postcode field",
                "User focused Postcode field on the checkout page",
            ),
            (
                Blur,
                POSTCODE,
                CHECKOUT,
                "Leave Postcode field",
                "User left Postcode field on the checkout page",
            ),
            (
                Rageclick,
                r#"button:text="Merge""#,
                CART,
                "Rage click Merge button",
                "User clicked Merge button repeatedly on the cart page",
            ),
            (Custom, "", CART, "csv_exported", "User triggered csv_exported on the cart page"),
        ] {
            let expected = (title.to_owned(), description.to_owned());
            assert_eq!(worded(kind, "csv_exported", chain, url), expected);
        }
    }

    #[test]
    fn without_a_usable_url_no_page_is_named() {
        for (kind, title, description) in [
            (ActionKind::Pageview, "Page Load", "User landed on a page"),
            (ActionKind::Click, "Click Pay button", "User clicked Pay button"),
            (ActionKind::Rageclick, "Rage click Pay button", "User clicked Pay button repeatedly"),
            (ActionKind::Custom, "paid", "User triggered paid"),
        ] {
            let expected = (title.to_owned(), description.to_owned());
            assert_eq!(worded(kind, "paid", r#"button:text="Pay""#, "about:blank"), expected);
        }
    }

    #[test]
    fn no_text_breaks_the_line_or_runs_on() {
        let (title, description) =
            worded(ActionKind::Custom, " a\r\n\r\ndata: {}\u{2028}b ", "", "https://s.example/x%0Ay");
        assert_eq!(title, "a data: {} b");
        assert_eq!(description, "User triggered a data: {} b on the x y page");
        let chain = format!("button:text=\"{}\"", "é".repeat(500));
        assert_eq!(worded(ActionKind::Click, "", &chain, "").0, format!("Click {} button", "é".repeat(120)));
    }
}
