//! The page `docs/rules.md`.

use std::fmt::Write;

use crate::angle::Angle;
use crate::catalogue::families;
use crate::checked_by::{CheckedBy, NOTHING};
use crate::family::Family;
use crate::rule::Rule;
use crate::severity::Severity;

const INTRODUCTION: &str = "\
# The rules

<!-- Written by `make rules` from harness/rules. Do not edit it here. -->

A *rule* is one thing that a multi-user real-time system, or the machine it runs on, must get right. Every rule has
an id, and every report of Airtight names the rules that a finding breaks by that id. A rule names a kind of fault:
the example in its text is one way to commit it.

`airtight explain ISO04` prints the same as the section of ISO04 below, and `airtight explain` lists all rules.
";

/// The whole page, with what checks each rule from `checked_by`.
#[must_use]
pub fn markdown(checked_by: &CheckedBy) -> String {
    let mut page = INTRODUCTION.to_owned();
    meanings(
        &mut page,
        "## Severity\n\nA rule has the worst severity that fits an ordinary case of its fault.",
        Severity::ALL.map(|severity| (severity.name(), severity.meaning())),
    );
    meanings(
        &mut page,
        "## Angles\n\nAn angle says from where a fault can be seen. *Checked by* says what looks there already: a \
         scenario by its path\nbelow `scenarios`, a check of a deployment as `check:NAME`.",
        Angle::ALL.map(|angle| (angle.name(), angle.meaning())),
    );
    page.push_str("\n## Contents\n");
    for family in families() {
        contents(&mut page, family);
    }
    for rule in families().flat_map(|family| family.rules) {
        section(&mut page, rule, checked_by);
    }
    page
}

fn meanings<const N: usize>(page: &mut String, head: &str, all: [(&str, &str); N]) {
    let _ = writeln!(page, "\n{head}\n");
    for (name, meaning) in all {
        let _ = writeln!(page, "- **{name}**: {meaning}");
    }
}

fn contents(page: &mut String, family: &Family) {
    let _ = writeln!(page, "\n### {}: {}\n", family.prefix, family.title);
    let _ = writeln!(page, "{}\n", family.about);
    for rule in family.rules {
        let Rule {
            id,
            title,
            severity,
            ..
        } = rule;
        let _ = writeln!(page, "- [{id}](#{id}) {title} ({severity})");
    }
}

fn section(page: &mut String, rule: &Rule, checked_by: &CheckedBy) {
    let Rule {
        id,
        title,
        fault,
        why,
        right,
        severity,
        ..
    } = rule;
    // The id alone is the anchor: a better title breaks no link.
    let _ = writeln!(page, "\n<a id=\"{id}\"></a>\n\n## {id} {title}\n");
    let _ = writeln!(
        page,
        "**Fault.** {fault}\n\n**Why it matters.** {why}\n\n**What is right.** {right}\n"
    );
    let _ = writeln!(page, "- severity: {severity}");
    let _ = writeln!(page, "- seen from: {}", rule.angles());
    let _ = writeln!(page, "- checked by: {}", checks(rule, checked_by));
    if let (Some(number), Some(link)) = (rule.cwe, rule.cwe_link()) {
        let _ = writeln!(page, "- CWE: [CWE-{number}]({link})");
    }
    if !rule.sources.is_empty() {
        let links = rule.sources.iter();
        let links: Vec<String> = links
            .map(|source| format!("[{source}]({})", source.link()))
            .collect();
        let _ = writeln!(page, "- sources: {}", links.join(", "));
    }
}

/// What checks `rule`, each scenario with a link to its file.
fn checks(rule: &Rule, checked_by: &CheckedBy) -> String {
    let names = checked_by.of(rule.id).map(|name| {
        if name.starts_with("check:") {
            format!("`{name}`")
        } else {
            format!("[{name}](../scenarios/{name}.yaml)")
        }
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        NOTHING.to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::angle::Angle;
    use crate::catalogue::all;
    use crate::checked_by::CheckedBy;
    use crate::severity::Severity;

    #[track_caller]
    fn has(page: &str, text: &str) {
        assert!(page.contains(text), "the page does not have\n{text}");
    }

    #[test]
    fn a_section_has_all_that_its_rule_has() {
        let page = markdown(&CheckedBy::parse("ISO25: check:cache isolation/cached"));
        has(
            &page,
            "\n<a id=\"ISO25\"></a>\n\n## ISO25 A cache serves another user's answer\n\n**Fault.** A cache between ",
        );
        has(
            &page,
            "
- severity: critical
- seen from: scenarios, outside, lint of files
- checked by: `check:cache`, [isolation/cached](../scenarios/isolation/cached.yaml)
- CWE: [CWE-524](https://cwe.mitre.org/data/definitions/524.html)
- sources: [CVE-2023-30861](https://nvd.nist.gov/vuln/detail/CVE-2023-30861)
",
        );
        has(
            &page,
            "- seen from: properties\n- checked by: nothing yet\n",
        );
    }

    #[test]
    fn each_link_of_the_contents_leads_to_one_anchor() {
        let page = markdown(&CheckedBy::default());
        for rule in all() {
            let anchor = format!("<a id=\"{}\"></a>", rule.id);
            let link = format!("](#{})", rule.id);
            assert_eq!(page.matches(&anchor).count(), 1, "{anchor}");
            assert_eq!(page.matches(&link).count(), 1, "{link}");
        }
    }

    #[test]
    fn every_severity_and_every_angle_is_explained() {
        let page = markdown(&CheckedBy::default());
        for severity in Severity::ALL {
            has(
                &page,
                &format!("\n- **{severity}**: {}\n", severity.meaning()),
            );
        }
        for angle in Angle::ALL {
            has(&page, &format!("\n- **{angle}**: {}\n", angle.meaning()));
        }
    }
}
