//! Steps in, the step that is wrong and why out.

use std::path::Path;

use super::error::ScenarioError;
use super::file::parse;

/// Reads the steps, one a `;`, for the users alice, bob and `amy.o'x`. `wrong` is empty, or the number of
/// the wrong step and its message.
#[track_caller]
fn check(steps: &str, wrong: &str) {
    let mut text = "{scenario: x, rules: [ISO04], users: [alice, bob, amy.o'x], expect: [no_foreign_events], steps: [".to_owned();
    for step in steps.split(';') {
        text += &format!("{{{}}},\n", step.trim());
    }
    text += "]}";
    let reported = match parse(Path::new("x.yaml"), text.as_bytes()) {
        Ok(_) => String::new(),
        Err(ScenarioError(error)) => {
            format!("{}: {}", error.place.line().unwrap_or(0), error.what)
        }
    };
    assert_eq!(reported, wrong, "{steps}");
}

#[test]
fn who_acts_has_logged_in() {
    check("login: alice; http: {as: alice, get: /}", "");
    check("http: {as: stranger, get: /}", "");
    check(
        "http: {as: alice, get: /}",
        "1: user `alice` acts before logging in",
    );
    check(
        "login: alice; login: alice",
        "2: `alice/desktop` is logged in already",
    );
    check("login: alice; logout: alice; login: alice", "");
    check("login: alice; logout: alice; http: {as: alice, get: /}", "");
    check(
        "login: alice; logout: alice; start: {as: alice, action: log}",
        "3: user `alice` acts after logging out",
    );
    check("login: stranger", "1: a stranger cannot log in");
    check("login: carol", "1: there is no user `carol`");
    check(
        "login: everyone; logout: bob; logout: everyone",
        "3: user `bob` acts after logging out",
    );
    check(
        "login: alice/desktop/2",
        "1: `login` needs a browser, and `alice/desktop/2` is a tab",
    );
}

#[test]
fn a_browser_that_is_taken_over_has_a_new_name() {
    let taken = "login: alice/pc; open: alice/pc; login: {as: bob, in: alice/pc};";
    check(
        &format!("{taken} open: bob/pc; quiet: {{at: alice/pc, for: 1s}}"),
        "",
    );
    check(
        &format!("{taken} http: {{as: alice/pc, get: /}}"),
        "4: the browser `alice/pc` was taken over",
    );
    check(
        &format!("{taken} login: alice/pc"),
        "4: the browser `alice/pc` was taken over",
    );
    check(
        &format!("{taken} emit: {{as: bob/pc/1, event: x, data: '{{alice/pc.session}}'}}"),
        "4: the browser `alice/pc` was taken over",
    );
    check(
        "login: alice/pc; login: bob/pc; login: {as: bob, in: alice/pc}",
        "3: there is a browser `bob/pc` already",
    );
    check(
        "login: {as: bob, in: alice/pc}",
        "1: user `alice` acts before logging in",
    );
    check(
        "login: {as: everyone, in: alice/pc}",
        "1: `everyone` cannot log in at `alice/pc`: one user takes over one browser",
    );
}

#[test]
fn a_tab_is_in_the_fitting_state() {
    let open = "login: alice; open: alice;";
    check(
        &format!("{open} open: alice/phone; open: alice/phone/2"),
        "",
    );
    check(
        &format!("{open} open: alice"),
        "3: `alice/desktop/1` is open already",
    );
    check(
        &format!("{open} stall: alice; resume: alice; cut: alice; resume: alice"),
        "",
    );
    check(
        &format!("{open} resume: alice"),
        "3: the tab `alice/desktop/1` is open",
    );
    check(
        &format!("{open} close: alice; cut: alice"),
        "4: the tab `alice/desktop/1` is closed",
    );
    check(
        &format!("{open} restart: server; await: {{at: alice, event: x}}"),
        "4: the tab `alice/desktop/1` is closed",
    );
    check(
        &format!("{open} stall: bob"),
        "3: the tab `bob/desktop/1` was never opened",
    );
    check(
        &format!("{open} logout: alice; quiet: {{at: alice, for: 1s}}"),
        "",
    );
    check(
        &format!("{open} logout: alice; await: {{at: alice, event: x}}"),
        "4: the tab `alice/desktop/1` is over: its session has ended",
    );
    check("open: alice", "1: user `alice` acts before logging in");
    check("open: {at: stranger, expect: refused}", "");
    check(
        "open: stranger",
        "1: nobody knows whether this stranger is welcome",
    );
    check(
        "close: stranger",
        "1: a stranger cannot have a socket that nothing has opened",
    );
    check(
        "login: alice; open: {at: alice, expect: refused}; close: alice",
        "3: the tab `alice/desktop/1` was never opened",
    );
}

