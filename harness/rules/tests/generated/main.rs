//! What is written from the repository: who checks each rule, and `docs/rules.md`.
//!
//! Both are computed here. With the environment variable WRITE_RULES, as in `make rules`, they are written;
//! without it, a file that differs fails. The checks are read from their source text and not from the registry of
//! `deploy-checks`: so this crate needs none of ours, and its tests need no build of OpenSSL and an HTTP client. What
//! the reading does not understand, it refuses: an id in a source that belongs to no check fails.

mod files;
mod ids;
mod tokens;
mod checks;
mod scenarios;

use std::{env, fs};

use rules::CheckedBy;

use crate::files::{below, root};

/// What the repository says now.
fn computed() -> CheckedBy {
    let mut checked_by = CheckedBy::default();
    scenarios::add(&root().join("scenarios"), &mut checked_by);
    checks::add(&root().join("deploy/checks/src"), &mut checked_by);
    checked_by
}

/// Writes `text` to the file, or holds the file against it.
fn hold(path: &str, text: &str) {
    let full = root().join(path);
    if env::var_os("WRITE_RULES").is_some() {
        fs::create_dir_all(full.parent().expect("a folder")).expect("a folder");
        fs::write(&full, text).unwrap_or_else(|error| panic!("{path}: {error}"));
        return;
    }
    let committed = fs::read_to_string(&full).unwrap_or_default();
    let line = committed
        .lines()
        .zip(text.lines())
        .position(|(old, new)| old != new)
        .unwrap_or_else(|| committed.lines().count().min(text.lines().count()));
    assert!(
        committed == text,
        "{path}:{} is out of date: run `make rules`\n  is:     {}\n  should: {}",
        line + 1,
        committed.lines().nth(line).unwrap_or("the end"),
        text.lines().nth(line).unwrap_or("the end"),
    );
}

#[test]
fn the_list_of_checks_is_up_to_date() {
    hold("harness/rules/src/checked_by.txt", &computed().to_string());
}

#[test]
fn the_page_is_up_to_date() {
    hold("docs/rules.md", &rules::markdown(&computed()));
}

#[test]
fn scenarios_and_checks_name_only_rules_of_the_table() {
    let checked_by = computed();
    let strangers: Vec<String> = checked_by
        .strangers()
        .map(|id| format!("{id}, in {:?}", checked_by.of(id).collect::<Vec<_>>()))
        .collect();
    assert!(
        strangers.is_empty(),
        "no such rule: {strangers:?}; add it below harness/rules/src/catalogue"
    );
}

#[test]
fn every_id_in_the_data_and_in_the_documents_is_a_rule() {
    let mut texts = below(&root().join("scenarios"), ".yaml");
    texts.retain(|(path, _)| !scenarios::is_left_out(path));
    for document in [
        "ARCHITECTURE.md",
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ] {
        let path = root().join(document);
        let text = fs::read_to_string(&path).expect("a document");
        texts.push((path, text));
    }
    for (path, text) in texts {
        for id in ids::within(&text) {
            assert!(
                rules::named(id).is_some(),
                "{path:?} names {id}: no such rule"
            );
        }
    }
}
