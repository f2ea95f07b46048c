//! The Test Anything Protocol, version 14: a subtest for each scenario, a test for each property.
//!
//! Undecided is `not ok`, as it is no pass. What is quoted is JSON, which is YAML too.

use std::fmt::Write;

use evidence::Verdict;
use serde_json::{Value, json};

use super::results::{Results, ScenarioResult, TESTED};

pub(super) fn render(results: &Results<'_>) -> String {
    let mut text = "TAP version 14\n".to_owned();
    for (index, scenario) in results.scenarios.iter().enumerate() {
        let good = subtest(&mut text, scenario);
        let word = if good { "ok" } else { "not ok" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{word} {} - {}", index + 1, escaped(&scenario.name));
    }
    let _ = writeln!(text, "1..{}", results.scenarios.len());
    text
}

fn subtest(text: &mut String, scenario: &ScenarioResult<'_>) -> bool {
    let _ = writeln!(text, "# Subtest: {}", escaped(&scenario.name));
    let (mut n_tests, mut good) = (0, true);
    for claim in &scenario.claims {
        n_tests += 1;
        if claim.verdict == Verdict::Holds {
            let _ = writeln!(text, "    ok {n_tests} - {}", claim.name);
            continue;
        }
        good = false;
        let _ = writeln!(text, "    not ok {n_tests} - {}", claim.name);
        diagnostic(
            text,
            &[
                ("verdict", json!(claim.verdict)),
                ("message", json!(claim.summary)),
                ("rules", json!(claim.rules)),
                ("details", json!(claim.details)),
                ("again", json!(scenario.again())),
            ],
        );
    }
    if let Some(error) = scenario.error {
        n_tests += 1;
        good = false;
        let _ = writeln!(text, "    not ok {n_tests} - the scenario runs to its end");
        diagnostic(text, &[("message", json!(error))]);
    }
    if let Some(untested) = &scenario.untested {
        n_tests += 1;
        if untested.is_not_applicable {
            let _ = writeln!(
                text,
                "    ok {n_tests} - {TESTED} # SKIP {}",
                escaped(&untested.why)
            );
        } else {
            good = false;
            let _ = writeln!(text, "    not ok {n_tests} - {TESTED}");
            diagnostic(text, &[("message", json!(untested.why))]);
        }
    }
    let _ = writeln!(text, "    1..{n_tests}");
    good
}

fn diagnostic(text: &mut String, fields: &[(&str, Value)]) {
    text.push_str("      ---\n");
    for (name, value) in fields {
        let _ = writeln!(text, "      {name}: {value}");
    }
    text.push_str("      ...\n");
}

/// A description ends at a `#`, and a backslash takes what follows it as it is.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('#', "\\#")
        .replace(['\n', '\r'], " ")
}
