//! Nobody sees what was not meant for them.

use std::collections::BTreeMap;

use super::findings::doubted;
use super::markers::{Seen, seen_in};
use super::meant::{Answered, Known, Reasons, fallen, is_settled};
use super::memberships::same_session;
use crate::audience::{Meant, Scope};
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::{Marker, Owners};
use crate::name::UserName;
use crate::observation::{Observation, Secrecy, What, bare};
use crate::place::Place;

/// No place sees, in any byte, what was not meant for it.
pub(super) fn no_foreign_events(history: &History) -> Finding {
    let lines = history.observations.as_slice();
    let mut leaks = Leaks {
        history,
        owners: history.owners(),
        undeclared: 0,
        earlier: 0,
        doubts: Vec::new(),
        found: Vec::new(),
    };
    let mut present = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        count_present(&mut present, line);
        leaks.look(&present, at);
    }
    let known = Known(lines);
    let never = lines.iter().any(|line| !line.what.never().is_empty());
    let is_declared = known.is_any() || never;
    let leaked = leaks.found.len() as u64;
    let mut chances = leaks.undeclared;
    let mut no_chance = "nothing was received while another user was there";
    if is_declared {
        let (outside, acted) = outsiders(lines);
        chances = outside + leaked;
        no_chance =
            "no place outside an audience was open from the sending until the run had settled";
        if chances > 0 && leaked == 0 && !acted {
            leaks.doubts.push("nobody outside an audience acted or asked for anything after the sending: many leaks come only in the answer to that".to_owned());
        }
    }
    leaks
        .found
        .sort_by_key(|(decided, seen, _)| (*decided, *seen));
    let found = leaks.found.into_iter().map(|(.., witness)| witness);
    let finding = if !is_declared && history.scene.users.len() < 2 {
        Finding::undecided("isolation needs two users")
    } else {
        doubted(chances, found.collect(), &leaks.doubts, no_chance)
    };
    let left_out = match known.left_out() {
        0 => None,
        n => Some(format!(
            "values of the server that were not searched for, because they are short, recur or are too many: {n}"
        )),
    };
    let earlier = match leaks.earlier {
        0 => None,
        n => Some(format!(
            "texts of others from before this scenario, which may have been meant for anybody: {n}"
        )),
    };
    let notes: Vec<String> = left_out.into_iter().chain(earlier).collect();
    let note = notes.join("; ");
    Finding { note, ..finding }
}

struct Leaks<'a> {
    history: &'a History,
    owners: Owners,
    undeclared: u64,
    earlier: u64,
    doubts: Vec<String>,
    /// The line that decided it, the line of it, and what it says.
    found: Vec<(u64, u64, Witness)>,
}

