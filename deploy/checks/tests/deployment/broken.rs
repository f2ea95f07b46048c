//! Every check can fail: for each there is a deployment with one fault that it must name.

mod deployment;
mod inside;
mod outside;

use std::collections::BTreeSet;

use deploy_checks::{Check, Outcome, Visit};
use evidence::Verdict;
use futures_util::future::join_all;

use self::deployment::Broken;
use crate::rig::Rig;

/// Holds the broken deployments of one angle against its checks.
fn every_check_is_broken<'a>(broken: &[Broken], checks: impl Iterator<Item = &'a Check>) {
    let checks: Vec<&Check> = checks.collect();
    let named: BTreeSet<&str> = broken.iter().map(|broken| broken.check).collect();
    let names: BTreeSet<&str> = checks.iter().map(|check| check.name).collect();
    assert_eq!(named, names);
    for broken in broken {
        let mut checks = checks.iter();
        let check = checks.find(|check| check.name == broken.check);
        let rules = check.expect("a check").rules;
        assert!(rules.contains(&broken.rule), "{broken:?}");
    }
}

#[test]
fn every_check_has_a_broken_deployment() {
    let outside = deploy_checks::outside::CHECKS.iter();
    every_check_is_broken(&outside::BROKEN, outside.map(|row| &row.check));
    let inside = deploy_checks::inside::CHECKS.iter();
    every_check_is_broken(&inside::BROKEN, inside.map(|row| &row.check));
}

#[track_caller]
fn names(outcome: &Outcome, broken: &Broken) {
    assert_eq!(outcome.check.name, broken.check);
    assert_eq!(
        outcome.verdict,
        Verdict::Violated,
        "{broken:?}: {outcome:?}"
    );
    let mut found = outcome.found.iter();
    assert!(
        found.any(|line| line.contains(broken.says)),
        "{broken:?}: {outcome:?}"
    );
}

/// Shares the work between two machines, which take no longer than one.
fn shares(all: &[Broken]) -> [Vec<&Broken>; 2] {
    [0, 1].map(|first| all.iter().skip(first).step_by(2).collect())
}

async fn look_from_outside(visit: &Visit, name: &str) -> Outcome {
    let mut rows = deploy_checks::outside::CHECKS.into_iter();
    let row = rows.find(|row| row.check.name == name);
    row.expect("a check").run(visit).await
}

/// Returns the machine, so that it lives until the other is done: removing one breaks the engine's connection for
/// both.
async fn nginx_is_broken(share: Vec<&Broken>) -> Option<Rig> {
    let rig = Rig::install().await?;
    rig.shell(
        "openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 5 -subj /CN=airtight.test \
         -addext subjectAltName=DNS:airtight.test -keyout /tmp/short.key -out /tmp/short.pem 2>/dev/null; \
         echo '172.16.0.0/12 0;' >>/etc/nginx/reference-server/unlimited.conf; systemctl reload nginx",
    )
    .await;
    let host = rig.host().await;
    for broken in share {
        broken.make(&rig).await;
        names(
            &look_from_outside(&Visit::new(&host), broken.check).await,
            broken,
        );
        broken.repair(&rig).await;
    }
    let outcomes = deploy_checks::outside::run(&host).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.verdict == Verdict::Holds),
        "{outcomes:?}"
    );
    Some(rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outside_check_reports_its_broken_deployment() {
    join_all(shares(&outside::BROKEN).map(nginx_is_broken)).await;
}

async fn look_inside(rig: &Rig, name: &str) -> Outcome {
    let mut rows = deploy_checks::inside::CHECKS.into_iter();
    let row = rows.find(|row| row.check.name == name);
    row.expect("a check").run(rig).await
}

/// Returns the machine, as above.
async fn machine_is_broken(share: Vec<&Broken>) -> Option<Rig> {
    let rig = Rig::install().await?;
    let renews = rig.get_certificate().await;
    let can = |broken: &&Broken| renews || broken.check != "renewal";
    for broken in share.into_iter().filter(can) {
        broken.make(&rig).await;
        names(&look_inside(&rig, broken.check).await, broken);
        broken.repair(&rig).await;
    }
    for outcome in deploy_checks::inside::run(&rig).await {
        // A container has no SELinux of its own, and there may be no certificate authority.
        let expected = match outcome.check.name {
            "selinux" if !rig.has_selinux().await => Verdict::Undecided,
            "renewal" if !renews => Verdict::Undecided,
            _ => Verdict::Holds,
        };
        assert_eq!(outcome.verdict, expected, "{outcome:?}");
    }
    Some(rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_inside_check_reports_its_broken_machine() {
    join_all(shares(&inside::BROKEN).map(machine_is_broken)).await;
}
