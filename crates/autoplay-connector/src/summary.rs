//! The summary that needs no model: a few plain sentences, always the same for the same actions.
//!
//! In this order, each part left out when there is none of it:
//!
//! 1. `Visited 3 pages: Dashboard, Projects and Billing.` Every page that an action happened on, by name, in the order of
//!    the first visit; the sixth and further ones as `and 2 others`.
//! 2. One sentence of clauses:
//!    - `Clicked Export CSV button and 5 other controls`: the control clicked most often (of equals the first), and how
//!      many different others; a click into a field is no news, what was entered there is;
//!    - `typed in 2 fields`, `changed 1 field`: different fields;
//!    - `submitted the billing form`: by its name, without a trailing word `form`; several as `submitted 2 forms`, one
//!      without a name as `submitted a form`;
//!    - `triggered csv_exported and 1 other event`: the custom event triggered most often, and how many different others.
//! 3. `Clicked Pay button repeatedly.` What was rage clicked, counted like clicks.
//! 4. `Now on the billing page.` The last page known.
//!
//! If nothing of this can be said, `Took 3 actions.`; without any action, nothing.

use crate::actions::{About, ActionDigest};
use crate::browser_event::ActionKind;
use crate::page::capitalised;

/// So many pages are named.
const PAGES_NAMED: usize = 5;

/// Summarises actions, oldest first.
#[must_use]
pub fn extractive(digests: &[ActionDigest]) -> String {
    let sentences = [visited(digests), done(digests), insisted(digests), whereabouts(digests)];
    let said: Vec<String> = sentences.into_iter().flatten().collect();
    match digests.len() {
        0 => String::new(),
        count if said.is_empty() => format!("Took {}.", counted(count, "action")),
        _ => said.join(" "),
    }
}

fn visited(digests: &[ActionDigest]) -> Option<String> {
    let pages = Tally::of(digests.iter().map(|digest| digest.page.as_str()).filter(|page| !page.is_empty()));
    let mut names: Vec<String> = pages.names().take(PAGES_NAMED).map(capitalised).collect();
    let others = pages.len() - names.len();
    if others > 0 {
        names.push(counted(others, "other"));
    }
    let last = names.pop()?;
    let named = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
    Some(format!("Visited {}: {named}.", counted(pages.len(), "page")))
}

fn done(digests: &[ActionDigest]) -> Option<String> {
    let clauses = [
        subjects(digests, ActionKind::Click).most("control").map(|controls| format!("clicked {controls}")),
        fields(digests, About::Field).map(|fields| format!("typed in {fields}")),
        fields(digests, About::Choice).map(|fields| format!("changed {fields}")),
        forms(digests).map(|forms| format!("submitted {forms}")),
        subjects(digests, ActionKind::Custom).most("event").map(|events| format!("triggered {events}")),
    ];
    let said: Vec<String> = clauses.into_iter().flatten().collect();
    (!said.is_empty()).then(|| format!("{}.", capitalised(&said.join(", "))))
}

fn insisted(digests: &[ActionDigest]) -> Option<String> {
    let controls = subjects(digests, ActionKind::Rageclick).most("control")?;
    Some(format!("Clicked {controls} repeatedly."))
}

fn whereabouts(digests: &[ActionDigest]) -> Option<String> {
    let last = digests.iter().rev().find(|digest| !digest.page.is_empty())?;
    Some(format!("Now on the {} page.", last.page))
}

fn fields(digests: &[ActionDigest], about: About) -> Option<String> {
    let entries = digests.iter().filter(|digest| digest.kind == ActionKind::Type && digest.about == about);
    // A field of the same name on another page is another field.
    let mut fields: Vec<(&str, &str)> =
        entries.map(|digest| (digest.page.as_str(), digest.subject.as_str())).collect();
    fields.sort_unstable();
    fields.dedup();
    (!fields.is_empty()).then(|| counted(fields.len(), "field"))
}

fn forms(digests: &[ActionDigest]) -> Option<String> {
    let submissions = digests.iter().filter(|digest| digest.kind == ActionKind::Submit);
    let forms = Tally::of(submissions.map(|digest| form_name(&digest.subject)));
    match (forms.len(), forms.names().next()?) {
        (1, "") => Some("a form".to_owned()),
        (1, name) => Some(format!("the {name} form")),
        (several, _) => Some(counted(several, "form")),
    }
}

/// `billing-form` is the billing form, but `platform` is the platform form.
fn form_name(name: &str) -> &str {
    let apart =
        name.strip_suffix("form").filter(|stem| stem.is_empty() || stem.ends_with(['-', '_', ' ', '.']));
    let stem = apart.or_else(|| name.strip_suffix("Form")).unwrap_or(name);
    stem.trim_end_matches(['-', '_', ' ', '.'])
}

fn subjects(digests: &[ActionDigest], kind: ActionKind) -> Tally<'_> {
    let of_kind = digests.iter().filter(|digest| digest.kind == kind && digest.about == About::Control);
    Tally::of(of_kind.map(|digest| digest.subject.as_str()).filter(|subject| !subject.is_empty()))
}

/// Different names in the order of their first appearance, each with how often it appeared.
struct Tally<'a>(Vec<(&'a str, usize)>);

impl<'a> Tally<'a> {
    fn of(names: impl Iterator<Item = &'a str>) -> Self {
        let mut tally: Vec<(&str, usize)> = Vec::new();
        for name in names {
            match tally.iter_mut().find(|(known, _)| *known == name) {
                Some((_, times)) => *times += 1,
                None => tally.push((name, 1)),
            }
        }
        Self(tally)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// The most frequent name (of equals the first), and how many others of this sort there are.
    fn most(&self, sort: &str) -> Option<String> {
        let (name, _) = self.0.iter().rev().max_by_key(|(_, times)| *times)?;
        Some(match self.len() - 1 {
            0 => (*name).to_owned(),
            others => format!("{name} and {}", counted(others, &format!("other {sort}"))),
        })
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests;
