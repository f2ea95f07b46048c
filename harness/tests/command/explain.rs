//! `airtight explain`: the rules that a report names by their ids.

use std::process::Command;

fn explain(arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airtight"));
    let ended = command.arg("explain").args(arguments).output();
    let ended = ended.expect("runs");
    let words = [ended.stdout, ended.stderr].concat();
    let code = ended.status.code().expect("a code");
    (code, String::from_utf8_lossy(&words).into_owned())
}

#[test]
fn a_rule_is_explained_in_any_case() {
    for id in ["ISO04", "iso04"] {
        let (code, said) = explain(&[id]);
        assert_eq!(code, 0, "{said}");
        assert!(said.starts_with("ISO04"), "{said}");
        assert!(said.contains("isolation/own-thread-list"), "{said}");
    }
}

#[test]
fn a_rule_that_nothing_checks_says_so() {
    let (code, said) = explain(&["ISO14"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("nothing yet"), "{said}");
}

#[test]
fn without_an_id_every_rule_is_listed() {
    let (code, said) = explain(&[]);
    assert_eq!(code, 0, "{said}");
    let missing = rules::all().find(|rule| !said.contains(rule.id));
    assert!(missing.is_none(), "{missing:?}");
}

#[test]
fn an_unknown_rule_is_refused_with_the_nearest() {
    let (code, said) = explain(&["ISO4"]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("there is no rule `ISO4`") && said.contains("did you mean `ISO04`"),
        "{said}"
    );
    let (code, said) = explain(&["\u{1b}[31m nothing like it"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("list all rules"), "{said}");
}
