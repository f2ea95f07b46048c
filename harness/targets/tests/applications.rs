//! The files of twelve kinds of application are accepted, and files that are wrong are refused with their mistakes.

use std::fs;
use std::path::Path;

use insta::{assert_snapshot, glob};
use targets::needs::{Need, WORDS};

fn mistakes(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("text");
    let wrong = targets::parse(&text).err().unwrap_or_default();
    let told = wrong.into_iter().map(|wrong| {
        let line = wrong
            .at
            .map_or_else(|| "file".to_owned(), |at| format!("line {}", at.line()));
        format!("{line}: {}\n    fix: {}", wrong.message, wrong.fix)
    });
    told.collect()
}

#[test]
fn each_application_can_be_said() {
    let mut count = 0;
    glob!("applications/*.yaml", |path| {
        count += 1;
        assert_eq!(mistakes(path), [""; 0], "{}", path.display());
    });
    assert_eq!(count, 12);
}

/// The files of the systems that the project brings along.
const SHIPPED: [&str; 2] = [
    "../../scenarios/targets/reference.yaml",
    "../../examples/helpdesk/tests/target.yaml",
];

#[test]
fn each_shipped_file_is_accepted() {
    for file in SHIPPED {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        assert_eq!(mistakes(&path), [""; 0], "{file}");
    }
}

#[test]
fn each_wish_finds_its_action_in_the_reference_servers_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED[0]);
    let text = fs::read_to_string(path).expect("text");
    let target = targets::parse(&text).expect("a target");
    let found: Vec<String> = WORDS
        .iter()
        .map(|(word, wish)| match target.action_for(*wish) {
            Need::Found((name, _)) => format!("{word}: {name}"),
            Need::NotApplicable(why) => format!("{word}: not applicable, {why}"),
            Need::NotMentioned(_) => format!("{word}: not mentioned"),
        })
        .collect();
    assert_snapshot!(found.join("\n"), @r"
    any: countdown
    several events: popups
    takes long: endless
    can be stopped: endless
    floods: flood
    to a group: not applicable, groups: none
    to one member: not applicable, without: [to one member]
    fails: fail
    ");
}

#[test]
fn each_wrong_file_is_refused_with_all_its_mistakes() {
    glob!("wrong/*.yaml", |path| {
        let told = mistakes(path);
        assert!(!told.is_empty(), "{}", path.display());
        assert_snapshot!(told.join("\n"));
    });
}
