//! What arrives: everything that is due.

use std::collections::{BTreeMap, VecDeque};

use crate::finding::{Finding, Tally, Witness};
use crate::history::Scene;
use crate::judging::{Judge, Map, PlaceId, Seen, SessionId, UserId};
use crate::marker::Marker;
use crate::name::ActionId;
use crate::observation::What;
use crate::place::Place;
use crate::properties::TOO_LATE_MS;

/// Each tab of the owner that stayed open from before an action was confirmed gets all its events,
/// and no tab misses a number of its session's sequence.
///
/// A tab that the server closed stays open as far as debts go, until the scenario closes it or its session
/// ends: what comes after it has joined again pays for what it missed. Where the harness itself was late about
/// then, by as much as a server gives a client to answer, it is in doubt.
///
/// An action that its owner stopped, or may have stopped, owes what it had made: what one tab has got, another
/// should get, and is in doubt.
///
/// Relies on: a marker is `Sent` before anything with it arrives, and once. A run, or a session, that says
/// `settled` has waited for whatever was due to it, while the target answered and the harness was there to
/// hear it; where it says that it could not, what is missing may still be on its way and is in doubt. One
/// that was killed before that owes nothing more than its numbers show, and these are proof at any speed.
#[derive(Default)]
pub(super) struct EveryEventDelivered {
    tally: Tally,
    open: Map<PlaceId, Tab>,
    of_user: Map<UserId, Vec<PlaceId>>,
    /// By marker: from its sending until all that it owes has come or was given up.
    on_their_way: Map<u64, Batch>,
    /// What each user asked for last.
    asked: Map<Option<UserId>, VecDeque<u64>>,
    /// What has come already of what is not settled yet.
    paid: Map<PlaceId, u64>,
    /// Where each place belongs.
    sessions: Map<PlaceId, SessionId>,
    /// When the harness was late last, as its clock says, and by how much.
    late: Option<(u64, u64)>,
}

/// A close so long before or after the harness was late comes of it: what waited meanwhile is read one by one.
pub(super) const ABOUT_US: u64 = 1_000_000;

/// Why it cannot be told what a stopped action owes to a tab that got less than another.
pub(super) const STOPPED: &str = "its action was stopped when another tab had got more";

/// Requests that a user may have on their way at once.
const UNCONFIRMED: usize = 1000;

struct Tab {
    user: Option<UserId>,
    last: Option<u64>,
    /// How the server closed it, and it has not come back since.
    closed: Option<Closed>,
}

/// How the server closed a tab.
#[derive(Clone)]
struct Closed {
    how: String,
    at_us: u64,
    /// By how many milliseconds the harness was late about then.
    late_ms: Option<u64>,
}

/// What carries one marker.
struct Batch {
    marker: Marker,
    /// What came before the confirmation said what is owed.
    early: Vec<(PlaceId, String)>,
    /// None before the server has confirmed it.
    confirmed: Option<Confirmed>,
    debts: Vec<Debt>,
}

/// Which action it is, and whose.
struct Confirmed {
    user: Option<UserId>,
    action: ActionId,
    seq: u64,
}

struct Debt {
    id: PlaceId,
    place: Place,
    event: String,
    due: u64,
    came: u64,
    /// The action was stopped, and made no more than this as far as can be told.
    stopped: bool,
    /// How the server closed the tab, the last time since this is due.
    closed: Option<Closed>,
}

