use super::*;

fn digest(kind: ActionKind, subject: &str, page: &str) -> ActionDigest {
    let about = if kind == ActionKind::Type { About::Field } else { About::Control };
    ActionDigest { kind, subject: subject.to_owned(), page: page.to_owned(), about }
}

fn visit(page: &str) -> ActionDigest {
    digest(ActionKind::Pageview, "", page)
}

fn click(subject: &str) -> ActionDigest {
    digest(ActionKind::Click, subject, "")
}

fn entry(subject: &str) -> ActionDigest {
    digest(ActionKind::Type, subject, "")
}

fn choice(subject: &str) -> ActionDigest {
    ActionDigest { about: About::Choice, ..entry(subject) }
}

fn submit(form: &str) -> ActionDigest {
    digest(ActionKind::Submit, form, "")
}

fn custom(name: &str) -> ActionDigest {
    digest(ActionKind::Custom, name, "")
}

fn rage(subject: &str) -> ActionDigest {
    digest(ActionKind::Rageclick, subject, "")
}

#[test]
fn reads_as_the_contracts_example() {
    let mut digests =
        vec![visit("dashboard"), visit("projects"), visit("dashboard"), click("Export CSV button")];
    digests.extend(["a", "b", "c", "d", "e", "Export CSV button"].map(click));
    digests.extend([entry("Name field"), entry("Name field"), entry("Card field"), submit("billing")]);
    digests.extend([rage("Pay button"), visit("billing")]);
    assert_eq!(
        extractive(&digests),
        "Visited 3 pages: Dashboard, Projects and Billing. Clicked Export CSV button and 5 other controls, typed in 2 \
         fields, submitted the billing form. Clicked Pay button repeatedly. Now on the billing page."
    );
}

#[test]
fn each_part_stands_alone_and_counts_right() {
    for (digests, expected) in [
        (vec![], ""),
        (vec![visit("home")], "Visited 1 page: Home. Now on the home page."),
        (vec![visit("a"), visit("b")], "Visited 2 pages: A and B. Now on the b page."),
        (
            ["a", "b", "c", "d", "e"].map(visit).to_vec(),
            "Visited 5 pages: A, B, C, D and E. Now on the e page.",
        ),
        (
            ["a", "b", "c", "d", "e", "f"].map(visit).to_vec(),
            "Visited 6 pages: A, B, C, D, E and 1 other. Now on the f page.",
        ),
        (
            ["a", "b", "c", "d", "e", "f", "settings billing"].map(visit).to_vec(),
            "Visited 7 pages: A, B, C, D, E and 2 others. Now on the settings billing page.",
        ),
        (vec![click("Pay button")], "Clicked Pay button."),
        (vec![click("a"), click("b")], "Clicked a and 1 other control."),
        (vec![click("a"), click("b"), click("b"), click("c")], "Clicked b and 2 other controls."),
        (vec![entry("a")], "Typed in 1 field."),
        (vec![entry("a"), entry("b"), entry("a")], "Typed in 2 fields."),
        (vec![choice("a")], "Changed 1 field."),
        (vec![entry("a"), choice("b"), choice("c")], "Typed in 1 field, changed 2 fields."),
        (vec![submit("billing"), submit("billing")], "Submitted the billing form."),
        (vec![submit("login-form")], "Submitted the login form."),
        (vec![submit("loginForm")], "Submitted the login form."),
        (vec![submit("form")], "Submitted a form."),
        (vec![submit("platform")], "Submitted the platform form."),
        (vec![submit("")], "Submitted a form."),
        (vec![submit("a"), submit("")], "Submitted 2 forms."),
        (vec![custom("csv_exported")], "Triggered csv_exported."),
        (vec![custom("a"), custom("b"), custom("b"), custom("c")], "Triggered b and 2 other events."),
        (vec![custom("a"), custom("b")], "Triggered a and 1 other event."),
        (vec![rage("Pay button"), rage("Pay button")], "Clicked Pay button repeatedly."),
        (vec![rage("a"), rage("b")], "Clicked a and 1 other control repeatedly."),
        (vec![digest(ActionKind::Focus, "a field", "")], "Took 1 action."),
        (vec![digest(ActionKind::Blur, "a field", ""), click("")], "Took 2 actions."),
    ] {
        assert_eq!(extractive(&digests), expected);
    }
}

#[test]
fn a_click_into_a_field_is_no_news() {
    let into_field = ActionDigest { about: About::Field, ..click("Name field") };
    assert_eq!(extractive(&[into_field.clone(), entry("Name field")]), "Typed in 1 field.");
    assert_eq!(extractive(&[into_field, click("Save button")]), "Clicked Save button.");
}

#[test]
fn a_field_of_the_same_name_on_another_page_is_another_field() {
    let on = |page: &str| digest(ActionKind::Type, "Name field", page);
    let said = extractive(&[on("a"), on("b"), on("a")]);
    assert_eq!(said, "Visited 2 pages: A and B. Typed in 2 fields. Now on the a page.");
}

#[test]
fn the_last_known_page_is_where_the_user_is() {
    assert_eq!(extractive(&[visit("a"), visit("")]), "Visited 1 page: A. Now on the a page.");
}
