use super::*;
use crate::needs::WORDS;

fn target(actions: &str, beside: &str) -> Target {
    let text = format!("target: x\nlogin: none\nsocket: {{}}\n{beside}\nactions: {actions}\n");
    crate::parse(&text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"))
}

const ROOM: &str = "groups: {room: {join: {emit: [join, \"{group}\"]}}}";

/// Each action sends its marker, unless it says otherwise.
#[track_caller]
fn check(wish: &str, actions: &[(&str, &str)], beside: &str, found: &str) {
    let mut all = String::new();
    for (name, rest) in actions {
        all.push_str(&format!(
            "\n  {name}: {{do: {{emit: [{name}, \"{{marker}}\"]}}, {rest}}}"
        ));
    }
    let target = target(if actions.is_empty() { "{}" } else { &all }, beside);
    let need = target.action_for(Wish::from_word(wish).expect("a word"));
    let told = match need {
        Need::Found((name, _)) => name.to_owned(),
        Need::NotApplicable(word) => format!("not applicable: {word}"),
        Need::NotMentioned(lines) => format!("not mentioned: {}", lines.join(" | ")),
    };
    assert_eq!(told, found, "{wish}: {actions:?}");
}

const PLAIN: &str = "yields: {a: 1}";
const UNMARKED: &str = "marked: false, yields: {a: 1}";
const LONG: &str = "can: long, yields: {a: 1}";
const FLOOD: &str = "can: floods, yields: {a: 1}";
const FAILS: &str = "can: fails, yields: {a: 1}";
const GROUP: &str = "takes: {room: group}, yields: {a: {to: {group: room}}}";
const USER: &str = "takes: {to: user}, yields: {a: {to: {user: to}}}";
const STOP: &str = "stop: {emit: stop}, yields: {a: 1}";

#[test]
fn any_is_what_everybody_can_do_and_understand() {
    check("any", &[("p", PLAIN), ("q", PLAIN)], "", "p");
    check("any", &[("p", UNMARKED), ("q", PLAIN)], "", "q");
    check("any", &[("p", GROUP), ("q", PLAIN)], ROOM, "q");
    check("any", &[("p", USER), ("q", PLAIN)], "", "q");
    check("any", &[("p", FLOOD), ("q", FAILS), ("r", PLAIN)], "", "r");
    check("any", &[("p", LONG), ("q", PLAIN)], "", "q");
    check("any", &[("p", "can: []"), ("q", PLAIN)], "", "q");
    check("any", &[("p", PLAIN), ("q", PLAIN)], "destructive: p", "q");
    // Harm is worse than anything else.
    check("any", &[("p", FLOOD), ("q", UNMARKED)], "", "q");
    check("any", &[("p", UNMARKED), ("q", GROUP)], ROOM, "q");
    check("any", &[("p", FLOOD)], "", "p");
}

#[test]
fn each_ability_has_its_word() {
    check(
        "several events",
        &[("p", PLAIN), ("q", "yields: {a: 3}")],
        "",
        "q",
    );
    check(
        "several events",
        &[("p", PLAIN), ("q", "takes: {times: 4}, yields: {a: times}")],
        "",
        "q",
    );
    check(
        "several events",
        &[("p", "yields: {a: 1, b: 1}"), ("q", "yields: {a: 2}")],
        "",
        "q",
    );
    check(
        "several events",
        &[
            ("p", "yields: {a: 2}"),
            ("q", "can: several, yields: {a: 1+}"),
        ],
        "",
        "q",
    );
    check("takes long", &[("p", PLAIN), ("q", LONG)], "", "q");
    check("can be stopped", &[("p", PLAIN), ("q", STOP)], "", "q");
    check(
        "can be stopped",
        &[("p", STOP), ("q", "can: long, stop: {emit: stop}")],
        "",
        "q",
    );
    check("floods", &[("p", PLAIN), ("q", FLOOD)], "", "q");
    check(
        "floods",
        &[("p", PLAIN), ("q", "yields: {a: 500}")],
        "",
        "q",
    );
    check("to a group", &[("p", PLAIN), ("q", GROUP)], ROOM, "q");
    check("to one member", &[("p", PLAIN), ("q", USER)], "", "q");
    check("fails", &[("p", PLAIN), ("q", FAILS)], "", "q");
}

#[test]
fn what_a_file_denies_is_not_applicable_and_what_it_leaves_out_is_said() {
    for (word, wish) in WORDS {
        let denied = format!("without: [{word}]");
        check(word, &[], &denied, &format!("not applicable: {denied}"));
        check(
            word,
            &[],
            "",
            &format!("not mentioned: {}", wish.lines().join(" | ")),
        );
        assert!(wish.lines().contains(&denied), "{word}");
    }
    check(
        "can be stopped",
        &[("p", PLAIN)],
        "without: stop",
        "not applicable: without: [stop]",
    );
    check(
        "to a group",
        &[("p", PLAIN)],
        "groups: none",
        "not applicable: groups: none",
    );
    // What it has is there, whatever else it says.
    check("takes long", &[("p", LONG)], "without: long", "p");
}