impl Leaks<'_> {
    fn look(&mut self, present: &BTreeMap<UserName, u32>, at: usize) {
        let line = &self.history.observations[at];
        let known = Known(&self.history.observations[..=at]);
        let place = &line.place;
        if let What::Settled {
            unheard: Some(why), ..
        } = &line.what
        {
            self.doubts
                .push(format!("what came last was not heard: {why}"));
        }
        self.doubts.extend(known.mixed());
        let Some(frame) = line.what.target_text() else {
            return;
        };
        let event = match &line.what {
            What::Received { event, .. } => Some(event.as_str()),
            _ => None,
        };
        let mut n_at_once = 0;
        let markers = seen_in(known.0);
        for marker in &markers {
            if self.is_earlier(known, marker, place) {
                self.earlier += 1;
                continue;
            }
            let (reasons, says) = self.of_marker(known, marker, event, place);
            n_at_once += u64::from(self.seen(line, &reasons, says));
        }
        for value in known.secrets() {
            let Some(reasons) = known.may_see_secret(value, place) else {
                continue;
            };
            if frame.contains(value) {
                let (_, seen) = known.secret(value).expect("searched for");
                let says = format!(
                    "{place} got `{value}`, a value of {} since #{}",
                    seen.place, seen.seq
                );
                n_at_once += u64::from(self.seen(line, &reasons, says));
            }
        }
        for pointer in line.what.never() {
            let says = format!("{place} got `{pointer}`, which is for nobody");
            n_at_once += u64::from(self.seen(line, &Vec::new(), says));
        }
        if let Some(event) = event
            && markers.is_empty()
            && known.is_unmarked(event)
            && !self.history.scene.ambient.contains(bare(event))
        {
            let open = known.unmarked(event).into_iter();
            let reasons = open.flat_map(|sending| known.may_get(sending, event, place));
            let says = format!(
                "{place} got `{event}` without a text, while no action was open that makes it for this place"
            );
            n_at_once += u64::from(self.seen(line, &reasons.collect(), says));
        }
        let others = present.keys().any(|user| Some(user) != place.user.as_ref());
        self.undeclared += u64::from(others || n_at_once > 0);
    }

    /// Whether a marker of somebody else was sent before this history, where actions are meant for others too.
    fn is_earlier(&self, known: Known<'_>, seen: &Seen, place: &Place) -> bool {
        let is_sent = known
            .0
            .iter()
            .any(|line| matches!(&line.what, What::Sent { marker, .. } if *marker == seen.marker));
        let owner = self.owners.owner(&seen.marker);
        let is_own = owner.is_some() && owner == place.user.as_ref();
        self.history.scene.shares && !is_sent && !is_own && !seen.marker.is_private()
    }

    fn of_marker(
        &self,
        known: Known<'_>,
        seen: &Seen,
        event: Option<&str>,
        place: &Place,
    ) -> (Reasons, String) {
        let marker = &seen.marker;
        let owner = self.owners.owner(marker);
        let name = owner.map_or("nobody in this scenario", UserName::as_str);
        let got = format!("{place} got {}, owned by {name}", seen.says());
        let Some(sending) = known.sending(marker) else {
            let own = owner.is_some() && owner == place.user.as_ref();
            return (if own { vec![Vec::new()] } else { Vec::new() }, got);
        };
        let why = match known.answer(sending) {
            Answered::Refused(_) => "refused",
            _ => "not meant for it",
        };
        let reasons = known.may_see(sending, event, place);
        (reasons, format!("{got} and {why}"))
    }

    /// Something was seen for these reasons. Returns whether there was none.
    fn seen(&mut self, line: &Observation, reasons: &Reasons, says: String) -> bool {
        let decided = if reasons.is_empty() {
            Some(line.seq)
        } else {
            fallen(&self.history.observations, reasons)
        };
        if let Some(decided) = decided {
            let event = match &line.what {
                What::Received { event, .. } => Some(event.clone()),
                _ => None,
            };
            let witness = Witness {
                seq: Some(line.seq),
                says,
                frame: line.what.target_text().unwrap_or_default().to_owned(),
                event,
            };
            self.found.push((decided, line.seq, witness));
        }
        reasons.is_empty()
    }
}

/// Something that was sent to an audience: an action's marker, or a value of the server.
enum Sent<'a> {
    Marker(&'a Marker),
    Value(&'a str),
}

impl Sent<'_> {
    /// Whether a place may see none of its events.
    fn is_outside_all(&self, known: Known<'_>, place: &Place) -> bool {
        match self {
            Self::Marker(marker) => { known.sending(marker) }
                .is_some_and(|sending| known.may_see(sending, None, place).is_empty()),
            Self::Value(_) => self.is_outside(known, place),
        }
    }

    fn is_outside(&self, known: Known<'_>, place: &Place) -> bool {
        match self {
            Self::Marker(marker) => known.sending(marker).is_some_and(|sending| {
                let is_for_all = |meant: &Meant| {
                    let mut any = meant.to.any.iter();
                    any.any(|scope| matches!(scope, Scope::Everyone | Scope::Anybody))
                };
                let marked = sending.events.iter().filter(|(_, meant)| !meant.unmarked);
                let mut ways = vec![None];
                if marked.clone().any(|(_, meant)| is_for_all(meant)) {
                    ways.extend(marked.map(|(event, _)| Some(event.as_str())));
                }
                ways.into_iter()
                    .any(|event| known.may_see(sending, event, place).is_empty())
            }),
            Self::Value(value) => {
                let reasons = known.may_see_secret(value, place);
                reasons.is_some_and(|reasons| reasons.is_empty())
            }
        }
    }
}

