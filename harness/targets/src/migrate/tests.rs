use super::*;

/// The smallest old file.
const OLD: &str =
    "target: x\nlogin: {page: /, user: u, password: p, granted: 303}\nsession_cookie: sid\n";

#[test]
fn a_file_of_today_is_no_old_one() {
    let new = "target: x\nlogin: none\nactions: {}\n";
    assert!(migrate(new).is_err());
    // One mark alone is a mistake in a file of today.
    let wrong = "target: x\nlogin: none\nsession_cookie: sid\nactions: {}\n";
    assert!(migrate(wrong).is_err());
    assert!(
        crate::parse(wrong).expect_err("wrong")[0]
            .message
            .contains("session_cookie")
    );
    assert!(migrate(OLD).is_ok());
}

#[test]
fn an_old_file_is_refused_with_what_changed_and_nothing_else() {
    let wrong = crate::parse(OLD).expect_err("old");
    assert_eq!(wrong.len(), 1);
    assert_eq!(
        (wrong[0].message.as_str(), wrong[0].fix.as_str()),
        (CHANGED, FIX)
    );
}

#[test]
fn what_nobody_knows_stands_as_a_comment() {
    let new = migrate(&format!("{OLD}colour: {{of: red}}\n")).expect("new");
    assert!(
        new.ends_with("# What follows could not be carried over:\n# colour: {of: red}\n"),
        "{new}"
    );
}
