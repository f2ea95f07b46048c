//! JUnit's XML: a suite for each scenario, a case for each property.
//!
//! Undecided is an error and not "skipped", which CI servers show in green. Only what is not applicable is skipped.

use std::io;

use evidence::Verdict;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::results::{ClaimResult, Results, ScenarioResult, TESTED, Untested};

pub(super) fn render(results: &Results<'_>) -> io::Result<String> {
    let mut report = Report::new(format!("airtight: {}", results.name));
    for scenario in &results.scenarios {
        let mut suite = TestSuite::new(scenario.name.as_str());
        if let Some(took) = scenario.took {
            suite.set_time(took);
        }
        for claim in &scenario.claims {
            suite.add_test_case(case(scenario, claim));
        }
        if let Some(error) = scenario.error {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status
                .set_type("could not run")
                .set_message(first_line(error));
            status.set_description(error);
            suite.add_test_case(TestCase::new("the scenario runs to its end", status));
        }
        if let Some(untested) = &scenario.untested {
            suite.add_test_case(TestCase::new(TESTED, status_of(untested)));
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(io::Error::other)
}

fn case(scenario: &ScenarioResult<'_>, claim: &ClaimResult) -> TestCase {
    let status = match claim.verdict {
        Verdict::Holds => TestCaseStatus::success(),
        verdict => {
            let kind = if verdict == Verdict::Violated {
                NonSuccessKind::Failure
            } else {
                NonSuccessKind::Error
            };
            let mut status = TestCaseStatus::non_success(kind);
            let again = scenario
                .again()
                .map(|line| format!("judge again: {line}\n"));
            status
                .set_type(verdict.to_string())
                .set_message(&claim.summary)
                .set_description(claim.details.clone() + &again.unwrap_or_default());
            status
        }
    };
    let mut case = TestCase::new(claim.name, status);
    case.set_classname(scenario.name.as_str());
    case
}

fn status_of(untested: &Untested) -> TestCaseStatus {
    let mut status = if untested.is_not_applicable {
        TestCaseStatus::skipped()
    } else {
        TestCaseStatus::non_success(NonSuccessKind::Error)
    };
    let kind = if untested.is_not_applicable {
        "not applicable"
    } else {
        "undecided"
    };
    status
        .set_type(kind)
        .set_message(first_line(&untested.why))
        .set_description(&untested.why);
    status
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