impl EveryEventDelivered {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }

    fn close(&mut self, id: PlaceId) {
        if let Some(tab) = self.open.remove(&id)
            && let Some(own) = tab.user.and_then(|user| self.of_user.get_mut(&user))
        {
            own.retain(|other| *other != id);
        }
        self.paid.remove(&id);
        self.give_up(|debt| debt.id == id);
    }

    /// What the server closes still owes what it owed, and what comes due: the scenario left the tab open.
    fn closed_by_server(&mut self, id: PlaceId, how: &str, at_us: u64) {
        let Some(tab) = self.open.get_mut(&id) else {
            return;
        };
        let late = self
            .late
            .filter(|(late_us, _)| at_us <= late_us.saturating_add(ABOUT_US));
        let closed = Closed {
            how: how.to_owned(),
            at_us,
            late_ms: late.map(|(_, by_ms)| by_ms),
        };
        let debts = self.on_their_way.values_mut();
        for debt in debts.flat_map(|batch| &mut batch.debts) {
            if debt.id == id {
                debt.closed = Some(closed.clone());
            }
        }
        tab.closed = Some(closed);
    }

    /// The timer may tell of it after the close that came of it was read.
    fn was_late(&mut self, at_us: u64, by_ms: u64) {
        self.late = Some((at_us, by_ms));
        let from = at_us.saturating_sub(by_ms.saturating_mul(1000).saturating_add(ABOUT_US));
        let debts = self.on_their_way.values_mut();
        let debts = debts.flat_map(|batch| &mut batch.debts);
        let closed = debts.filter_map(|debt| debt.closed.as_mut());
        let tabs = self.open.values_mut();
        let closed = closed.chain(tabs.filter_map(|tab| tab.closed.as_mut()));
        for closed in closed.filter(|closed| closed.at_us >= from) {
            closed.late_ms.get_or_insert(by_ms);
        }
    }

    /// Forgets these debts, and batches that have none left.
    fn give_up(&mut self, given_up: impl Fn(&Debt) -> bool) {
        self.on_their_way.retain(|_, batch| {
            batch.debts.retain(|debt| !given_up(debt));
            batch.confirmed.is_none() || !batch.debts.is_empty()
        });
    }

    /// What a stopped action has brought already is paid; the rest may never have been made.
    fn stop(&mut self, user: Option<UserId>, action: &ActionId) {
        // Where each user's actions count from 1, or after a restart, one id is of several: the user's newest.
        let own = self.on_their_way.iter_mut().filter_map(|(key, batch)| {
            let confirmed = batch.confirmed.as_ref()?;
            let of_it = confirmed.user == user && confirmed.action == *action;
            of_it.then_some((confirmed.seq, *key, batch))
        });
        let Some((_, key, batch)) = own.max_by_key(|(seq, ..)| *seq) else {
            return;
        };
        // What came at one tab was made, and each of the others should get it.
        let made: Vec<(String, u64)> = { batch.debts.iter() }
            .map(|debt| (debt.event.clone(), debt.came))
            .collect();
        for debt in &mut batch.debts {
            let of_it = made.iter().filter(|(event, _)| *event == debt.event);
            let made = of_it.map(|(_, came)| *came).max().unwrap_or(0);
            if debt.came < debt.due {
                debt.due = debt.due.min(made);
                debt.stopped = true;
            }
        }
        batch.debts.retain(|debt| debt.due > 0);
        if let Some(batch) = self.on_their_way.remove(&key) {
            self.keep_unless_paid(key, batch);
        }
    }

    fn send(&mut self, seen: &Seen<'_>, marker: &Marker) {
        self.on_their_way.entry(marker.key()).or_insert(Batch {
            marker: marker.clone(),
            early: Vec::new(),
            confirmed: None,
            debts: Vec::new(),
        });
        let asked = self.asked.entry(seen.user).or_default();
        asked.push_back(marker.key());
        // A request that was refused has no answer with its marker.
        if asked.len() > UNCONFIRMED
            && let Some(oldest) = asked.pop_front()
            && self
                .on_their_way
                .get(&oldest)
                .is_some_and(|batch| batch.confirmed.is_none())
        {
            self.on_their_way.remove(&oldest);
        }
    }

    fn confirm(
        &mut self,
        seen: &Seen<'_>,
        marker: &Marker,
        action: &ActionId,
        yields: &BTreeMap<String, u64>,
    ) {
        let early = self.on_their_way.remove(&marker.key());
        let early = early.map(|batch| batch.early).unwrap_or_default();
        let tabs = seen.user.and_then(|user| self.of_user.get(&user));
        let mut debts = Vec::new();
        for id in tabs.into_iter().flatten() {
            let closed = self.open.get(id).and_then(|tab| tab.closed.as_ref());
            for (event, due) in yields.iter().filter(|(_, due)| **due > 0) {
                let came = early
                    .iter()
                    .filter(|(place, name)| place == id && name == event);
                debts.push(Debt {
                    id: *id,
                    place: seen.places.name(*id).clone(),
                    event: event.clone(),
                    due: *due,
                    came: came.count() as u64,
                    stopped: false,
                    closed: closed.cloned(),
                });
            }
        }
        let batch = Batch {
            marker: marker.clone(),
            early: Vec::new(),
            confirmed: Some(Confirmed {
                user: seen.user,
                action: action.clone(),
                seq: seen.seq,
            }),
            debts,
        };
        self.keep_unless_paid(marker.key(), batch);
    }

    /// What is paid needs no marker any more.
    fn keep_unless_paid(&mut self, key: u64, batch: Batch) {
        if batch.debts.iter().any(|debt| debt.came < debt.due) {
            self.on_their_way.insert(key, batch);
            return;
        }
        for debt in batch.debts {
            let paid = self.paid.entry(debt.id).or_default();
            *paid = paid.saturating_add(debt.due);
        }
    }

    fn receive(&mut self, seen: &Seen<'_>, event: &str) {
        for found in seen.markers {
            let Some(batch) = self.on_their_way.get_mut(&found.key) else {
                continue;
            };
            if batch.confirmed.is_none() {
                batch.early.push((seen.id, event.to_owned()));
                continue;
            }
            let mut debts = batch.debts.iter_mut();
            let Some(debt) = debts.find(|debt| debt.id == seen.id && debt.event == event) else {
                continue;
            };
            debt.came += 1;
            if debt.came == debt.due
                && let Some(batch) = self.on_their_way.remove(&found.key)
            {
                self.keep_unless_paid(found.key, batch);
            }
        }
    }

    fn number(&mut self, seen: &Seen<'_>, number: u64) {
        let Some(tab) = self.open.get_mut(&seen.id) else {
            return;
        };
        self.tally.chance(1);
        if let Some(last) = tab.last.filter(|last| number > last.saturating_add(1)) {
            let says = || format!("{} got number {number} right after {last}", seen.place);
            self.tally.witness(|| seen.witness(says()));
        }
        tab.last = Some(tab.last.map_or(number, |last| last.max(number)));
    }

    fn settle(&mut self, unsettled: Option<&String>, due: impl Fn(PlaceId) -> bool) {
        let paid = self.paid.extract_if(|id, _| due(*id));
        paid.for_each(|(_, due)| self.tally.chance(due));
        let mut open: Vec<(Marker, Debt)> = Vec::new();
        self.on_their_way.retain(|_, batch| {
            let settled = batch.debts.extract_if(.., |debt| due(debt.id));
            open.extend(settled.map(|debt| (batch.marker.clone(), debt)));
            batch.confirmed.is_none() || !batch.debts.is_empty()
        });
        open.sort_by(|(marker, debt), (other_marker, other)| {
            (&debt.place, marker, &debt.event).cmp(&(&other.place, other_marker, &other.event))
        });
        for (marker, debt) in open {
            self.tally.chance(debt.due);
            if debt.came < debt.due {
                let Debt {
                    place,
                    event,
                    due,
                    came,
                    stopped,
                    closed,
                    ..
                } = debt;
                let how = closed.as_ref().map(|closed| &closed.how);
                let how = how.map(|how| format!("; the server closed the tab: {how}"));
                let how = how.unwrap_or_default();
                let says = format!("{place} got {came} of {due} `{event}` of {marker}{how}");
                let late = closed.and_then(|closed| closed.late_ms);
                let late = late.map(|by_ms| format!("the harness itself was late by {by_ms} ms"));
                let stopped = stopped.then(|| STOPPED.to_owned());
                match unsettled.or(late.as_ref()).or(stopped.as_ref()) {
                    Some(why) => self.tally.doubt(|| format!("{says}: {why}")),
                    None => self.tally.witness(|| Witness {
                        seq: None,
                        says,
                        frame: String::new(),
                        event: Some(event),
                    }),
                }
            }
        }
    }
}

