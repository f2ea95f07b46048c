//! A closed group lets in its members alone.

use super::findings::{finding, witness};
use crate::finding::Finding;
use crate::history::History;
use crate::membership::Membership;
use crate::observation::What;

/// A group that is closed to a place refuses it when it asks to join.
pub(super) fn admitted_by_membership(history: &History) -> Finding {
    let answers = history
        .observations
        .iter()
        .filter_map(|line| match &line.what {
            What::Member {
                group,
                is: is @ (Membership::Joined | Membership::Refused),
                closed: true,
                ..
            } => Some((line, group, *is)),
            _ => None,
        });
    let answers: Vec<_> = answers.collect();
    let let_in = answers.iter().filter(|(.., is)| *is == Membership::Joined);
    let witnesses = let_in.map(|(line, group, _)| {
        let says = format!(
            "{} was let into `{group}`, which is closed to it",
            line.place
        );
        witness(line, says)
    });
    finding(
        answers.len() as u64,
        witnesses.collect(),
        "nobody was answered who asked to join a group that is closed to them",
    )
}
