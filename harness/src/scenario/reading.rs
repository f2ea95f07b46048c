//! From YAML to a scenario: names, types and ranges, each with its place. The steps are read in `steps`.

use std::collections::BTreeSet;
use std::path::Path;

use diagnostics::meant;
use evidence::{UserName, properties};

use super::content::{Neighbour, Scenario};
use crate::language::rule::{is_rule, meant_rule};
use crate::needs::{TRAITS, Trait};
use crate::steps;
use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

/// Users that nobody can be called.
const RESERVED: [&str; 3] = ["stranger", "everyone", "server"];
/// Users that a scenario may have.
const MAX_USERS: usize = 2000;
/// Letters that a user's name may have.
const MAX_NAME: usize = 200;

pub(super) fn scenario(node: &Node, path: &Path) -> Result<Scenario, Wrong> {
    let known = [
        "scenario", "target", "needs", "rules", "users", "steps", "beside", "expect",
    ];
    let mut fields = Fields::of(node, "the file", &known)?;
    let sentence = fields.need("scenario")?.text("scenario")?.to_owned();
    let target = fields.take("target");
    let target = target
        .map(|node| node.text("target").map(str::to_owned))
        .transpose()?;
    let needs = fields.take("needs").map_or(Ok(Vec::new()), needs)?;
    let rules = each_once(fields.need("rules")?, "rules", rule)?;
    let users = users(fields.need("users")?)?;
    let steps = steps::reader().steps(fields.need("steps")?, "steps")?;
    let beside = fields.take("beside").map_or(Ok(Vec::new()), neighbours)?;
    let expect = each_once(fields.need("expect")?, "expect", property)?;
    Ok(Scenario {
        path: path.to_owned(),
        sentence,
        target,
        needs,
        rules,
        users,
        steps,
        expect,
        beside,
    })
}

fn neighbours(node: &Node) -> Result<Vec<Neighbour>, Wrong> {
    let entries = node.map("beside")?.iter();
    let reader = steps::reader();
    let one = |(name, node): &(String, Node)| {
        let mut fields = Fields::of(node, "a neighbour", &["before", "meanwhile"])?;
        let before = fields.take("before");
        Ok(Neighbour {
            name: name.clone(),
            before: before.map_or(Ok(Vec::new()), |node| reader.steps(node, "before"))?,
            meanwhile: reader.steps(fields.need("meanwhile")?, "meanwhile")?,
        })
    };
    entries.map(one).collect()
}

fn each_once(
    node: &Node,
    what: &str,
    read: impl Fn(&Node) -> Result<String, Wrong>,
) -> Result<Vec<String>, Wrong> {
    let mut seen = BTreeSet::new();
    let mut texts = Vec::new();
    for item in node.list(what)? {
        let text = read(item)?;
        if !seen.insert(text.clone()) {
            return wrong(
                item.at(),
                format!("`{text}` is there twice"),
                "remove one of the two",
            );
        }
        texts.push(text);
    }
    Ok(texts)
}

/// What a target must be like.
fn needs(node: &Node) -> Result<Vec<Trait>, Wrong> {
    let words: Vec<&str> = TRAITS.iter().map(|(word, _)| *word).collect();
    let one = |node: &Node| {
        let text = node.text("needs")?;
        if words.contains(&text) {
            return Ok(text.to_owned());
        }
        let what = format!("a target cannot be asked for `{text}`");
        wrong(node.at(), what, meant(text, &words))
    };
    let texts = each_once(node, "needs", one)?;
    Ok(texts
        .iter()
        .filter_map(|text| Trait::from_word(text))
        .collect())
}

fn rule(node: &Node) -> Result<String, Wrong> {
    let text = node.text("rules")?;
    if is_rule(text) && has_the_form_of_a_rule(text) {
        return Ok(text.to_owned());
    }
    if is_rule(text) {
        return wrong(
            node.at(),
            format!("`{text}` is not the id of a rule"),
            "write three capital letters and two digits, such as ISO04",
        );
    }
    let what = format!("there is no rule `{text}`");
    wrong(node.at(), what, meant_rule(text))
}

/// Three capital letters and two digits, which a report's reader takes for a rule.
fn has_the_form_of_a_rule(text: &str) -> bool {
    let (letters, digits) = text.split_at_checked(3).unwrap_or((text, ""));
    let is_upper = letters.bytes().all(|letter| letter.is_ascii_uppercase());
    is_upper && digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit())
}

fn property(node: &Node) -> Result<String, Wrong> {
    let text = node.text("expect")?;
    if properties::named(text).is_some() {
        return Ok(text.to_owned());
    }
    let known: Vec<&str> = evidence::PROPERTIES
        .iter()
        .map(|property| property.name)
        .collect();
    wrong(
        node.at(),
        format!("there is no property `{text}`"),
        meant(text, &known),
    )
}

fn users(node: &Node) -> Result<Vec<UserName>, Wrong> {
    if let Yaml::Number(_) = node.yaml {
        let count = node.number("users", 1, MAX_USERS as u64)?;
        return Ok((1..=count)
            .map(|n| UserName::from(format!("user{n}").as_str()))
            .collect());
    }
    let items = node.list("users")?;
    if items.len() > MAX_USERS {
        return wrong(
            node.at(),
            format!("there are {} users", items.len()),
            format!("name {MAX_USERS} at most"),
        );
    }
    let mut seen = BTreeSet::new();
    let mut users = Vec::new();
    for item in items {
        let name = user(item)?;
        if !seen.insert(name) {
            return wrong(
                item.at(),
                format!("user `{name}` is there twice"),
                "remove one of the two",
            );
        }
        users.push(UserName::from(name));
    }
    Ok(users)
}

fn user(node: &Node) -> Result<&str, Wrong> {
    let name = node.text("users")?;
    if RESERVED.contains(&name) {
        return wrong(
            node.at(),
            format!("`{name}` is a word of the language"),
            "choose another name",
        );
    }
    if name.chars().count() > MAX_NAME
        || name
            .chars()
            .any(|c| matches!(c, '/' | '{' | '}') || c.is_control())
    {
        return wrong(
            node.at(),
            format!("`{name}` is no user name"),
            "use 1 to 200 characters without / { } and control characters",
        );
    }
    Ok(name)
}
