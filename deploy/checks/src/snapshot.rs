//! What checks say, word for word, in `snapshots`.

use insta::Settings;

use crate::check::{Check, Outcome};

/// Holds a text against the snapshot with this name. A port differs in each run.
#[track_caller]
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = Settings::new();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"//127\.0\.0\.1:\d+", "//127.0.0.1:PORT");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The words of a check that are the same in every outcome.
pub(crate) fn words(check: &Check) -> String {
    let Check {
        name,
        rules,
        claim,
        why,
        fix,
    } = check;
    let rules = rules.join(" ");
    format!("{name}  {rules}\n  claim  {claim}\n  why    {why}\n  fix    {fix}\n\n")
}

/// How a check ended, and what it found.
pub(crate) fn said(outcome: &Outcome) -> String {
    let head = format!("{:9}  {}\n", outcome.verdict, outcome.check.name);
    let found = outcome
        .found
        .iter()
        .map(|line| format!("           {line}\n"));
    head + &found.collect::<String>()
}
