//! When things come.

use super::parts::compare;
use crate::marker::Marker;
use crate::observation::What;
use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::history;
use crate::verdict::Verdict::{Holds, Violated};

/// Checks what comes late if the pause in the script takes five seconds instead of three.
#[track_caller]
fn late(script: &str, expected: &[&str]) {
    let with = |seconds: u8| script.replace("~pause", &format!("~{seconds}"));
    let (alone, beside) = (with(3), with(5));
    let script = format!("|alone {alone} |alone {alone} |busy {beside}");
    let mut history = history(&script);
    for observation in &mut history.observations {
        // An answer shows the marker of what was asked for.
        if let What::Answered {
            action: Some(_),
            frame,
            ..
        } = &mut observation.what
        {
            *frame = Marker::new(&"amy".into(), 1).to_string();
        }
    }
    let found = PROPERTY.judge(&history);
    let late: Vec<&str> = found
        .witnesses
        .iter()
        .filter_map(|witness| witness.says.split('`').nth(1))
        .collect();
    assert_eq!(late, expected, "{script}");
}

/// The time at which the harness closes its own tab only shows how long it listened.
#[test]
fn the_time_of_the_scenarios_own_close_is_not_compared() {
    let alone = "amy+ amy!1 amy<amy1#1 amy%";
    let later = "amy+ amy!1 amy<amy1#1 ~9 amy%";
    compare([alone, alone], [later, later], Holds, "");
    let closed = "amy+ amy!1 amy<amy1#1 amy%1001";
    let by_server = "amy+ amy!1 amy<amy1#1 ~9 amy%1001";
    compare([closed, closed], [by_server, by_server], Violated, "`left`");
}

#[test]
fn late_means_later_than_the_slowest_alone_with_some_tolerance() {
    let soon = "amy+ amy!1 amy<amy1#1";
    let late = "amy+ amy!1 ~3 amy<amy1#1";
    compare(
        [soon, soon],
        [late, late],
        Violated,
        "it came after 3002 ms, and within 502 ms alone",
    );
    compare([soon, late], [late, late], Holds, "");
    compare([soon, soon], [soon, late], Holds, "");
    let at_the_edge = "amy+ amy!1 ~500ms amy<amy1#1";
    let past_it = "amy+ amy!1 ~501ms amy<amy1#1";
    compare([soon, soon], [at_the_edge, at_the_edge], Holds, "");
    compare([soon, soon], [past_it, past_it], Violated, "after 503 ms");
    // What comes early is no harm.
    compare([late, late], [soon, soon], Holds, "");
}

#[test]
fn the_tolerance_grows_with_the_spread_alone() {
    let after = |seconds: u8| format!("amy+ amy!1 ~{seconds} amy<amy1#1");
    let [one, two, five, seven] = [1, 2, 5, 7].map(after);
    compare([&one, &two], [&five, &five], Holds, "");
    let says = "it came after 7002 ms, and within 6002 ms alone";
    compare([&one, &two], [&seven, &seven], Violated, says);
}

#[test]
fn a_delay_counts_once_and_starts_at_its_cause() {
    late("amy+ ~pause amy<\"x\" amy=yes", &["result"]);
    late("amy+ ~pause amy=yes amy<\"x\"", &["step: a step"]);
    // Events without a marker answer the last action, not each other.
    late("amy+ ~pause amy<\"x\" amy<\"y\"", &["result", "result"]);
    // An answer is measured from what was seen last, also when its marker is older.
    late("amy+ amy!1 ~pause amy<\"x\" amy?amy1=yes", &["result"]);
    // An event is measured from the sending of its own marker.
    late(
        "amy+ amy!1 ~pause amy=yes amy<amy1",
        &["step: a step", "result"],
    );
}