/// What was sent in a line, if it has an audience and can be recognised.
fn sent<'a>(lines: &'a [Observation], at: usize) -> Option<Sent<'a>> {
    let known = Known(&lines[..=at]);
    match &lines[at].what {
        What::Sent { marker, .. } => {
            let sending = known.sending(marker)?;
            (!sending.unmarked).then_some(Sent::Marker(marker))
        }
        What::Secret {
            value,
            is: Secrecy::Seen,
            ..
        } => known.secret(value).map(|_| Sent::Value(value)),
        _ => None,
    }
}

/// How many chances to leak there were, and whether somebody outside acted or asked.
fn outsiders(lines: &[Observation]) -> (u64, bool) {
    let (mut chances, mut acted) = (0, false);
    let (mut settled, mut open) = (0, BTreeMap::<&Place, u64>::new());
    for (at, line) in lines.iter().enumerate() {
        let known = Known(&lines[..=at]);
        let place = &line.place;
        let outside_any = |place: &Place, is_of: &dyn Fn(&Observation) -> bool| {
            (0..at).any(|other| {
                let what = sent(lines, other).filter(|_| is_of(&lines[other]));
                what.is_some_and(|what| what.is_outside(known, place))
            })
        };
        match &line.what {
            What::Joined {
                socketless: false, ..
            } => {
                // Whoever opens a page asks for all that it shows.
                let asks = (0..at).any(|other| {
                    let what = sent(lines, other);
                    what.is_some_and(|what| what.is_outside_all(known, place))
                });
                chances += u64::from(asks);
                acted |= asks;
                open.insert(place, line.seq);
            }
            What::Left { .. } => _ = open.remove(place),
            What::SessionEnded => open.retain(|tab, _| !same_session(tab, place)),
            What::Sent { marker, .. } => {
                let acting = known
                    .sending(marker)
                    .map_or(place, |sending| sending.acting);
                acted |= outside_any(acting, &|_| true);
            }
            What::Answered {
                asked_us: Some(asked_us),
                ..
            } => {
                // An answer is no event: what anybody may see in one is no leak.
                let asks = (0..at).any(|other| {
                    let what = sent(lines, other).filter(|_| lines[other].at_us < *asked_us);
                    what.is_some_and(|what| what.is_outside_all(known, place))
                });
                chances += u64::from(asks);
                acted |= asks;
            }
            _ if is_settled(line) => {
                let sendings = (settled..at).filter_map(|at| Some((&lines[at], sent(lines, at)?)));
                for (sending, what) in sendings {
                    let tabs = open.iter().filter(|(_, since)| **since < sending.seq);
                    let outside = tabs.filter(|(place, _)| what.is_outside(known, place));
                    chances += outside.count() as u64;
                }
                settled = at;
            }
            _ => {}
        }
    }
    (chances, acted)
}

fn count_present(present: &mut BTreeMap<UserName, u32>, observation: &Observation) {
    let Some(user) = &observation.place.user else {
        return;
    };
    match observation.what {
        What::LoggedIn { .. } => *present.entry(user.clone()).or_default() += 1,
        What::SessionEnded => {
            if let Some(sessions) = present.get_mut(user) {
                *sessions -= 1;
            }
            present.retain(|_, sessions| *sessions > 0);
        }
        _ => {}
    }
}
