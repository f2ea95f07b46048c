//! A family of rules.

use crate::rule::Rule;

/// Rules about one part of a system; their ids start with the same letters.
#[derive(Debug)]
pub struct Family {
    /// What the ids of its rules start with, such as `ISO`.
    pub prefix: &'static str,
    /// What the family is about, in a few words.
    pub title: &'static str,
    /// What the family is about, in one or two sentences.
    pub about: &'static str,
    /// Its rules, in the order of their numbers.
    pub rules: &'static [Rule],
}