#[test]
fn an_action_has_one_name_and_one_owner() {
    let run = "login: everyone; start: {as: alice, action: log};";
    check(&format!("{run} stop: {{as: alice, action: log}}"), "");
    check(&format!("{run} stop: {{as: bob, action: alice.log}}"), "");
    check(
        &format!("{run} stop: {{as: bob, action: log}}"),
        "3: `bob` has started no action `log`",
    );
    check(
        &format!("{run} stop: {{as: stranger, action: log}}"),
        "3: `log` does not say whose action it is",
    );
    check(
        &format!("{run} start: {{as: alice/phone, action: log}}"),
        "3: `alice` has an action `log` already, from line 2",
    );
    check(
        &format!("{run} start: {{as: alice, action: log, name: more}}"),
        "",
    );
    check(
        &format!("{run} start: {{as: everyone, action: log}}"),
        "3: `everyone` has an action `log` already, from line 2",
    );
    check(
        "login: alice; together: [{start: {as: alice, action: log}}, {start: {as: alice, action: log}}]",
        "2: `alice` has an action `log` already, from line 2",
    );
    check(
        "login: alice; start: {as: alice, action: log, expect: refused}; stop: {as: alice, action: log}",
        "3: `alice` has started no action `log`",
    );
    check(
        "start: {as: stranger, action: log}",
        "1: a stranger cannot start an action",
    );
    check(
        "login: alice; start: {as: alice, action: log, via: socket}",
        "2: the tab `alice/desktop/1` was never opened",
    );
    check(
        "login: alice; start: {as: alice, action: a.b}",
        "2: `a.b` cannot name an action",
    );
}

#[test]
fn a_wait_can_end() {
    let run = "login: everyone; open: everyone; start: {as: alice, action: log};";
    let wait = |more: &str| format!("{run} await: {{event: result, {more}}}");
    check(&wait("at: alice, of: log, within: 1m, count: 3"), "");
    check(&wait("at: alice, at most: 2s"), "");
    check(
        &wait("at: alice, within: 5s, at most: 2s"),
        "4: `within` and `at most` are two limits",
    );
    check(
        &wait("at: alice, at_most: 2s"),
        "4: there is no `at_most` in await",
    );
    check(
        &wait("at: alice, at most: 0s"),
        "4: impossible wait: `at most` is shorter than 1ms",
    );
    check(&wait("at: everyone"), "");
    check(
        &wait("at: bob, of: alice.other"),
        "4: `alice` has started no action `other`",
    );
    check(
        &wait("at: alice, within: 0s"),
        "4: impossible wait: `within` is shorter than 1ms",
    );
    check(
        &wait("at: alice, within: 301s"),
        "4: impossible wait: `within` is longer than 5m",
    );
    check(
        &wait("at: alice, within: 5"),
        "4: `within` is 5 without a unit",
    );
    check(
        &wait("at: alice, within: 5h"),
        "4: impossible wait: `within` is longer than 5m",
    );
    check(&wait("at: alice, within: 1m30s"), "");
    check(
        &wait("at: alice, within: 30s1m"),
        "4: `within` is `30s1m`, which is no duration",
    );
    check(
        &wait("at: alice, within: 99999999999999999999s"),
        "4: `within` is `99999999999999999999s`, which is no duration",
    );
    check(&wait("at: alice, count: 0"), "4: `count` is 0");
}

#[test]
fn a_body_holds_each_time_and_in_each_order() {
    check(
        "repeat: {times: 3, steps: [login: alice, logout: alice]}",
        "",
    );
    check("repeat: {times: 1, steps: [login: alice]}", "");
    check(
        "repeat: {times: 2, steps: [login: alice]}",
        "1: in the second round, `alice/desktop` is logged in already",
    );
    check("together: [login: alice, login: bob]", "");
    check(
        "together: [login: alice]",
        "1: `together` has only one step",
    );
    check(
        "together: [login: alice, start: {as: alice, action: log}]",
        "1: user `alice` acts before logging in",
    );
    check(
        "login: alice; repeat: {times: 10000, steps: [{repeat: {times: 11, steps: [{http: {as: alice, get: /}}]}}]}",
        "2: the steps come to 110001, and at most 100000 can be run",
    );
}

