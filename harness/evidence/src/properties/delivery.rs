//! What arrives: everything, once, in order.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::observation::{Observation, Place, What};

/// Each tab of the owner that stayed open from before an action was confirmed gets all its events,
/// and no tab misses a number of its session's sequence.
///
/// Relies on: a run, or a session, that says `settled` has waited for whatever was due to it. One that
/// was killed before that owes nothing more than its numbers show.
pub(super) fn every_event_delivered(history: &History) -> Finding {
    let mut chances = 0;
    let mut witnesses = Vec::new();
    let mut open: BTreeMap<&Place, Option<u64>> = BTreeMap::new();
    let mut owed: BTreeMap<(&Place, &Marker, &str), u64> = BTreeMap::new();
    let mut settled: BTreeMap<(&Place, &Marker, &str), u64> = BTreeMap::new();
    let mut arrived: BTreeMap<(&Place, Marker, &str), u64> = BTreeMap::new();
    for seen in &history.observations {
        match &seen.what {
            What::Joined { last_seq } => {
                open.insert(&seen.place, *last_seq);
            }
            What::Left => {
                open.remove(&seen.place);
                owed.retain(|(place, ..), _| *place != &seen.place);
            }
            What::SessionEnded => {
                open.retain(|place, _| !same_session(place, &seen.place));
                owed.retain(|(place, ..), _| !same_session(place, &seen.place));
            }
            What::Confirmed { marker, yields, .. } => {
                for place in open.keys().filter(|place| place.user == seen.place.user) {
                    for (event, count) in yields {
                        owed.insert((place, marker, event), *count);
                    }
                }
            }
            What::Received {
                event,
                number,
                frame,
            } => {
                // A frame counts once for each marker, however often it repeats it.
                for marker in Marker::find_all(frame.as_bytes()).collect::<BTreeSet<_>>() {
                    *arrived.entry((&seen.place, marker, event)).or_default() += 1;
                }
                if let (Some(number), Some(last)) = (number, open.get_mut(&seen.place)) {
                    chances += 1;
                    witnesses.extend(gap(seen, last.as_ref(), *number));
                    *last = Some(last.map_or(*number, |last| last.max(*number)));
                }
            }
            What::Settled if seen.place.user.is_none() => settled.append(&mut owed),
            What::Settled => {
                let own = |place: &Place| same_session(place, &seen.place);
                settled.extend(owed.extract_if(.., |(place, ..), _| own(place)));
            }
            _ => {}
        }
    }
    for ((place, marker, event), due) in settled {
        chances += due;
        let came = arrived
            .get(&(place, marker.clone(), event))
            .copied()
            .unwrap_or(0);
        if came < due {
            witnesses.push(Witness {
                seq: None,
                says: format!("{place} got {came} of {due} `{event}` of {marker}"),
                frame: String::new(),
                event: Some(event.to_owned()),
            });
        }
    }
    Finding::judge(chances, witnesses, "nothing was due to an open tab")
}

fn gap(seen: &Observation, last: Option<&u64>, number: u64) -> Option<Witness> {
    let last = last
        .copied()
        .filter(|last| number > last.saturating_add(1))?;
    Some(witness(
        seen,
        format!("{} got number {number} right after {last}", seen.place),
    ))
}

fn same_session(one: &Place, other: &Place) -> bool {
    one.user == other.user && one.session == other.session
}

/// No tab gets one number of its session's sequence twice.
pub(super) fn every_event_once(history: &History) -> Finding {
    let mut numbers: BTreeSet<(&Place, u64)> = BTreeSet::new();
    let doubled: Vec<Witness> = numbered(history)
        .filter(|(seen, number)| !numbers.insert((&seen.place, *number)))
        .map(|(seen, number)| witness(seen, format!("{} got number {number} again", seen.place)))
        .collect();
    Finding::judge(
        numbers.len() as u64,
        doubled,
        "no numbered event was received",
    )
}

