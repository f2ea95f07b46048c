//! Blocks that are files, or parts of one: scenarios, target files, and data.

use std::fs;

use serde_json::{Map, Value};

use super::blocks::Block;
use super::project::root;
use super::scene::{Patience, Scene};

/// Around `first-steps`.
const SCENARIO: &str = "scenario: steps of a page\nrules: [ISO04]\nusers: [alice, bob, carol]\nexpect: [no_foreign_events]\nsteps:\n";
/// Before `steps`: two users with a tab, who have each started something.
const THERE: &str = "  - login: alice\n  - login: bob\n  - open: alice\n  - open: bob\n  - start: {as: alice, action: countdown}\n  - start: {as: bob, action: countdown}\n";

pub(super) fn check(block: &Block, scene: &Scene) -> Result<(), String> {
    let text = &block.text;
    let words: Vec<&str> = block.words.iter().map(String::as_str).collect();
    if let Some(name) = block
        .value("file")
        .or(block.value("scenario"))
        .or(block.value("target"))
    {
        scene.write(name, text)?;
    }
    match words.as_slice() {
        ["yaml", "first-steps"] => scenario(&format!("{SCENARIO}{}", indented(text)), scene),
        ["yaml", "steps"] => scenario(&format!("{SCENARIO}{THERE}{}", indented(text)), scene),
        ["yaml", "target-part"] => target(&replaced(text)?, scene),
        ["yaml", word] if is(word, "scenario") => scenario(text, scene),
        ["yaml", word] if is(word, "target") => target(text, scene),
        ["yaml", file @ ..] if names(file) => yaml(text).map(|_| ()),
        ["json", file @ ..] if names(file) => json(text),
        ["jsonl", file @ ..] if names(file) => text.lines().try_for_each(json),
        ["ini", file @ ..] if names(file) => text.lines().try_for_each(setting),
        _ => Err(format!(
            "nobody knows what to do with a block of `{}`",
            words.join(" ")
        )),
    }
}

fn is(word: &str, kind: &str) -> bool {
    let rest = word.strip_prefix(kind);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

fn names(words: &[&str]) -> bool {
    words.is_empty() || matches!(words, [word] if word.starts_with("file="))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn yaml(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

fn json(text: &str) -> Result<(), String> {
    let read: Result<Value, _> = serde_json::from_str(text);
    read.map(|_| ()).map_err(|error| format!("{error}: {text}"))
}

fn setting(line: &str) -> Result<(), String> {
    if line.starts_with('#') || line.is_empty() || line.contains('=') {
        return Ok(());
    }
    Err(format!("`{line}` is no NAME=VALUE"))
}

fn scenario(text: &str, scene: &Scene) -> Result<(), String> {
    scene.write("of-the-page.yaml", text)?;
    match scene.run("airtight check of-the-page.yaml", None, Patience::Usual)? {
        (_, code) if code == "0" => Ok(()),
        (printed, _) => Err(printed),
    }
}

fn target(text: &str, scene: &Scene) -> Result<(), String> {
    targets::read("of-the-page.yaml", text).map_err(|wrong| {
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        wrong.join("\n")
    })?;
    let (schema, _) = scene.run("airtight schema target", None, Patience::Usual)?;
    let schema: Value = serde_json::from_str(&schema).map_err(|error| error.to_string())?;
    jsonschema::validate(&schema, &yaml(text)?).map_err(|error| error.to_string())
}

/// The reference server's target file, with the page's keys in place of its own.
fn replaced(text: &str) -> Result<String, String> {
    let file = root().join("scenarios/targets/reference.yaml");
    let whole = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let (mut whole, part) = (object(&whole)?, object(text)?);
    whole.extend(part);
    Ok(Value::Object(whole).to_string())
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    match yaml(text)? {
        Value::Object(entries) => Ok(entries),
        other => Err(format!("{other} is no map")),
    }
}

/// What is wrong with a block of these words.
#[cfg(test)]
fn told(words: &str, text: &str) -> String {
    let block = Block {
        line: 1,
        words: words.split_whitespace().map(str::to_owned).collect(),
        text: text.to_owned(),
    };
    check(&block, &Scene::beside_others())
        .err()
        .unwrap_or_default()
}

#[test]
fn a_wrong_block_is_told() {
    assert!(told("", "x").contains("nobody knows"));
    assert!(told("rust", "x").contains("nobody knows"));
    assert!(told("yaml guess", "a: 1").contains("nobody knows"));
    assert!(told("json", "{").contains("EOF"));
    assert!(told("yaml scenario", "scenario: x\n").contains("`rules` is missing"));
    assert!(told("yaml first-steps", "- open: alice\n").contains("before logging in"));
    assert_eq!(told("yaml first-steps", "- login: alice\n"), "");
    assert_eq!(told("yaml steps", "- close: alice\n"), "");
    assert!(told("yaml target-part", "cadence: 7").contains("is a number"));
    assert_eq!(told("yaml target-part", "cadence: 7s"), "");
}
