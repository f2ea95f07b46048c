//! How a file of the format before this one is known.

use reading::node::{Node, Yaml};

/// What is wrong with such a file.
pub const CHANGED: &str = "this file has the format of target files before version 2";
/// How to mend it.
pub const FIX: &str = "run `airtight migrate FILE --write`: it writes the same in the new language, and keeps the old file beside it";

/// A setting of an old file that no new one has.
pub(crate) fn mark(file: &Node) -> Option<&Node> {
    let login = file
        .setting("login")
        .and_then(|login| login.setting("page"));
    let kinds = file.setting("actions").and_then(|actions| {
        let kinds = actions.setting("kinds")?;
        let is_action = kinds.setting("do").is_some();
        let is_old = actions
            .setting("start")
            .is_some_and(|start| start.setting("method").is_some());
        (is_old && !is_action).then_some(kinds)
    });
    let socket = file.setting("socket").and_then(|socket| {
        let old = ["ready", "numbered", "start", "stop"];
        let setting = |key: &str| {
            let found = socket.setting(key)?;
            // A socket may be called so.
            (!matches!(found.yaml, Yaml::Map(_))).then_some(found)
        };
        old.into_iter().find_map(setting)
    });
    let cookie = file.setting("session_cookie");
    // One alone may be a mistake in a new file.
    let marks: Vec<&Node> = [login, cookie, kinds, socket]
        .into_iter()
        .flatten()
        .collect();
    match marks.as_slice() {
        [first, _, ..] => Some(first),
        _ => None,
    }
}