/// In each tab the numbers rise.
pub(super) fn events_in_order(history: &History) -> Finding {
    let mut highest: BTreeMap<&Place, u64> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for (seen, number) in numbered(history) {
        let Some(before) = highest.insert(&seen.place, number) else {
            continue;
        };
        chances += 1;
        if number < before {
            witnesses.push(witness(
                seen,
                format!("{} got number {number} after {before}", seen.place),
            ));
            highest.insert(&seen.place, before);
        }
    }
    Finding::judge(chances, witnesses, "no tab received two numbered events")
}

fn numbered(history: &History) -> impl Iterator<Item = (&Observation, u64)> {
    history
        .observations
        .iter()
        .filter_map(|seen| match seen.what {
            What::Received {
                number: Some(number),
                ..
            } => Some((seen, number)),
            _ => None,
        })
}

fn witness(seen: &Observation, says: String) -> Witness {
    let (event, frame) = match &seen.what {
        What::Received { event, frame, .. } => (Some(event.clone()), frame.clone()),
        _ => (None, String::new()),
    };
    Witness {
        seq: Some(seen.seq),
        says,
        frame,
        event,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::notation::{check, history};
    use crate::properties::named;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn every_tab_gets_what_is_due() {
        let property = named("every_event_delivered").expect("listed");
        check(
            property,
            "amy+ amy/desktop/2+ amy!1 amy<amy1 amy/desktop/2<amy1",
            Holds,
            "",
        );
        check(
            property,
            "amy+ amy/desktop/2+ amy!1 amy<amy1",
            Violated,
            "amy/desktop/2 got 0 of 1 `result`",
        );
        check(
            property,
            "amy+ amy/phone+ amy!1 amy<amy1 amy/phone-",
            Holds,
            "",
        );
        check(
            property,
            "amy+ amy<amy1#1 amy<amy1#3",
            Violated,
            "got number 3 right after 1",
        );
        check(property, "amy+ bob+ amy!1 amy<amy1", Holds, "");
        check(
            property,
            "amy+ amy!1 amy<amy1#1 amy<amy1#2 amy!2 …",
            Holds,
            "",
        );
        check(property, "amy+ amy!1 …", Undecided, "nothing was due");
        check(
            property,
            "amy+ bob+ amy!1 bob!1 bob. bob- amy<amy1 amy. amy-",
            Violated,
            "bob/desktop/1 got 0 of 1 `result`",
        );
        check(property, "amy+ bob+ amy!1 bob!1 amy<amy1 amy. …", Holds, "");
        check(property, "amy+ amy!1 amy- …", Undecided, "nothing was due");
    }

    proptest! {
        #[test]
        fn a_lost_event_is_always_found(n in 3..40_u64, lost: prop::sample::Index) {
            // The last number is left in: without a later one, only what an action yields shows a loss.
            let lost = 2 + lost.index(usize::try_from(n).expect("small") - 2) as u64;
            let script = |skip: u64| {
                let events = (1..=n).filter(|i| *i != skip).map(|i| format!("amy<amy1#{i}"));
                std::iter::once("amy+".to_owned()).chain(events).collect::<Vec<_>>().join(" ")
            };
            let judge = named("every_event_delivered").expect("listed").judge;
            prop_assert_eq!(judge(&history(&script(0))).verdict, Holds);
            prop_assert_eq!(judge(&history(&script(lost))).verdict, Violated);
        }

        #[test]
        fn a_doubled_or_moved_event_is_always_found(n in 2..40_u64, again: prop::sample::Index) {
            let again = 1 + again.index(usize::try_from(n).expect("small") - 1) as u64;
            let events: Vec<String> = (1..=n).chain([again]).map(|i| format!("amy<amy1#{i}")).collect();
            let history = history(&format!("amy+ {}", events.join(" ")));
            prop_assert_eq!((named("every_event_once").expect("listed").judge)(&history).verdict, Violated);
            prop_assert_eq!((named("events_in_order").expect("listed").judge)(&history).verdict, Violated);
        }
    }
}
