use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::file::action::Takes;

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

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~äß\\t\\n]{0,12}".prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        prop_oneof![Just("user"), Just("marker"), Just("yes"), Just("1e3")].prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from);
        let map = prop::collection::btree_map("[ -~]{1,8}", inner, 0..3);
        prop_oneof![list, map.prop_map(|map| json!(map))]
    })
}

proptest! {
    #[test]
    fn whatever_a_parameter_is_it_stays_so(value in values(), program in "[!-~][ -~]{0,12}", name in "[!-~][ -~]{0,12}") {
        let old = json!({
            "target": name,
            "login": { "page": "/", "user": "u", "password": "p", "granted": 303 },
            "logout": { "method": "POST", "path": "/out", "granted": 303 },
            "session_cookie": "sid",
            "socket": { "path": "/socket.io/" },
            "actions": {
                "start": { "method": "POST", "path": "/a", "json": { "p": "{parameters}", "other": value }, "granted": 201, "id": "/id" },
                "stop": { "method": "DELETE", "path": "/a/{id}", "granted": 204 },
                "kinds": { "note": { "marker": "text", "parameters": { "it": value } } },
            },
            "start": { "program": program, "arguments": [name], "add_users": [], "ready_line": "on " },
        });
        let new = migrate(&old.to_string()).expect("a new file");
        let target = crate::parse(&new);
        prop_assert!(target.is_ok(), "{new}\n{target:?}");
        let target = target.expect("just looked at");
        let note = target.action("note").expect("there");
        prop_assert_eq!(note.parameter("it"), Some(&Takes::Value(value)), "{}", new);
        prop_assert_eq!(&target.name, &name);
        let start = target.start.expect("a start");
        prop_assert_eq!(start.command.len(), 2);
    }
}
