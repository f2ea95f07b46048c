//! When things come.

use super::parts::compare;
use crate::marker::Marker;
use crate::observation::{OTHERWISE, What};
use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::{check, history};
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

/// A neighbour who begins first, or a client that is slow to start, keeps the harness from asking, and not the target from
/// answering.
#[test]
fn an_answer_is_waited_for_from_when_it_was_asked_for() {
    let alone = "amy<< amy+ amy<\"x\"";
    let beside = "bob+ ~3 amy<< amy+ amy<\"x\"";
    compare([alone, alone], [beside, beside], Holds, "");
    // Where nobody knows when the first thing was asked for, it has no time.
    for first in ["amy?amy1=yes", "amy+ amy<\"x\""] {
        let beside = format!("bob+ ~3 {first} amy<\"x\"");
        let alone = format!("{first} amy<\"x\"");
        compare([&alone, &alone], [&beside, &beside], Holds, "");
    }
    // What comes after it has.
    let alone = "amy?amy1=yes amy+ amy<\"x\"";
    let beside = "bob+ amy?amy1=yes ~3 amy+ amy<\"x\"";
    compare([alone, alone], [beside, beside], Violated, "it came after");
}

#[test]
fn late_means_later_than_the_slowest_alone_with_some_tolerance() {
    let soon = "amy+ amy!1 amy<amy1#1";
    let late = "amy+ amy!1 ~3 amy<amy1#1";
    compare(
        [soon, soon],
        [late, late],
        Violated,
        "it came after 3002 ms; alone it took 2 ms at most, so the limit is 502 ms",
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

/// With three parts alone, a delay that is longer than any of theirs counts where each part shows it.
#[test]
fn a_short_delay_in_each_part_is_a_difference() {
    let after = |ms: u64| format!("amy+ amy!1 ~{ms}ms amy<amy1#1");
    let parts = |alone: &[u64], beside: &[u64]| {
        let alone = alone.iter().map(|ms| format!("|alone {}", after(*ms)));
        let beside = beside.iter().map(|ms| format!("|busy {}", after(*ms)));
        alone.chain(beside).collect::<Vec<String>>().join(" ")
    };
    let check = |alone: &[u64], beside: &[u64], verdict, says: &str| {
        check(&PROPERTY, &parts(alone, beside), verdict, says);
    };
    let says =
        "it came after 302 ms; alone it took 9 ms at most, so the limit is 127 ms; in 2 of 2 runs";
    check(&[5, 6, 7], &[300, 300], Violated, says);
    check(&[5, 6, 7], &[125, 125], Holds, "");
    check(&[5, 6, 7], &[126, 126], Violated, "it came after 128 ms");
    // Once is a coincidence, and one part is too few; so are two alone.
    check(&[5, 6, 7], &[300, 300, 20], Holds, "");
    check(&[5, 6, 7], &[300], Holds, "");
    check(&[5, 7], &[300, 300], Holds, "");
    // What differs alone gives room: nine times as much with three parts, four times with more.
    check(&[20, 40, 30], &[320, 320], Holds, "");
    check(&[20, 40, 30], &[321, 321], Violated, "the limit is 322 ms");
    check(
        &[20, 40, 30, 30],
        &[221, 221],
        Violated,
        "the limit is 222 ms",
    );
    // So does what is slow.
    check(&[200, 200, 200], &[502, 502], Holds, "");
    check(
        &[200, 200, 200],
        &[503, 503],
        Violated,
        "the limit is 504 ms",
    );
    // A long delay is told once.
    let both = PROPERTY.judge(&history(&parts(&[5, 6, 7], &[900, 900])));
    assert_eq!(both.witnesses.len(), 1, "{both:?}");
    // A long one and a short one are two short ones.
    check(&[5, 6, 7], &[300, 900], Violated, "the limit is 127 ms");
}

/// The other things of the same sort say how much a thing differs, too.
#[test]
fn a_short_delay_is_held_against_all_of_its_stream() {
    let part = |first: u64, second: u64| {
        format!("amy+ amy!1 ~{first}ms amy<amy1#1 amy!2 ~{second}ms amy<amy2#2")
    };
    let script = |steady: [u64; 3]| {
        let alone = [(10, steady[0]), (11, steady[1]), (10, steady[2])];
        let alone = alone.map(|(first, second)| format!("|alone {}", part(first, second)));
        let beside = format!("|busy {}", part(200, steady[0]));
        format!("{} {beside} {beside}", alone.join(" "))
    };
    check(&PROPERTY, &script([10, 10, 11]), Violated, "came after 202");
    check(&PROPERTY, &script([10, 90, 40]), Holds, "");
}

/// A delay of the machine excuses a short delay, each with all others of its part.
#[test]
fn a_busy_machine_excuses_a_short_delay() {
    let alone = "|alone amy+ amy!1 amy<amy1#1 amy%"
        .repeat(3)
        .replace("%|", "% |");
    let part = |noise: &str| format!("|busy amy+ amy!1 ~300ms {noise} amy<amy1#1 amy%");
    let quiet = format!("{alone} {0} {0}", part(""));
    check(&PROPERTY, &quiet, Violated, "it came after 302 ms");
    let noisy = format!("{alone} {0} {0}", part("~~150 ~~120"));
    check(&PROPERTY, &noisy, Holds, "");
    let one = format!("{alone} {} {}", part(""), part("~~150 ~~120"));
    check(&PROPERTY, &one, Holds, "");
}

/// What comes by itself comes by the target's clock, and what a run says at its end when it has listened.
#[test]
fn nobody_has_waited_for_a_tick_or_for_the_end() {
    let part = |name: &str, ms: u64| format!("|{name} amy+ amy=yes ~{ms}ms amy<\"x\" ");
    let script = format!(
        "{}{}",
        part("alone", 5).repeat(3),
        part("busy", 300).repeat(2)
    );
    check(&PROPERTY, &script, Violated, "it came after 301 ms");
    let ambient = format!("ambient:result {script}");
    check(&PROPERTY, &ambient, Holds, "");
    // The same where it is not as `where` says.
    let mut otherwise = history(&ambient);
    for observation in &mut otherwise.observations {
        if let What::Received { event, .. } = &mut observation.what {
            event.push_str(OTHERWISE);
        }
    }
    assert_eq!(PROPERTY.judge(&otherwise).verdict, Holds);
    let soon = "amy+ amy<\"x\" ?. amy=yes";
    let later = "amy+ amy<\"x\" ~9 ?. amy=yes";
    compare([soon, soon], [later, later], Holds, "");
    let unsettled = "amy+ amy<\"x\" ~9 amy=yes";
    let says = "`step: a step` beside busy: it came after 9001 ms";
    compare([soon, soon], [unsettled, unsettled], Violated, says);
}

#[test]
fn the_tolerance_grows_with_the_spread_alone() {
    let after = |seconds: u8| format!("amy+ amy!1 ~{seconds} amy<amy1#1");
    let [one, two, five, seven] = [1, 2, 5, 7].map(after);
    compare([&one, &two], [&five, &five], Holds, "");
    let says = "it came after 7002 ms; alone it took 2002 ms at most, so the limit is 6002 ms";
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
