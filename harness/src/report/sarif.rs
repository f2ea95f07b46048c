//! SARIF 2.1.0: a rule for each rule id and property that was broken, a result for each finding.
//!
//! What holds is no result; what is undecided is one of kind `open`.

use std::collections::BTreeMap;
use std::io;

use evidence::Verdict;
use serde_json::{Value, json};

use super::results::{ClaimResult, Results, ScenarioResult};

pub(super) fn render(results: &Results<'_>) -> io::Result<String> {
    let mut rules = BTreeMap::new();
    let mut found = Vec::new();
    for scenario in &results.scenarios {
        let open = |claim: &&ClaimResult| claim.verdict != Verdict::Holds;
        for claim in scenario.claims.iter().filter(open) {
            let id = rule(claim);
            found.push(result(scenario, claim, &id));
            rules.insert(id, claim);
        }
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(id, claim)| {
            json!({
                "id": id,
                "name": claim.name,
                "shortDescription": { "text": claim.sentence },
                "help": { "text": format!("the claim: {}", claim.sentence) },
            })
        })
        .collect();
    let errors = results.scenarios.iter().filter_map(|scenario| {
        let untested = scenario.untested.as_ref();
        let untested = untested.filter(|untested| !untested.is_not_applicable);
        let text = scenario.error.or(untested.map(|untested| untested.why.as_str()))?;
        Some(
            json!({ "level": "error", "message": { "text": format!("{}: {text}", scenario.name) } }),
        )
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "airtight",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": results.verdict.is_some(),
                "toolExecutionNotifications": errors.collect::<Vec<_>>(),
            }],
            "results": found,
        }],
    });
    Ok(serde_json::to_string_pretty(&log).map_err(io::Error::other)? + "\n")
}

/// `ISO04/no_foreign_events`; the property alone where no rule is broken.
fn rule(claim: &ClaimResult) -> String {
    match claim.rules.as_slice() {
        [] => claim.name.to_owned(),
        rules => format!("{}/{}", rules.join("+"), claim.name),
    }
}

fn result(scenario: &ScenarioResult<'_>, claim: &ClaimResult, rule: &str) -> Value {
    let violated = claim.verdict == Verdict::Violated;
    let again = scenario.again();
    let again = again.map_or_else(String::new, |line| format!(" Judge again: {line}"));
    let text = format!("{}: {}.{again}", scenario.name, claim.summary);
    let mut result = json!({
        "ruleId": rule,
        "kind": if violated { "fail" } else { "open" },
        "level": if violated { "error" } else { "none" },
        "message": { "text": text },
        // The same claim in the same scenario is the same finding, whatever the markers were.
        "partialFingerprints": { "scenarioAndRule/v1": format!("{}:{rule}", scenario.name) },
    });
    if let Some(file) = scenario.file.or(scenario.history) {
        let uri = file.to_string_lossy().replace('\\', "/");
        let line = claim.line.filter(|_| scenario.file.is_none()).unwrap_or(1);
        result["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": percent(&uri) },
            "region": { "startLine": line },
        } }]);
    }
    result
}

/// A path as a relative reference: what a URI may not have is written in hexadecimal.
fn percent(path: &str) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
