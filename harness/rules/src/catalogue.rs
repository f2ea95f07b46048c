//! The table of all rules: one file for each family, one line here.
//!
//! Each CWE number was compared with the title and the description of its entry (version 4.9, from
//! <https://cwe.mitre.org/data/definitions/>). A rule whose fault is only partly such an entry has no number. That is
//! why OPS05, for example, has none: CWE-614 is about `Secure` alone, and the cookie may lack three other things.

mod isolation;
mod delivery;
mod web;
mod nginx;
mod systemd;
mod operations;
mod guide;
mod vacuous;

#[cfg(test)]
mod tests;

use crate::family::Family;
use crate::rule::Rule;

static FAMILIES: [&Family; 8] = [
    &isolation::FAMILY,
    &delivery::FAMILY,
    &web::FAMILY,
    &nginx::FAMILY,
    &systemd::FAMILY,
    &operations::FAMILY,
    &guide::FAMILY,
    &vacuous::FAMILY,
];

/// All families, in the order of the catalogue.
pub fn families() -> impl Iterator<Item = &'static Family> {
    FAMILIES.into_iter()
}

/// All rules, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    families().flat_map(|family| family.rules)
}

/// The rule with this id, in capitals or not: `iso04` finds ISO04.
#[must_use]
pub fn named(id: &str) -> Option<&'static Rule> {
    let id = id.trim();
    all().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
