//! What a tab leaves behind that another tab had got long before.

use super::super::meant::Known;
use super::{Owed, Walk, came};

/// How long after another tab has got all of an event a tab must stay without it for its leaving to excuse nothing.
const LONG_US: u64 = 5_000_000;

impl<'a> Walk<'a> {
    /// Keeps when tabs that leave had got all of an event.
    pub(super) fn keep_paid(&mut self, known: Known<'a>, leaves: impl Fn(&Owed<'a>) -> bool) {
        let own = self.owed.iter().filter(|owed| leaves(owed));
        let firm = own.filter(|owed| is_firm(owed));
        let all = firm.filter_map(|owed| Some(((owed.marker, owed.event), paid(known, owed)?)));
        for (of, paid_us) in all.collect::<Vec<_>>() {
            let first = self.paid.entry(of).or_insert(paid_us);
            *first = paid_us.min(*first);
        }
    }

    /// What is left behind that another tab had got long before is in doubt.
    pub(super) fn left_behind(&mut self, known: Known<'a>, leaves: impl Fn(&Owed<'a>) -> bool) {
        let now_us = known.0.last().map_or(0, |line| line.at_us);
        let firm = |owed: &&Owed<'a>| is_firm(owed);
        let mut found = Vec::new();
        let own = self.owed.iter().filter(|owed| leaves(owed));
        for owed in own.filter(firm) {
            let came = came(known, owed);
            let others = self.owed.iter().filter(|other| {
                let of_it = (other.marker, other.event) == (owed.marker, owed.event);
                of_it && other.place != owed.place
            });
            let paid = others.filter(firm).filter_map(|other| paid(known, other));
            let gone = self.paid.get(&(owed.marker, owed.event)).copied();
            let paid = paid.chain(gone).min();
            let Some(paid_us) = paid.filter(|_| came < owed.due) else {
                continue;
            };
            let waited = now_us.saturating_sub(paid_us);
            if waited >= LONG_US {
                let (place, marker, event, due) = (owed.place, owed.marker, owed.event, owed.due);
                let says = format!(
                    "{place} got {came} of {due} `{event}` of {marker}: it left {} s after another tab had got all of it",
                    waited / 1_000_000
                );
                found.push(((place, marker, event), says));
            }
        }
        found.sort();
        self.doubts.extend(found.into_iter().map(|(_, says)| says));
    }
}

/// Whether nothing excuses that it does not come.
fn is_firm(owed: &Owed<'_>) -> bool {
    !owed.again && !owed.unmarked && !owed.stopped && owed.closed.is_none()
}

/// When the last of it came, or it was confirmed if that was later.
fn paid(known: Known<'_>, owed: &Owed<'_>) -> Option<u64> {
    let until = (1..=known.0.len()).map(|end| Known(&known.0[..end]));
    let mut paid = until.filter(|known| {
        let last = known.0.last().map_or(0, |line| line.seq);
        last >= owed.action.2 && came(*known, owed) >= owed.due
    });
    paid.next()?.0.last().map(|line| line.at_us)
}
