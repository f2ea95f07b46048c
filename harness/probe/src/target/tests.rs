use std::time::Duration;

use serde_json::Map;

use super::*;

const REFERENCE: &str = include_str!("../../../../scenarios/targets/reference.yaml");

#[test]
fn the_reference_target_is_good() {
    let target = Target::parse(REFERENCE).expect("good");
    let given = serde_json::json!({"count": 4});
    let parameters = target.parameters("popups", given.as_object().expect("an object"), "m");
    assert_eq!(parameters["text"], "m");
    assert_eq!(target.yields("popups", &parameters)["popup"], 4);
    assert_eq!(Vec::from_iter(target.exact("popups")), ["popup", "result"]);
    let parameters = target.parameters("parallel", &Map::new(), "m");
    assert_eq!(target.yields("parallel", &parameters)["action_status"], 3);
    assert_eq!(Vec::from_iter(target.exact("parallel")), ["result"]);
    let parameters = target.parameters("countdown", &Map::new(), "m");
    assert_eq!(target.yields("countdown", &parameters)["action_status"], 1);
}

#[test]
fn granted_means_what_the_file_says() {
    let mut target = Target::parse(REFERENCE).expect("good");
    target.actions.stop.granted = 202;
    let check = |method: &str, path: &str, granted: Option<u16>| {
        assert_eq!(target.granted(method, path), granted, "{method} {path}");
    };
    check("POST", "/api/actions", Some(201));
    check("GET", "/api/actions", Some(200));
    check("GET", "/api/actions?user=alice", Some(200));
    check("DELETE", "/api/actions/7", Some(202));
    check("DELETE", "/api/actions/", None);
    check("DELETE", "/api/actions/7/8", None);
    check("GET", "/api/actions/7", None);
    check("POST", "/logout", Some(303));
    check("POST", "/login", Some(303));
    check("POST", "/upload", Some(201));
    check("GET", "/", None);
    let yes = serde_json::json!({"ok": true});
    let no = serde_json::json!({"error": "no"});
    assert!(target.socket.grants(&yes) && !target.socket.grants(&no));
    target.socket.refused = "/0/failed".to_owned();
    let failed = serde_json::json!([{"failed": 1}]);
    assert!(target.socket.grants(&no) && !target.socket.grants(&failed));
}

#[test]
fn an_id_is_read_from_a_path_as_the_file_says() {
    let mut target = Target::parse(REFERENCE).expect("good");
    let check = |target: &Target, path: &str, id: Option<&str>| {
        assert_eq!(target.id_in_path(path), id, "{path}");
    };
    check(&target, "/api/actions/12", Some("12"));
    check(&target, "/api/actions/12/log?x=1", Some("12"));
    check(&target, "/api/actions/12?x=1", Some("12"));
    check(&target, "/api/actions/", None);
    check(&target, "/api/v1/rooms/1", None);
    check(&target, "/other/api/actions/12", None);
    target.actions.stop.path = "/stop?id={id}&now=1".to_owned();
    check(&target, "/stop?id=12&now=1", Some("12"));
}

/// Replaces `from` by `to` in the reference target; the error must name the line where `to` then stands.
#[track_caller]
fn check(from: &str, to: &str, message: &str) {
    let text = REFERENCE.replacen(from, to, 1);
    assert_ne!(text, REFERENCE, "{from}");
    let error = Target::parse(&text).expect_err(to);
    assert!(error.to_string().contains(message), "{to}: {error}");
    let at = text.lines().position(|line| line.contains(to));
    let at = at.map(|index| index + 1);
    assert_eq!(line_of(error), at, "{to}");
}

fn line_of(error: TargetError) -> Option<usize> {
    error.in_file("x").place.line()
}

#[test]
fn a_run_listens_for_three_ticks_of_the_scheduler() {
    let target = Target::parse(REFERENCE).expect("good");
    assert_eq!(target.listening(), Duration::from_millis(300));
    let text = REFERENCE.replace("cadence: 100ms\n", "");
    let silent = Target::parse(&text).expect("good");
    assert_eq!(silent.listening(), Duration::from_secs(1));
}

#[test]
fn a_wrong_target_says_what_and_where() {
    check("base: http:", "base: ftp:", "of the kind `ftp:`");
    check("base: http:", "base: nonsense", "relative URL");
    check("session_cookie:", "session_biscuit:", "session_biscuit");
    check("page: /login", "page: login", "does not begin with /");
    check("granted: 303", "granted: 3030", "3030 is no status");
    check("popup: count", "popup: size", "`popup` counts by `size`");
    check("popup: count", "popup: size+", "`popup` counts by `size`");
    check("method: POST", "method: PUSH", "`PUSH` is no method");
    check("id: /id", "id: id", "`id` is no JSON pointer");
    check("{id}", "{di}", "does not say which action is stopped");
    check("numbered: true", "numbered: 7", "");
    check("cadence: 100ms", "cadence: 100", "`100` is no duration");
    check("target: ", "target: [", "");
    check(
        "smoke: countdown",
        "smoke: nothing",
        "there is no kind `nothing`",
    );
}

