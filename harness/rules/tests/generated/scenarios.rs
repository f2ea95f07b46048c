//! Which rules each scenario names.

use std::path::Path;

use rules::CheckedBy;

use crate::files::below;
use crate::ids;

/// The scenarios below `rejected` check nothing: they show what is refused. Those below `targets` are of one target each.
pub(crate) fn is_left_out(path: &Path) -> bool {
    { path.components() }.any(|part| {
        ["rejected", "targets"]
            .iter()
            .any(|name| part.as_os_str() == *name)
    })
}

/// Adds every scenario below `folder`.
pub(crate) fn add(folder: &Path, checked_by: &mut CheckedBy) {
    let mut found = 0;
    for (path, text) in below(folder, ".yaml") {
        let is_scenario = text.lines().any(|line| line.starts_with("scenario:"));
        if !is_scenario || is_left_out(&path) {
            continue;
        }
        let name = path
            .strip_prefix(folder)
            .expect("below it")
            .with_extension("");
        let rules = rules_of(&text);
        assert!(!rules.is_empty(), "{path:?} names no rule");
        for id in rules {
            checked_by.add(id, &name.to_string_lossy());
        }
        found += 1;
    }
    assert!(found > 0, "there are no scenarios below {folder:?}");
}

/// The ids in the list `rules`, which stands in one line or has a line for each.
fn rules_of(text: &str) -> Vec<&str> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("rules:"));
    let first = lines.next().into_iter();
    let more = lines.take_while(|line| line.starts_with([' ', '-', '#']) || line.is_empty());
    first
        .chain(more)
        .map(|line| line.split(" #").next().unwrap_or_default())
        .flat_map(ids::within)
        .collect()
}

#[test]
fn a_list_is_read_in_both_its_forms() {
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(rules_of(text), expected, "{text}");
    }
    check(
        "scenario: ISO09\nrules: [ISO04, WEB10] # not ISO05\nusers: [ISO06]\n",
        &["ISO04", "WEB10"],
    );
    check(
        "rules:\n  - ISO04 # not ISO05\n\n  - WEB10\nusers: [ISO06]\n",
        &["ISO04", "WEB10"],
    );
    check("rules:\n- ISO04\nsteps:\n  - open: ISO05\n", &["ISO04"]);
    check("rules:\n  [ISO04,\n   ISO99]\n", &["ISO04", "ISO99"]);
    check("scenario: none\n", &[]);
}
