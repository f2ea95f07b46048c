//! No server closes a tab for nothing.

use super::every_event_delivered::late_about;
use super::findings::doubted;
use super::memberships::same_session;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::observation::{Observation, What};

/// How long before the confirmed end of its session a server may close a tab for it, in microseconds.
const FOR_THE_END_US: u64 = 5_000_000;

/// The server closes no tab that the scenario leaves open, but for the end of its session.
pub(super) fn sockets_stay(history: &History) -> Finding {
    if !history.scene.stays {
        return Finding::undecided(
            "the target file has no `stays`, as `airtight try --idle` would find it: an `every` may be missing there",
        );
    }
    let lines = history.observations.as_slice();
    let joined = lines.iter().filter(|line| {
        matches!(
            line.what,
            What::Joined {
                socketless: false,
                ..
            }
        )
    });
    let (mut witnesses, mut doubts) = (Vec::new(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let What::Left {
            by_server: Some(how),
        } = &line.what
        else {
            continue;
        };
        if has_ended(&lines[..at], line) || ends_soon(&lines[at..], line) {
            continue;
        }
        let says = format!("the server closed {}: {how}", line.place);
        match late_about(lines, line) {
            Some(why) => doubts.push(format!("{says}: {why}")),
            None => witnesses.push(Witness {
                seq: Some(line.seq),
                says,
                frame: how.clone(),
                event: None,
            }),
        }
    }
    doubted(
        joined.count() as u64,
        witnesses,
        &doubts,
        "no tab was opened",
    )
}

fn has_ended(before: &[Observation], left: &Observation) -> bool {
    let own = before
        .iter()
        .filter(|line| same_session(&line.place, &left.place));
    let mut ends = own.filter_map(|line| match line.what {
        What::SessionEnded => Some(true),
        What::LoggedIn { .. } => Some(false),
        _ => None,
    });
    ends.next_back() == Some(true)
}

fn ends_soon(after: &[Observation], left: &Observation) -> bool {
    after.iter().any(|line| {
        matches!(line.what, What::SessionEnded)
            && same_session(&line.place, &left.place)
            && line.at_us <= left.at_us + FOR_THE_END_US
    })
}
