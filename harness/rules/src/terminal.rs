//! What `airtight explain` prints.

use std::fmt::Write;

use crate::catalogue::families;
use crate::checked_by::{CheckedBy, NOTHING};
use crate::rule::Rule;

/// No line is longer, unless one word is: links are never broken.
const WIDTH: usize = 96;
/// Where the text stands, behind its label.
const INDENT: usize = 14;

/// All that is known of one rule, for a terminal.
#[must_use]
pub fn explain(rule: &Rule) -> String {
    explain_by(rule, CheckedBy::committed())
}

fn explain_by(rule: &Rule, checked_by: &CheckedBy) -> String {
    let mut names: Vec<&str> = checked_by.of(rule.id).collect();
    if names.is_empty() {
        names.push(NOTHING);
    }
    let severity = format!("{}: {}", rule.severity, rule.severity.meaning());
    let mut text = format!("{}  {}\n\n", rule.id, rule.title);
    push(&mut text, "fault", rule.fault);
    push(&mut text, "why", rule.why);
    push(&mut text, "right", rule.right);
    push(&mut text, "severity", &severity);
    push(&mut text, "seen from", &rule.angles());
    push(&mut text, "checked by", &names.join(", "));
    if let (Some(number), Some(link)) = (rule.cwe, rule.cwe_link()) {
        push(&mut text, "CWE", &format!("CWE-{number} {link}"));
    }
    for source in rule.sources {
        push(&mut text, "source", &format!("{source} {}", source.link()));
    }
    text
}

/// Adds `words` behind `label`, broken into lines.
fn push(text: &mut String, label: &str, words: &str) {
    let mut line = format!("  {label:<width$}", width = INDENT - 2);
    let mut is_empty = true;
    for word in words.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(INDENT);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text.push_str(&line);
    text.push('\n');
}

/// All rules, one on each line, below the name of their family.
#[must_use]
pub fn list() -> String {
    list_by(CheckedBy::committed())
}

fn list_by(checked_by: &CheckedBy) -> String {
    let mut text = String::new();
    for family in families() {
        if !text.is_empty() {
            text.push('\n');
        }
        let head = format!("{} ({})", family.title, family.prefix);
        let _ = writeln!(text, "{head:<60}checked by");
        for rule in family.rules {
            let by = match checked_by.of(rule.id).count() {
                0 => NOTHING.to_owned(),
                count => count.to_string(),
            };
            let _ = writeln!(text, "  {:<6}  {:<50}{by}", rule.id, rule.title);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, explain, explain_by, list_by};
    use crate::catalogue::{all, families, named};
    use crate::checked_by::CheckedBy;

    fn explained(id: &str, checked_by: &str) -> String {
        let rule = named(id).expect("a rule");
        explain_by(rule, &CheckedBy::parse(checked_by))
    }

    #[test]
    fn one_rule_has_aligned_labels() {
        let checked = "ISO11: isolation/left-target check:isolation";
        insta::assert_snapshot!(explained("ISO11", checked));
    }

    #[test]
    fn parts_that_a_rule_lacks_are_left_out() {
        insta::assert_snapshot!(explained("DEL03", ""));
    }

    #[test]
    fn lines_fit_a_terminal_and_end_in_no_space() {
        let texts = all().map(explain).chain([list_by(CheckedBy::committed())]);
        for line in texts.collect::<String>().lines() {
            assert!(
                line.chars().count() <= WIDTH || line.contains("https://"),
                "{line}"
            );
            assert_eq!(line, line.trim_end(), "{line}");
        }
    }

    #[test]
    fn the_list_has_each_rule_once_and_says_how_many_check_it() {
        let text = list_by(&CheckedBy::parse("DEL02: a b"));
        insta::assert_snapshot!(text);
        // A line for each rule and each family, and one between families.
        let expected = all().count() + 2 * families().count() - 1;
        assert_eq!(text.lines().count(), expected);
    }

    #[test]
    fn no_title_runs_into_the_next_column() {
        for rule in all() {
            assert!(rule.title.len() <= 48, "{}: {}", rule.id, rule.title);
        }
    }
}
