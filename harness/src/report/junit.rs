//! JUnit's XML: a suite for each scenario, a case for each property.
//!
//! Undecided is an error and not "skipped", which CI servers show in green.

use std::io;

use evidence::Verdict;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Results;
use super::results::{Claim, Outcome};

pub(super) fn render(results: &Results<'_>) -> io::Result<String> {
    let mut report = Report::new(format!("airtight: {}", results.name));
    for outcome in &results.outcomes {
        let mut suite = TestSuite::new(outcome.name.as_str());
        if let Some(took) = outcome.took {
            suite.set_time(took);
        }
        for claim in &outcome.claims {
            suite.add_test_case(case(outcome, claim));
        }
        if let Some(error) = outcome.error {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status
                .set_type("could not run")
                .set_message(first_line(error));
            status.set_description(error);
            suite.add_test_case(TestCase::new("the scenario runs to its end", status));
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(io::Error::other)
}

fn case(outcome: &Outcome<'_>, claim: &Claim) -> TestCase {
    let status = match claim.verdict {
        Verdict::Holds => TestCaseStatus::success(),
        verdict => {
            let kind = if verdict == Verdict::Violated {
                NonSuccessKind::Failure
            } else {
                NonSuccessKind::Error
            };
            let mut status = TestCaseStatus::non_success(kind);
            let again = outcome.again().map(|line| format!("judge again: {line}\n"));
            status
                .set_type(verdict.to_string())
                .set_message(&claim.summary)
                .set_description(claim.details.clone() + &again.unwrap_or_default());
            status
        }
    };
    let mut case = TestCase::new(claim.name, status);
    case.set_classname(outcome.name.as_str());
    case
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
