//! Steps that wait, and the end of a run: for what must come, and for what must not.
//!
//! Patience that is used up proves nothing: what was not seen by then is undecided. A promise of time is broken
//! when the time is over and the harness was ready all the while. What is due at the end is lost only when the
//! target answered and the harness was not late for a whole patience (`probe::watch`).

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use evidence::{Marker, Place, What};
use probe::{Due, ProbeError, Tab, watch};
use tokio::time::Instant;

use super::sockets::closed_by_server;
use super::{RunError, Runner, lock};
use crate::scenario::{ActionName, Limit, TabName, Who};

/// How long what is still due may take at the end, however slow the target is.
const SETTLING: Duration = Duration::from_secs(30);
/// How long patience is after one event has not come: the run is lost, and need not wait long for others.
const DISAPPOINTED: Duration = Duration::from_millis(500);
/// What takes longer than this is slow: the target is asked whether it is there.
const SLOW: Duration = Duration::from_millis(500);
/// A promise of time may be judged when the harness was not late by a tenth of it, nor by this.
const READY: Duration = Duration::from_millis(100);
/// Lateness for which a server may have given a client up.
const ASLEEP: Duration = Duration::from_secs(1);

/// An answer that did not come in time, in words; none for any other failure.
pub(super) fn late(error: &ProbeError) -> Option<String> {
    match error {
        ProbeError::NoAnswer { asked, source } if source.is_timeout() => {
            Some(format!("no answer to {asked} in time"))
        }
        ProbeError::NotReady { .. } => Some(error.to_string()),
        _ => None,
    }
}

/// Whether a harness that was `late` says anything of a promise of this time.
fn is_ready(promised: Duration, late: Duration) -> bool {
    late < READY.max(promised / 10)
}

impl Runner {
    /// Waits until each open tab has what the actions of its user owe it, or it is lost; then for what leaks
    /// to somebody else, which may come later than what its owner waits for.
    pub(super) async fn settle(&self) {
        let unsettled = self.watch.settle(self.due(), SETTLING).await;
        let (listened, trouble) = self.watch.listen(self.site.target.listening()).await;
        let settled = What::Settled {
            unsettled: unsettled.or_else(|| trouble.clone()),
            listened_ms: u64::try_from(listened.as_millis()).ok(),
            unheard: trouble,
        };
        // A recorder that has stopped says so at its end.
        let _ = self.recorder.record(Place::nobody("the run"), settled);
    }

    /// What the actions of each open tab's user owe it.
    fn due(&self) -> Vec<Due> {
        let mut due = Vec::new();
        let (tabs, actions) = (lock(&self.tabs), lock(&self.actions));
        for (name, open) in tabs.iter().filter(|(_, open)| !open.tab.has_left()) {
            let own = actions
                .iter()
                .skip(open.opened_after)
                .filter(|action| name.browser.who == Who::User(action.name.user.clone()));
            for action in own {
                let Some(marker) = &action.marker else {
                    continue;
                };
                due.extend(action.yields.iter().map(|(event, count)| Due {
                    tab: open.tab.clone(),
                    event: event.clone(),
                    marker: marker.clone(),
                    count: usize::try_from(*count).unwrap_or(usize::MAX),
                }));
            }
        }
        due
    }

    /// What may still come late at a tab: what a step has waited for in vain, and what else is due then.
    pub(super) async fn late_at(&self, name: &TabName, tab: &Tab) -> BTreeMap<String, usize> {
        let mut late: BTreeMap<String, usize> = BTreeMap::new();
        for ((_, event), whole) in lock(&self.missed).iter().filter(|((at, _), _)| at == name) {
            let missing = whole.saturating_sub(tab.came(event));
            if missing > 0 {
                late.insert(event.clone(), missing);
            }
        }
        if late.is_empty() {
            return late;
        }
        let due = self.due();
        for due in due.iter().filter(|due| due.tab.is(tab)) {
            let missing = due.count - watch::so_far(due).await;
            let known = late.entry(due.event.clone()).or_default();
            *known = missing.max(*known);
        }
        late
    }

