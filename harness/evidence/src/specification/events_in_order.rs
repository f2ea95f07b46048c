//! The numbers of events rise.

use std::collections::BTreeMap;

use super::findings::{finding, witness};
use super::markers::unique_in;
use super::meant::Known;
use super::memberships::Who;
use crate::finding::Finding;
use crate::history::History;
use crate::membership::Membership;
use crate::observation::What;
use crate::place::Place;

/// In each tab the numbers of each sequence rise.
pub(super) fn events_in_order(history: &History) -> Finding {
    let mut highest: BTreeMap<(&Place, Option<&String>), u64> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    let mut is_numbered = false;
    for (at, line) in history.observations.iter().enumerate() {
        let place = &line.place;
        match &line.what {
            What::Joined { .. } | What::Left { .. } => {
                highest.retain(|(other, order), _| order.is_none() || *other != place);
            }
            What::Member {
                who,
                is: Membership::Asking,
                ..
            } => {
                let who = Who::of(*who, place);
                highest.retain(|(other, order), _| order.is_none() || !who.has(other));
            }
            What::Received {
                number: Some(number),
                order,
                ..
            } => {
                is_numbered = true;
                if order.is_some() && is_replay(Known(&history.observations[..=at])) {
                    continue;
                }
                let key = (place, order.as_ref());
                let Some(before) = highest.get(&key).copied() else {
                    highest.insert(key, *number);
                    continue;
                };
                chances += 1;
                if *number < before {
                    let of = match order {
                        Some(order) => format!(" of {order}"),
                        None => String::new(),
                    };
                    let says = format!("{place} got number {number}{of} after {before}");
                    witnesses.push(witness(line, says));
                }
                highest.insert(key, before.max(*number));
            }
            _ => {}
        }
    }
    let no_chance = match is_numbered {
        true => "no tab received two numbered events",
        false => "no tab received two numbered events: unnumbered: judged by markers only",
    };
    finding(chances, witnesses, no_chance)
}

/// Whether the last line is an event that comes again to who joined after its action was sent.
pub(super) fn is_replay(known: Known<'_>) -> bool {
    let Some(line) = known.0.last() else {
        return false;
    };
    let What::Received { event, .. } = &line.what else {
        return false;
    };
    let markers = unique_in(known.0);
    let mut sendings = markers.iter().filter_map(|marker| known.sending(marker));
    sendings.any(|sending| {
        sending.has_history(event) && known.joined_since(&line.place, sending.line.seq)
    })
}
