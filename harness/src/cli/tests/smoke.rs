//! What `smoke` prints.

use std::time::Duration;

use deploy_checks::{Outcome, outside};
use evidence::Verdict;

use super::steady::{snapshot, written};
use crate::report::smoke::Smoke;

/// All checks from outside. The first ones have these outcomes, and the others hold.
fn report(first: &[(Verdict, &[&str])]) -> Smoke {
    let url = "https://host.example".parse().expect("an address");
    let mut first = first.iter();
    let outcomes = outside::CHECKS.iter().map(|row| {
        let (verdict, found) = first.next().copied().unwrap_or((Verdict::Holds, &[]));
        Outcome {
            check: &row.check,
            verdict,
            found: found.iter().map(|line| (*line).to_owned()).collect(),
        }
    });
    Smoke::new(Some(&url), Duration::from_millis(4321), outcomes.collect())
}

#[test]
fn a_smoke_test_has_a_line_for_each_check() {
    snapshot("smoke-holds", &written(|out| report(&[]).write(out)));
    let undecided: &[&str] = &["no answer within 5s"];
    let silent = report(&[(Verdict::Undecided, undecided)]);
    snapshot("smoke-undecided", &written(|out| silent.write(out)));
}

#[test]
fn what_is_wrong_has_a_reason_and_a_fix() {
    let redirect: &[&str] = &[
        "it answers 302 Found and leads to `http://other\u{1b}[31m/` instead of https://host.example/a/page?x=1",
    ];
    let silent: &[&str] = &["nothing listens there: the connection was refused"];
    let versions: &[&str] = &["TLS 1.0 is accepted", "TLS 1.1 is accepted"];
    let wrong = report(&[
        (Verdict::Violated, redirect),
        (Verdict::Undecided, silent),
        (Verdict::Holds, &[]),
        (Verdict::Violated, versions),
    ]);
    snapshot("smoke-violated", &written(|out| wrong.write(out)));
    snapshot("smoke-quiet", &written(|out| wrong.write_verdict(out)));
}

/// Nobody could be asked: every check is undecided.
#[test]
fn a_host_that_cannot_be_looked_at_leaves_everything_undecided() {
    let silent: &[&str] = &["nothing listens there: the connection was refused"];
    let all = [(Verdict::Undecided, silent); outside::CHECKS.len()];
    snapshot(
        "smoke-nothing-seen",
        &written(|out| report(&all).write(out)),
    );
}