    pub(super) async fn wait(
        &self,
        name: TabName,
        event: &str,
        limit: Limit,
        count: usize,
        of: Option<&ActionName>,
    ) -> Result<(), RunError> {
        let marker = of
            .map(|action| self.action(action))
            .transpose()?
            .and_then(|(_, marker)| marker);
        let tab = self.tab(&name)?.tab;
        let began = Instant::now();
        let (claim, time) = match limit {
            Limit::Within(time) if self.is_disappointed.load(Ordering::Relaxed) => {
                (format!("within {time:?}"), time.min(DISAPPOINTED))
            }
            Limit::Within(time) => (format!("within {time:?}"), time),
            Limit::AtMost(time) => (format!("after {time:?} at most"), time),
        };
        let came = self.come(&tab, event, marker.as_ref(), count, time).await;
        let place = Place {
            tab: Some(name.tab.clone()),
            ..self.browser(&name.browser).place()
        };
        let claim = format!("{count} `{event}` {claim}");
        let Err(came) = came else {
            return self.expected(place, &claim, true, String::new);
        };
        self.is_disappointed.store(true, Ordering::Relaxed);
        let missing = count - came.min(count);
        lock(&self.missed).insert((name.clone(), event.to_owned()), tab.came(event) + missing);
        let found = format!("{came} came in {:.1?}", began.elapsed());
        let late = self.watch.lag().since(began);
        match limit {
            _ if tab.has_left() => {
                let closed = closed_by_server(&tab);
                let found = format!("{came} came until the socket was closed{closed}");
                match limit {
                    _ if self.slept() => {
                        self.unseen(place, &claim, found + "; the harness itself had slept")
                    }
                    Limit::AtMost(time)
                        if tab.closed_by_server().is_some() && is_ready(time, late) =>
                    {
                        self.expected(place, &claim, false, || found)
                    }
                    _ => self.unseen(place, &claim, found),
                }
            }
            Limit::AtMost(time) if is_ready(time, late) => {
                // What waits to be read came in time: for as long as the harness was late it is waited on.
                let late = self.watch.lag().sum_since(began).min(time);
                let again = tab.wait_for(event, marker.as_ref(), count, late).await;
                if again.is_ok() && !late.is_zero() {
                    let found = format!("it was read when that was over: {}", watch::told(late));
                    return self.unseen(place, &claim, found);
                }
                let trouble = self.watch.trouble(began);
                let trouble = trouble.map_or_else(String::new, |trouble| format!(": {trouble}"));
                self.expected(place, &claim, false, || found + &trouble)
            }
            Limit::AtMost(_) => {
                let late = watch::told(late);
                self.unseen(place, &claim, format!("{found}: {late}"))
            }
            Limit::Within(_) => {
                let trouble = self.watch.trouble(began);
                let why = trouble.unwrap_or_else(|| "which is no proof that none will".to_owned());
                self.unseen(place, &claim, format!("{found}: {why}"))
            }
        }
    }

    /// Whether the harness has slept through what a server waits for: then a close accuses nobody.
    fn slept(&self) -> bool {
        self.watch.lag().last(ASLEEP).is_some()
    }

    /// Waits, and asks the target whether it is there when that takes long.
    async fn come(
        &self,
        tab: &Tab,
        event: &str,
        marker: Option<&Marker>,
        count: usize,
        time: Duration,
    ) -> Result<(), usize> {
        let deadline = Instant::now() + time;
        let came = tab.wait_for(event, marker, count, time.min(SLOW)).await;
        if came.is_ok() || time <= SLOW || tab.has_left() {
            return came;
        }
        self.watch.ask(async || self.due()).await;
        let left = deadline.saturating_duration_since(Instant::now());
        tab.wait_for(event, marker, count, left).await
    }

    pub(super) async fn last(
        &self,
        name: TabName,
        event: &str,
        among: &[String],
        quiet: Duration,
    ) -> Result<(), RunError> {
        let tab = self.tab(&name)?.tab;
        let began = Instant::now();
        let mut last = tab.last_of(among, quiet).await;
        let mut is_known = false;
        // The right one may still be on its way, as long as nobody knows that the target is there.
        while !is_known && last.as_deref() != Some(event) && began.elapsed() < SETTLING {
            self.watch.ask(async || self.due()).await;
            let quiet = quiet.max(watch::PATIENCE);
            last = tab.last_of(among, quiet).await;
            is_known = self.watch.is_calm_for(quiet);
        }
        let place = Place {
            tab: Some(name.tab.clone()),
            ..self.browser(&name.browser).place()
        };
        let claim = format!("of {} the last is `{event}`", among.join(", "));
        let met = last.as_deref() == Some(event);
        let found = last.map_or_else(|| "none came".to_owned(), |last| format!("`{last}`"));
        let found = found + &closed_by_server(&tab);
        if met || (is_known && !(tab.has_left() && self.slept())) {
            return self.expected(place, &claim, met, || found);
        }
        let trouble = self.watch.trouble(began).unwrap_or_default();
        self.unseen(place, &claim, format!("{found} until now: {trouble}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harness_that_was_late_breaks_nobodys_promise() {
        let ms = Duration::from_millis;
        assert!(is_ready(ms(2000), ms(199)));
        assert!(!is_ready(ms(2000), ms(200)));
        assert!(is_ready(ms(300), ms(99)));
        assert!(!is_ready(ms(300), ms(100)));
    }
}