impl Judge for EveryEventDelivered {
    fn see(&mut self, seen: &Seen<'_>) {
        match seen.what {
            What::Joined { last_seq } => {
                let (user, last) = (seen.user, *last_seq);
                self.sessions.insert(seen.id, seen.session);
                let closed = None;
                let tab = Tab { user, last, closed };
                if self.open.insert(seen.id, tab).is_none()
                    && let Some(user) = user
                {
                    self.of_user.entry(user).or_default().push(seen.id);
                }
            }
            What::Left { by_server: None } => self.close(seen.id),
            What::Left {
                by_server: Some(how),
            } => self.closed_by_server(seen.id, how, seen.at_us),
            What::Late { by_ms, .. } if *by_ms >= TOO_LATE_MS => {
                self.was_late(seen.at_us, *by_ms);
            }
            What::SessionEnded => {
                let sessions = self.sessions.iter();
                let own: Vec<PlaceId> = sessions
                    .filter(|(_, session)| **session == seen.session)
                    .map(|(id, _)| *id)
                    .collect();
                for id in own {
                    self.close(id);
                    self.sessions.remove(&id);
                }
            }
            What::Sent { marker } => self.send(seen, marker),
            What::Unanswered { marker } => {
                self.on_their_way.remove(&marker.key());
            }
            What::Confirmed {
                marker,
                action,
                yields,
                ..
            } => self.confirm(seen, marker, action, yields),
            What::Stopped { action } => self.stop(seen.user, action),
            What::Received { event, number, .. } => {
                self.receive(seen, event);
                if let Some(number) = number {
                    self.number(seen, *number);
                }
            }
            What::Settled { unsettled, .. } if seen.place.user.is_none() => {
                self.settle(unsettled.as_ref(), |_| true);
            }
            What::Settled { unsettled, .. } => {
                let sessions = std::mem::take(&mut self.sessions);
                self.settle(unsettled.as_ref(), |id| {
                    sessions.get(&id) == Some(&seen.session)
                });
                self.sessions = sessions;
            }
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding("nothing was due to an open tab")
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

    /// What is late is not lost: only a target that answers, and a harness that hears it, prove a loss.
    #[test]
    fn what_may_still_be_on_its_way_is_no_loss() {
        let property = named("every_event_delivered").expect("listed");
        let says = "amy/desktop/1 got 0 of 1 `result`";
        check(property, "amy+ amy!1 ?.late …", Undecided, says);
        check(
            property,
            "amy+ amy!1 ?.late …",
            Undecided,
            "the target was slow",
        );
        check(property, "amy+ amy!1 ?. …", Violated, says);
        check(property, "amy+ amy!1 amy<amy1 ?.late …", Holds, "");
        let of_a_session = "amy+ amy!1 amy.late amy- …";
        check(property, of_a_session, Undecided, "the target was slow");
        let numbers = "amy+ amy<amy1#1 amy<amy1#3 ?.late …";
        check(property, numbers, Violated, "got number 3 right after 1");
        let both = "amy+ bob+ amy!1 bob!1 amy.late bob. …";
        check(property, both, Violated, "bob/desktop/1 got 0 of 1");
        let two = "|alone amy+ amy!1 ?.late |alone amy+ amy!2 amy<amy2 ?.";
        check(property, two, Undecided, "the target was slow");
    }

    #[test]
    fn a_tab_that_the_server_closed_is_owed_what_it_was() {
        let property = named("every_event_delivered").expect("listed");
        let says = "got 0 of 1 `result` of";
        check(property, "amy+ amy!1 amy%1008", Violated, says);
        let told = "; the server closed the tab: close frame 1008";
        check(property, "amy+ amy!1 amy%1008", Violated, told);
        // What comes due afterwards is owed as well: the scenario left the tab open.
        check(property, "amy+ amy%1008 amy!1", Violated, told);
        check(property, "amy+ amy!1 amy<amy1 amy%1008", Holds, "");
        // The scenario closes its own: before, after, and by the end of the session.
        for closed in [
            "amy%",
            "amy%1008 amy%",
            "amy-",
            "amy%1008 amy-",
            "amy- amy%1008",
        ] {
            let script = format!("amy+ bob+ amy!1 bob!1 {closed} bob<bob1");
            check(property, &script, Holds, "");
        }
        // A tab that was never open owes nothing.
        check(property, "amy+ amy% amy%1008 amy!1", Undecided, "nothing");
        // Another tab's close is another's.
        let found = property.judge(&history("amy+ amy/desktop/2+ amy!1 amy/desktop/2%1008"));
        let says: Vec<bool> = found
            .witnesses
            .iter()
            .map(|one| one.says.contains("1008"))
            .collect();
        assert_eq!(says, [false, true], "{found:?}");
    }

    /// A harness that slept through the server's patience was given up rightly.
    #[test]
    fn a_tab_that_was_closed_while_the_harness_slept_is_in_doubt() {
        let property = named("every_event_delivered").expect("listed");
        let late = "closed the tab: close frame 1008: the harness itself was late by 30000 ms";
        check(property, "amy+ amy!1 ~40 amy%1008 ~~30000", Undecided, late);
        check(property, "amy+ amy!1 ~40 ~~30000 amy%1008", Undecided, late);
        check(property, "amy+ ~40 ~~30000 amy%1008 amy!1", Undecided, late);
        check(property, "amy+ ~40 amy%1008 amy!1 ~~30000", Undecided, late);
        // It came long before the harness slept, or long after.
        for other in [
            "amy+ amy!1 ~9 amy%1008 ~32 ~~30000",
            "amy+ amy!1 ~40 ~~30000 ~2 amy%1008",
            "amy+ amy!1 ~40 ~~999 amy%1008",
            "amy+ amy!1 ~40 ~~30000 amy%1008 amy+ ~2 amy%1008",
        ] {
            check(property, other, Violated, "the tab: close frame 1008");
        }
        // A tab that stayed open has no such excuse.
        check(property, "amy+ amy!1 ~40 ~~30000", Violated, "got 0 of 1");
    }

    #[test]
    fn a_stopped_action_owes_no_more_than_it_has_made() {
        let property = named("every_event_delivered").expect("listed");
        check(property, "amy+ amy!1 amy^1", Undecided, "nothing was due");
        check(property, "amy+ amy!1 amy<amy1 amy^1", Holds, "");
        // What one tab had got the other should get, and it may have been stopped between the two.
        let two = "amy+ amy/desktop/2+ amy!1 amy<amy1 amy^1";
        let doubt = "amy/desktop/2 got 0 of 1 `result`";
        check(property, two, Undecided, doubt);
        check(property, two, Undecided, super::STOPPED);
        check(property, &format!("{two} amy/desktop/2<amy1"), Holds, "");
        let neither = "amy+ amy/desktop/2+ amy!1 amy^1";
        check(property, neither, Undecided, "nothing was due");
        // Where it comes all the same.
        let both = "amy+ amy!2 amy!1 amy^1 amy<amy1 amy<amy2";
        check(property, both, Holds, "");
        // Another one owes what it did, and one that is started again does.
        let says = "amy/desktop/1 got 0 of 1 `result`";
        check(property, "amy+ amy!1 amy!2 amy^1", Violated, says);
        check(property, "amy+ amy^1 amy!1", Violated, says);
        // What somebody else has stopped is still owed.
        check(property, "amy+ bob+ amy!1 bob^amy1", Violated, says);
        // One id of two users, and of two actions of one: the newest.
        let bobs = "amy+ bob+ amy!1=7 bob!1=7 amy^=7";
        check(property, bobs, Violated, "bob/desktop/1 got 0 of 1");
        let newest = "amy+ amy!1=7 amy!2=7 amy^=7 amy<amy1";
        check(property, newest, Holds, "");
        let older = "amy+ amy!1=7 amy!2=7 amy^=7 amy<amy2";
        check(property, older, Violated, says);
    }

    #[test]
    fn what_comes_after_a_tab_has_joined_again_pays() {
        let property = named("every_event_delivered").expect("listed");
        check(property, "amy+ amy!1 amy%1008 amy+ amy<amy1", Holds, "");
        check(property, "amy+ amy%1008 amy!1 amy+ amy<amy1", Holds, "");
        let closed = "the server closed the tab: close frame 1008";
        check(property, "amy+ amy!1 amy%1008 amy+", Violated, closed);
        let again = "amy+ amy!1 amy%1008 amy+ amy%1011";
        check(
            property,
            again,
            Violated,
            "the server closed the tab: close frame 1011",
        );
        // What is made after it has come back knows of no close.
        let found = property.judge(&history("amy+ amy%1008 amy+ amy!1"));
        assert_eq!(found.witnesses.len(), 1);
        assert!(!found.witnesses[0].says.contains("closed"), "{found:?}");
        // A session that has settled is judged at once.
        let settled = "amy+ amy!1 amy%1008 amy. amy+ amy<amy1";
        check(property, settled, Violated, closed);
    }

    /// What came before the confirmation counts, as long as the request is remembered.
    #[test]
    fn a_user_may_have_a_thousand_requests_on_their_way() {
        let property = named("every_event_delivered").expect("listed");
        let early = |others: usize| {
            let others: String = (2..others + 2).map(|n| format!("amy!?{n} ")).collect();
            format!("amy+ amy!?1 amy<amy1 {others} amy!.1")
        };
        check(property, &early(super::UNCONFIRMED - 1), Holds, "");
        check(property, &early(super::UNCONFIRMED), Violated, "got 0 of 1");
        check(
            property,
            &early(super::UNCONFIRMED + 1),
            Violated,
            "got 0 of 1",
        );
        // One that is confirmed is owed, however many come after it.
        let others: String = (2..super::UNCONFIRMED + 9)
            .map(|n| format!("amy!?{n} "))
            .collect();
        check(
            property,
            &format!("amy+ amy!1 {others}"),
            Violated,
            "got 0 of 1",
        );
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
            let property = named("every_event_delivered").expect("listed");
            prop_assert_eq!(property.judge(&history(&script(0))).verdict, Holds);
            prop_assert_eq!(property.judge(&history(&script(lost))).verdict, Violated);
        }
    }
}
