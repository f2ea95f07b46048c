//! README.md, `docs/` and `examples/` say what is so: every fenced block is run, checked or read, by what its first
//! words say it is.
//!
//! | the block's first line | what is done with it |
//! |---|---|
//! | `console` | each `$ command` is run by bash, in a folder that the page has to itself; what it says is compared |
//! | `console exit=3` | its last command ends with this code; each other one, and each without this word, ends with 0 |
//! | `console stdin=WORDS` | its commands read these words, a line each time |
//! | `console slow` | each of its commands may take three minutes in place of one |
//! | `console serves` | its command is a server, which is there for the rest of the page |
//! | `console release` | takes longer than a test may: the command must be there with its flags, and is run for a release |
//! | `console tested-by=deployment::whole::NAME` | this test runs it, in a container or on another machine |
//! | `yaml scenario`, `yaml scenario=FILE` | `airtight check` takes it |
//! | `yaml first-steps`, `yaml steps` | the same for a scenario with these steps; the latter has users who are there already |
//! | `yaml target`, `yaml target=FILE` | a target file by its reader and by its schema |
//! | `yaml target-part` | the same for the reference server's target file with these keys in place of its own |
//! | `yaml`, `json`, `jsonl`, `ini` | it can be read as such; with `file=FILE` it is there for the page's commands |
//!
//! A block that says anything else fails, and so does one that says nothing.
//!
//! The comparison is ours and not trycmd's: there the text has a placeholder wherever a number varies, and who reads
//! the page would read `[TIME]`. Here the page has a natural number, and both sides are normalised (`compared`). A
//! line `...` stands for any lines, and `…` for any text in a line. `make GOAL` is run without building: see `scene`.

mod blocks;
mod compared;
mod project;
mod elsewhere;
mod scene;
mod console;
mod files;

use std::collections::BTreeSet;
use std::fs;

use self::project::{pages, root};
use self::scene::Scene;

/// Written by somebody else, word for word: nothing here may change it.
const GUIDE: &str = "docs/guide.md";
/// Lines that the front page may have.
const FRONT_PAGE: usize = 150;

/// Pages with a run that listens to the clock: they have the machine to themselves.
const ALONE: [&str; 3] = ["README.md", "docs/how-to/load.md", "docs/how-to/explore.md"];

/// Each page with a test of its own, so that they run beside one another.
macro_rules! pages {
    ($($name:ident: $page:literal,)*) => {
        $(#[test]
        fn $name() {
            check($page);
        })*
        const PAGES: &[&str] = &[$($page),*];
    };
}

pages! {
    the_front_page: "README.md",
    examples: "examples/README.md",
    start: "docs/README.md",
    first_verdict: "docs/tutorial/first-verdict.md",
    first_scenario: "docs/tutorial/first-scenario.md",
    first_target: "docs/tutorial/your-server.md",
    init: "docs/how-to/init.md",
    your_server: "docs/how-to/your-server.md",
    try_a_target: "docs/how-to/try.md",
    learn: "docs/how-to/learn.md",
    explore: "docs/how-to/explore.md",
    load: "docs/how-to/load.md",
    compare: "docs/how-to/compare.md",
    smoke: "docs/how-to/smoke.md",
    install: "docs/how-to/install.md",
    ci: "docs/how-to/ci.md",
    commands: "docs/reference/commands.md",
    clients: "docs/reference/clients.md",
    scenario: "docs/reference/scenario.md",
    target: "docs/reference/target.md",
    formats: "docs/reference/formats.md",
    properties: "docs/reference/properties.md",
    server: "docs/reference/server.md",
    contract: "docs/contract.md",
    finding_leaks: "docs/explanation/finding-leaks.md",
    undecided: "docs/explanation/undecided.md",
    the_judge_is_judged: "docs/explanation/judge.md",
    applications: "docs/explanation/applications.md",
    disclosure: "docs/disclosure.md",
}

/// Goes through a page from its first block to its last, and reports everything that is wrong.
#[track_caller]
fn check(page: &str) {
    let text = fs::read_to_string(root().join(page)).expect("the page");
    let mut scene = if ALONE.contains(&page) {
        Scene::alone()
    } else {
        Scene::beside_others()
    };
    let blocks = blocks::read(&text).into_iter();
    let wrong: Vec<String> = blocks
        .filter_map(|block| {
            let found = match block.words.first().map(String::as_str) {
                Some("console") => console::check(&block, &mut scene),
                _ => files::check(&block, &scene),
            };
            found
                .err()
                .map(|wrong| format!("{page}:{}: {wrong}", block.line))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn every_page_has_a_test_and_stands_in_the_summary() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("the summary");
    let mut listed: BTreeSet<String> = blocks::links(&summary)
        .into_iter()
        .map(|link| format!("docs/{link}"))
        .collect();
    let mut tested: BTreeSet<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    let mut pages = pages();
    // The rules have no blocks to run, and `harness/rules` has a test of its own for their page.
    for page in [GUIDE, "docs/rules.md"] {
        assert!(listed.contains(page), "{page} is not in the summary");
        pages.remove(page);
        listed.remove(page);
    }
    pages.remove("docs/SUMMARY.md");
    assert_eq!(pages, tested);
    // These two are for readers of the repository.
    for page in ["README.md", "examples/README.md"] {
        tested.remove(page);
    }
    assert_eq!(listed, tested);
}

#[test]
fn the_front_page_is_short() {
    let text = fs::read_to_string(root().join("README.md")).expect("the page");
    let lines = text.lines().count();
    assert!(lines < FRONT_PAGE, "{lines} lines");
}

#[test]
fn every_link_leads_somewhere() {
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).expect("the page");
        let folder = root().join(page);
        let folder = folder.parent().expect("a folder");
        for link in blocks::links(&text) {
            let file = link.split('#').next().unwrap_or_default();
            let elsewhere = link.contains("://") || file.is_empty();
            let there = elsewhere || folder.join(file).exists();
            assert!(there, "{page}: there is no {link}");
        }
    }
}