#[test]
fn a_request_stays_at_the_target() {
    let ask = |more: &str| format!("http: {{as: stranger, {more}}}");
    check(
        &ask("post: '/{random}/{{x', form: {a: ''}, headers: {X-Y: z}, expect: [200, 404]"),
        "",
    );
    check(
        &ask("get: a"),
        "1: the path `a` does not lead to the target from its root",
    );
    check(
        &ask("get: //b.c/"),
        "1: the path `//b.c/` does not lead to the target from its root",
    );
    check(
        &ask("get: '/\\b.c'"),
        "1: the path `/\\b.c` does not lead to the target from its root",
    );
    check(&ask("get: /, put: /"), "1: the request has two methods");
    check(
        &ask("post: /, json: 1, form: {a: b}"),
        "1: the request has two bodies",
    );
    check(
        &ask("get: /, headers: {'a b': c}"),
        "1: the header `a b` cannot be sent",
    );
    check(
        &ask("get: /, headers: {a: \"b\\nc\"}"),
        "1: the header `a` cannot be sent",
    );
    check(&ask("get: /, expect: 99"), "1: `expect` is 99");
    check(&ask("gett: /"), "1: there is no `gett` in http");
    check(
        "upload: {as: stranger, bytes: 209715201}",
        "1: `bytes` is 209715201",
    );
}

#[test]
fn a_reference_stands_for_something() {
    let run = "login: amy.o'x; open: amy.o'x; start: {as: amy.o'x, action: log};";
    let ask = |path: &str| format!("{run} http: {{as: stranger, get: \"/{path}\"}}");
    check(
        &ask("{amy.o'x.log}{amy.o'x.sid}{amy.o'x/desktop.session}"),
        "",
    );
    check(&ask("{bob.log}"), "4: `bob` has started no action `log`");
    check(&ask("{carol.log}"), "4: there is no user `carol`");
    check(
        &ask("{bob.session}"),
        "4: user `bob` acts before logging in",
    );
    check(
        &ask("{amy.o'x/phone.sid}"),
        "4: the tab `amy.o'x/phone/1` was never opened",
    );
    check(
        &ask("{everyone.session}"),
        "4: `everyone` stands for no one session",
    );
    check(&ask("{x"), "4: `{x` stands for nothing");
}

#[test]
fn what_is_close_is_offered_and_nothing_moves_the_cursor() {
    let reported =
        |text: &str| parse(Path::new("x.yaml"), text.as_bytes()).map_err(|error| error.to_string());
    assert_eq!(
        reported("rulse: []\n").err().as_deref(),
        Some(
            "error: there is no `rulse` in the file\n --> x.yaml:1:1\n  |\n\
             1 | rulse: []\n  | ^^^^^\n  |\n  \
             = fix: write `rules`, or one of scenario, target, needs, rules, users, steps, beside, expect"
        )
    );
    assert_eq!(
        reported("\"\\e[2J\": 1\n").err().as_deref(),
        Some(
            "error: there is no `\u{fffd}[2J` in the file\n --> x.yaml:1:1\n  |\n\
             1 | \"\\e[2J\": 1\n  | ^^^^^^^\n  |\n  \
             = fix: use one of scenario, target, needs, rules, users, steps, beside, expect"
        )
    );
}

#[test]
fn no_error_shows_a_secret() {
    let head = "scenario: x\nrules: [ISO04]\nusers: [alice]\nexpect: [no_foreign_events]\nsteps:\n";
    for step in [
        "  - http: {as: stranger, post: /login, form: {password: [hunter2]}}\n",
        "  - http: {as: stranger, get: '/login?password={hunter2}'}\n",
        "  - http: {as: nobody, get: /, headers: {Cookie: hunter2}}\n",
        "  - http: {as: stranger, get: /, headers: {Cookie: \"hunter2\\n\"}}\n",
        "  - http: {as: stranger, get: /, headers: {Authorization: hunter2}\n",
        "  - http: {as: stranger, get: /, headers: {X-Token: 'hunter2}}\n",
        // In the line beside it.
        "  - http: {as: nobody, get: /,\n      headers: {Cookie: hunter2}}\n",
    ] {
        let error = parse(Path::new("x.yaml"), format!("{head}{step}").as_bytes());
        let shown = error.expect_err(step).to_string();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("--> x.yaml:"), "{shown}");
    }
}
