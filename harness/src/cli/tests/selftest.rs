//! What `selftest` prints: a line for each fault, the matrix by property, and what is wrong with it.

use std::collections::BTreeMap;

use super::formats::words_of;
use super::four::{entry, suite};
use super::steady::{snapshot, written};
use crate::report::fault_row::{Cell, Kill};
use crate::report::matrix::{Matrix, Sample, Unlike};

/// A fault that `no_foreign_events` must name, and the claims that it broke.
fn kill(fault: &str, broken: &[(&str, &str)]) -> Kill {
    let mut kill = Kill::of(fault, &["no_foreign_events".to_owned()]);
    let cells = broken.iter().map(|(scenario, property)| Cell {
        scenario: (*scenario).to_owned(),
        property: (*property).to_owned(),
        rules: vec![fault.to_owned()],
        witness: "bob/desktop/1 got amk…, owned by amy".to_owned(),
    });
    kill.add(cells.collect());
    kill.named = broken
        .iter()
        .any(|(_, property)| *property == "no_foreign_events");
    kill.looks = 1;
    kill
}

fn kills() -> Vec<Kill> {
    let mut late = kill("ISO07", &[("isolation/two-users", "no_foreign_events")]);
    late.looks = 2;
    vec![
        kill(
            "ISO04",
            &[
                ("isolation/own-list", "no_foreign_events"),
                ("isolation/two-users", "no_foreign_events"),
                ("isolation/two-users", "every_event_delivered"),
            ],
        ),
        late,
        kill("LOST", &[("isolation/two-users", "every_event_delivered")]),
        kill("QUIET", &[]),
    ]
}

fn named() -> Vec<Kill> {
    kills().into_iter().filter(|kill| kill.named).collect()
}

fn claim(scenario: Option<&str>, property: &str) -> (Option<String>, String) {
    (scenario.map(str::to_owned), property.to_owned())
}

fn whole(kills: Vec<Kill>, claims: &[(Option<String>, String)]) -> Matrix {
    Matrix::new(&suite(vec![entry("holds")]), kills, claims, BTreeMap::new())
}

fn screen(matrix: &Matrix, kills: &[Kill]) -> String {
    written(|out| {
        kills.iter().try_for_each(|kill| kill.write(out))?;
        matrix.write_end(out)
    })
}

#[test]
fn every_fault_has_a_line_and_every_property_a_row() {
    let matrix = whole(named(), &[claim(None, "no_foreign_events")]);
    snapshot("selftest-holds", &screen(&matrix, &named()));
}

#[test]
fn what_no_property_names_and_no_fault_breaks_is_said() {
    let claims = [
        claim(Some("isolation/two-users"), "events_in_order"),
        claim(None, "events_in_order"),
    ];
    let matrix = whole(kills(), &claims);
    snapshot("selftest-violated", &screen(&matrix, &kills()));
    let page = matrix.page().expect("a page");
    snapshot("selftest-html", &words_of(&page));
}

#[test]
fn what_differs_from_the_committed_matrix_is_said() {
    let unlike = |says: &str| {
        vec![Unlike {
            fault: "ISO04".to_owned(),
            scenario: "isolation/two-users".to_owned(),
            property: "every_event_delivered".to_owned(),
            says: says.to_owned(),
        }]
    };
    let sample = || Sample {
        pairs: 120,
        of: 1600,
        seed: "a76b5a4".to_owned(),
    };
    let of = |unlike, unsaid| Matrix::of_sample(7, named(), &[], sample(), unlike, unsaid);
    let fits = of(Vec::new(), Vec::new());
    snapshot("selftest-fits-the-matrix", &screen(&fits, &[]));
    let differs = of(unlike("what was seen"), unlike("what no run could tell"));
    snapshot("selftest-differs-from-the-matrix", &screen(&differs, &[]));
}