#[test]
fn an_error_has_the_line_of_the_wrong_value() {
    // The same key also stands in other maps and in comments before it.
    check("path: /upload", "path: upload", "`upload` does not begin");
    check(
        "{path: /health,",
        "{path: health,",
        "`health` does not begin",
    );
    check(
        "path: /socket.io/",
        "path: socket.io/",
        "`socket.io/` does not begin",
    );
    check(
        "path: /api/actions, granted: 200}",
        "path: mine, granted: 200}",
        "`mine`",
    );
    check(
        "field: file, granted: 201",
        "field: file, granted: 1201",
        "1201 is no status",
    );
    check("    granted: 201", "    granted: 7", "7 is no status");
    let comment = "# path: granted: page: smoke:\nlogin:\n  # page: nowhere\n  \"page\": login\n ";
    let text = REFERENCE.replacen("login: {page: /login,", "login: {page: /login, ", 1);
    let flow = text
        .lines()
        .find(|line| line.starts_with("login:"))
        .expect("it is there");
    let block = format!("{comment} user: user\n  password: password\n  granted: 303");
    let error = Target::parse(&text.replace(flow, &block)).expect_err("a wrong page");
    let first = text.lines().position(|line| line == flow).expect("a line") + 1;
    assert_eq!(line_of(error), Some(first + 3));
    let flow = "login: {\n  user: user, password: password,\n  page:\n    login, granted: 303}";
    let error = Target::parse(&text.replace(&block_of(&text), flow)).expect_err("a wrong page");
    assert_eq!(line_of(error), Some(first + 3));
}

fn block_of(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("login:"));
    line.expect("it is there").to_owned()
}

#[test]
fn a_missing_key_is_reported_where_it_belongs() {
    let text = REFERENCE.replacen("    id: /id\n", "", 1);
    let error = Target::parse(&text).expect_err("no id");
    let line = text
        .lines()
        .position(|line| line == "  start:")
        .expect("a line")
        + 1;
    assert_eq!(line_of(error), Some(line));
    check("program: reference-server", "program: \"\"", "no program");
    check(
        "ready_line: \"listening on \"",
        "ready_line: \"\"",
        "no program or no ready_line",
    );
}

/// The error in the reference target with `to` for `from`, as a user sees it.
#[track_caller]
fn shown(from: &str, to: &str) -> String {
    let text = REFERENCE.replacen(from, to, 1);
    assert_ne!(text, REFERENCE, "{from}");
    let error = Target::parse(&text).expect_err(to);
    error.in_file("target.yaml").to_string()
}

/// The line of the reference target that begins so.
fn reference_line(start: &str) -> String {
    let mut lines = REFERENCE.split_inclusive('\n');
    let line = lines.find(|line| line.starts_with(start));
    line.expect("it is there").to_owned()
}

#[test]
fn the_caret_stands_under_the_word() {
    for (from, to, line) in [
        ("page: /login", "page: login", "{page: login, user"),
        ("smoke: countdown", "smoke: nothing", "smoke: nothing"),
        ("cadence: 100ms", "cadence: 100", "cadence: 100"),
        ("session_cookie:", "session_biscuit:", "session_biscuit:"),
    ] {
        let shown = shown(from, to);
        let word = to.split(": ").last().expect("a word").trim_end_matches(':');
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[3].contains(line), "{shown}");
        let marked = lines[4].find('^').expect("a caret");
        let length = lines[4].matches('^').count();
        assert_eq!(&lines[3][marked..marked + length], word, "{shown}");
    }
}

#[test]
fn no_error_shows_a_secret() {
    let environment = "  environment:\n";
    for secret in [
        "    SECRET_KEY: [hunter2]\n",
        "    SECRET_KEY: \"hunter2\n",
        "    SECRET_KEY: hunter2: x\n",
        "    SECRET_KEY: |\n      hunter2\n     hunter2: x\n",
        "    KEY: hunter2\n   : hunter2\n",
        "    KEY: hunter2\n    KEY: hunter2\n",
        "    \"hunter2\": a\n    \"hunter2\": b\n",
        "    KEY: hunter2\n\tOTHER: hunter2\n",
        "    - hunter2\n",
        "    KEY: !!int hunter2\n",
        "    KEY: *hunter2\n",
        "    KEY: {hunter2: hunter2}\n",
        "    KEY: hunter2\n  ready_lines: hunter2\n",
    ] {
        let shown = shown(environment, &format!("{environment}{secret}"));
        assert!(!shown.contains("hunter2"), "{secret}{shown}");
        assert!(shown.contains("--> target.yaml:"), "{secret}{shown}");
    }
    // A secret of several lines, the value behind an option, and an address with a password.
    let line = reference_line("  arguments:");
    for secret in [
        "  arguments:\n    - --token\n    - hunter2: x\n",
        "  arguments: []\n  api_key: |\n    hunter2\n   hunter2: }\n",
    ] {
        let shown = shown(&line, secret);
        assert!(!shown.contains("hunter2"), "{secret}{shown}");
    }
    let base = reference_line("base:");
    for address in ["ftp://alice:hunter2@host/", "ftp://alice:hunter2@host/: x"] {
        let shown = shown(&base, &format!("base: {address}\n"));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("--> target.yaml:"), "{shown}");
    }
    // The line beside it is shown, and only that one.
    let beside = shown("ready_line: ", "ready_lines: ");
    assert!(!beside.contains("SECRET"), "{beside}");
}

#[test]
fn a_header_that_cannot_be_sent_is_found_in_the_file() {
    for (header, word) in [
        ("Authorization: >\n    Bearer s3cret\n", "value"),
        ("\"X Y\": s3cret\n", "name"),
    ] {
        let text = REFERENCE.replacen(
            "headers: {Origin",
            &format!("headers:\n  {header}events_: {{Origin"),
            1,
        );
        let lines = text.lines().filter(|line| !line.starts_with("events_:"));
        let text = lines.collect::<Vec<&str>>().join("\n");
        let shown = Target::parse(&text).expect_err(header).to_string();
        assert!(
            shown.contains(&format!("the {word} of this header cannot be sent")),
            "{shown}"
        );
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
