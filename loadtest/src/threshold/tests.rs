//! What a threshold is read as, and what it says of figures.

use super::*;
use crate::figures::tests::figures;
use Verdict::{Holds, Undecided, Violated};

/// Checks a hundred requests of 1 to 100 ms, of which the first fails, against `rule`.
#[track_caller]
fn check(rule: &str, verdict: Verdict, observed: &str) {
    let figures = figures("GET /", (1..=100).map(|time| (time, time > 1)));
    let names = ["GET /".to_owned(), "SIO delivery".to_owned()];
    let judged = Threshold::parse(rule, &names)
        .unwrap_or_else(|error| panic!("{rule}: {error}"))
        .judge(&figures);
    assert_eq!(judged.verdict, verdict, "{rule}: {judged:?}");
    assert_eq!(judged.observed, observed, "{rule}");
}

#[test]
fn figures_are_checked_against_a_threshold() {
    check("p95<200ms", Holds, "95.0 ms");
    check("p95<95", Violated, "95.0 ms");
    check("p95<=95ms for HTTP", Holds, "95.0 ms");
    check("p50 >= 0.04s for GET /", Holds, "50.0 ms");
    check("avg<50500us", Violated, "50.5 ms");
    check("max<0m100ms", Violated, "100.0 ms");
    check("max<1m30s", Holds, "100.0 ms");
    check("max<101", Holds, "100.0 ms");
    check("error-rate<=0%", Violated, "1.0% failed");
    check("error-rate<2", Holds, "1.0% failed");
    check("rps>50", Violated, "1.0 a second");
    check("rps>=1", Holds, "1.0 a second");
}

#[test]
fn the_guides_thresholds_can_be_parsed() {
    let names = [CONNECT, ROUND_TRIP].map(str::to_owned);
    let bar = |n_users, is_http| {
        guides_bar(Bar {
            n_users,
            has_requests: true,
            works_by_requests: is_http,
            is_guides: is_http,
        })
    };
    for rule in bar(20, true) {
        assert!(Threshold::parse(&rule, &names).is_ok(), "{rule}");
    }
    assert_eq!(bar(1000, true)[0], "rps>50");
    assert_eq!(bar(6, true)[0], "rps>15");
    assert_eq!(bar(6, true).len(), 7);
    // Where users work over a socket, their logins say nothing of its pace.
    let sockets = bar(6, false);
    assert_eq!(sockets.len(), 4, "{sockets:?}");
    assert!(sockets.iter().all(|rule| !rule.contains("ms")));
}

#[test]
fn a_given_threshold_replaces_what_limits_the_same_alone() {
    let names = ["GET /", DELIVERY, ROUND_TRIP].map(str::to_owned);
    let read = |rule: &str| Threshold::parse(rule, &names).expect(rule);
    let check = |given: &str, usual: &str, replaces: bool| {
        let found = read(given).replaces(&read(usual));
        assert_eq!(found, replaces, "{given} for {usual}");
    };
    check("error-rate<=5%", "error-rate<=0%", true);
    check("error-rate<=5% for HTTP", "error-rate<=0%", true);
    check("p99<2s", "avg<200ms", true);
    check("max<2s", "p95<200ms", true);
    check(
        "due<=50% for SIO round trip",
        "due<=5% for SIO round trip",
        true,
    );
    check("rps>1", "rps>50", true);
    // Another name, or another figure.
    check("error-rate<=5%", "error-rate<=0% for SIO round trip", false);
    check("error-rate<=5% for GET /", "error-rate<=0%", false);
    check("p95<1s for SIO delivery", "p95<200ms", false);
    check(
        "p95<1s for SIO round trip",
        "error-rate<=0% for SIO round trip",
        false,
    );
    check(
        "p95<1s for SIO round trip",
        "due<=5% for SIO round trip",
        false,
    );
}

#[test]
fn few_events_decide_nothing() {
    let mut figures = Figures::default();
    (0..199).for_each(|_| figures.arrives());
    assert_eq!(enough_events(&figures).verdict, Undecided);
    figures.arrives();
    assert_eq!(enough_events(&figures).verdict, Holds);
}

#[test]
fn no_delivery_is_judged_by_a_wrong_clock() {
    let mut figures = figures(DELIVERY, (1..=100).map(|_| (0, true)));
    let threshold = Threshold::parse("max<1s for SIO delivery", &[DELIVERY.to_owned()]);
    let threshold = threshold.expect("a threshold");
    assert_eq!(threshold.judge(&figures).verdict, Holds);
    assert!(wrong_clock(&figures).is_none());
    figures.distrust("its clock is ahead".to_owned());
    for judged in [Some(threshold.judge(&figures)), wrong_clock(&figures)] {
        let judged = judged.expect("a line");
        assert_eq!(judged.verdict, Undecided, "{judged:?}");
        assert_eq!(judged.why.as_deref(), Some("its clock is ahead"));
    }
    assert_eq!(figures.samples(DELIVERY).count(), 0);
}

#[test]
fn too_few_samples_decide_nothing() {
    check("p99<1s", Undecided, "99.0 ms");
    check("p95<1ms for SIO delivery", Undecided, "0.0 ms");
}

#[test]
fn a_text_that_is_not_a_threshold_is_refused() {
    let wrong = [
        "p95",
        "",
        "q95<1ms",
        "p100<1ms",
        "p95<1min",
        "p95<30s1m",
        "p95<",
        "p95<-1",
        "p95<inf",
        "p95=3",
        "p95<1ms for GET /lgoin",
        "rps>1 for GET /",
    ];
    let refused = wrong.map(|rule| {
        let error = Threshold::parse(rule, &["GET /".to_owned()]).expect_err(rule);
        format!("{rule:?}\n  {error}\n  {}\n", error.fix)
    });
    insta::assert_snapshot!(refused.concat());
}
