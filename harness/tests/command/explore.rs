//! Exploration against the real server: it finds what is open, writes it down, and leaves a clean one alone.

use std::fs;

use crate::bench::{Bench, text};

#[test]
fn a_fault_is_found_shrunk_and_written_as_a_scenario_that_breaks_again() {
    let bench = Bench::new();
    let explore = [
        "explore", "--fault", "ISO08", "--seed", "5", "--cases", "500",
    ];
    let output = bench
        .airtight()
        .args(explore)
        .args(["--time", "2m", "--out", "found"])
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let file = bench.folder.path().join("found/iso08-5.yaml");
    let scenario = fs::read_to_string(&file).expect("a scenario");
    let steps = scenario.lines().filter(|line| line.starts_with("  - "));
    assert!(steps.count() <= 8, "{scenario}");
    assert!(scenario.contains("--seed 5"), "{scenario}");
    let run = |fault: &[&str]| {
        let output = bench.airtight().arg("run").arg(&file).args(fault).output();
        output.expect("runs")
    };
    let broken = run(&["--fault", "ISO08"]);
    assert_eq!(broken.status.code(), Some(1), "{}", text(&broken));
    assert!(
        text(&output).contains("found/iso08-5.yaml --fault ISO08"),
        "{}",
        text(&output)
    );
    // It asks for nothing that a sound server could not show.
    let sound = run(&[]);
    assert_eq!(sound.status.code(), Some(0), "{}", text(&sound));
    assert!(bench.left_behind().is_empty(), "{:?}", bench.left_behind());
}

/// Found by chance within minutes, in eight steps at most, by a property that speaks of it.
#[track_caller]
fn is_rediscovered(fault: &str, property: &str) {
    let bench = Bench::new();
    let output = bench
        .airtight()
        .args(["explore", "--fault", fault, "--seed", "5", "--out", "found"])
        .args(["--cases", "100000", "--time", "3m"])
        .output()
        .expect("runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{fault}: {said}");
    assert!(
        said.contains(&format!("violated   {property}: ")),
        "{fault}: {said}"
    );
    let file = format!("found/{}-5.yaml", fault.to_lowercase());
    let scenario = fs::read_to_string(bench.folder.path().join(file)).expect("a scenario");
    let steps = scenario
        .lines()
        .filter(|line| line.trim_start().starts_with("- "));
    assert!(steps.count() <= 8, "{fault}: {scenario}");
}

macro_rules! rediscovered {
    ($($name:ident $fault:literal by $property:literal)+) => {
        $(
            #[test]
            fn $name() {
                is_rediscovered($fault, $property);
            }
        )+
    };
}

rediscovered! {
    an_ambiguous_name "ISO01" by "no_foreign_events"
    a_tab_that_takes_the_others_along "ISO03" by "every_event_delivered"
    a_list_of_everybodys_actions "ISO04" by "no_foreign_events"
    a_log_of_everybodys_lines "ISO05" by "no_foreign_events"
    a_result_without_an_owner "ISO07" by "no_foreign_events"
    a_socket_that_outlives_its_session "ISO09" by "silent_after_session_end"
    a_room_that_the_client_names "ISO10" by "no_foreign_events"
    a_task_without_an_owner "ISO13" by "no_foreign_events"
    a_lost_message "LOST" by "every_event_delivered"
    a_doubled_event "DOUBLED" by "every_event_once"
    an_action_that_strangers_read "WEB10" by "no_foreign_events"
}

#[test]
fn a_clean_server_is_never_accused_in_fifty_explorations() {
    let bench = Bench::new();
    for seed in 101..=150 {
        let output = bench
            .airtight()
            .args(["explore", "--seed", &seed.to_string()])
            .args(["--cases", "8", "--time", "1m"])
            .output()
            .expect("runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(text(&output).contains("8 schedules"), "{}", text(&output));
    }
}
