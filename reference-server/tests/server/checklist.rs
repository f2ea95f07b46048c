//! Checks the table in ARCHITECTURE.md that names the tests for each line of the guide's checklist and for each rule:
//! it has a row for every line, and everything that it names exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const CHECKLIST: [&str; 24] = [
    "Change default SECRET_KEY in environment file",
    "Configure proper ALLOWED_ORIGINS",
    "Enable SSL/TLS (HTTPS)",
    "Configure firewall (only ports 80, 443 open)",
    "Set up SELinux contexts",
    "Review and set proper file permissions",
    "Disable debug mode (DEBUG=False)",
    "Set secure session cookie flags",
    "Configure log rotation",
    "Set up automated backups",
    "Test multi-user isolation",
    "Verify SSL certificate is valid",
    "Test automatic failover (restart service)",
    "Monitor logs for errors",
    "Test WebSocket connections",
    "Verify no sensitive data in logs",
    "Test session timeout",
    "Verify CORS settings",
    "Regular security updates: `sudo dnf update -y`",
    "Monitor access logs for suspicious patterns",
    "Review user access and permissions",
    "Test SSL certificate renewal monthly",
    "Review and update security headers",
    "Audit application logs weekly",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rows of the table: a line, and what verifies it.
fn table(text: &str) -> BTreeMap<String, String> {
    let (_, part) = text
        .split_once("\n## What holds each line\n")
        .expect("the part");
    let rows = part.lines().filter_map(|line| {
        let (line, held) = line.strip_prefix("| ")?.split_once(" | ")?;
        Some((line.to_owned(), held.strip_suffix(" |")?.to_owned()))
    });
    rows.filter(|(line, _)| line != "checklist" && line != "rule")
        .collect()
}

/// The sources, by the names that the table uses.
fn sources() -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = ["reference-server", "harness", "deploy/checks"]
        .map(|folder| root().join(folder))
        .into();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|suffix| suffix == "rs") {
                let stem = path.file_stem().and_then(|stem| stem.to_str());
                let stem = match stem.expect("text") {
                    "tests" | "mod" => folder.file_name().and_then(|name| name.to_str()),
                    _ => stem,
                };
                let text = fs::read_to_string(&path).expect("text");
                *found.entry(stem.expect("text").to_owned()).or_default() += &text;
            }
        }
    }
    found
}

/// What a row names that does not exist.
fn missing(row: (&str, &str), sources: &BTreeMap<String, String>) -> Vec<String> {
    let (line, held) = row;
    let named = held.split('`').skip(1).step_by(2);
    let is_there = |name: &&str| {
        if let Some((file, function)) = name.split_once("::") {
            let declared = format!("fn {function}(");
            return sources
                .get(file)
                .is_some_and(|text| text.contains(&declared));
        }
        if let Some(check) = name.strip_prefix("check:") {
            // A check is declared next to its function, in any file.
            let declared = format!("    check: Check {{\n        name: \"{check}\",\n");
            return sources.values().any(|text| text.contains(&declared));
        }
        if name.ends_with(".yaml") {
            let text = fs::read_to_string(root().join("scenarios").join(name));
            return text.is_ok_and(|text| {
                !line.starts_with(['W', 'O']) || line.len() > 5 || text.contains(line)
            });
        }
        name.strip_prefix("make ").is_some_and(|target| {
            let text = fs::read_to_string(root().join("Makefile")).expect("text");
            text.contains(&format!("\n{target}:"))
        })
    };
    let lost = named.filter(|name| !is_there(name));
    lost.map(|name| format!("{line}: {name}")).collect()
}

#[test]
fn every_line_and_every_rule_says_what_holds_it() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("text");
    let (table, sources) = (table(&text), sources());
    let rules = (1..=10).map(|n| format!("WEB{n:02}"));
    let rules = rules.chain((1..=14).map(|n| format!("OPS{n:02}")));
    for line in CHECKLIST.map(str::to_owned).into_iter().chain(rules) {
        let held = table
            .get(&line)
            .unwrap_or_else(|| panic!("{line} has no row"));
        let said = held.contains('`') || held.starts_with("the operator's");
        assert!(said, "{line}: {held}");
    }
    let lost: Vec<String> = table
        .iter()
        .flat_map(|(line, held)| missing((line, held), &sources))
        .collect();
    assert_eq!(lost, [""; 0]);
}

#[test]
fn what_is_not_there_is_missed() {
    let sources = sources();
    for name in [
        "nowhere::at_all",
        "checklist::not_here",
        "check:none",
        "sessions/none.yaml",
        "make none",
        "words",
    ] {
        assert_eq!(
            missing(("OPS01", &format!("`{name}`")), &sources).len(),
            1,
            "{name}"
        );
    }
    // A scenario about another rule.
    assert_eq!(
        missing(("WEB05", "`sessions/fixation.yaml`"), &sources).len(),
        1
    );
}
