//! Whether what a user sees depends on who else is there.

#[cfg(test)]
mod tests;

use super::lateness::{SHIFTS_MS, spoils_a_part};
use crate::comparison::{Known, REPEATED, View, compare};
use crate::finding::Finding;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge};
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "undisturbed",
    claim: "a user sees the same, as soon and in the same order, whoever else is there",
    extent: Extent::AllParts,
    needs: Needs::Nothing,
    start: Undisturbed::start,
    cases: Cases {
        holds: "|alone amy+ amy!1 amy<amy1#1 |alone amy+ amy!2 amy<amy2#1 |beside bob+ amy+ amy!3 amy<amy3#1",
        violated: "|alone amy+ amy!1 amy<amy1#1 |alone amy+ amy!2 amy<amy2#1 |beside bob+ amy+ amy!3 amy<amy3#2",
        undecided: "amy+ bob+ amy!1 amy<amy1#1",
    },
};

/// A place of the parts alone sees the same beside each neighbour: the same content, number, order and increasing ids, and
/// as soon as in the slowest part alone, with some room. A step that each part alone met in time is met in time.
///
/// Relies on: each part runs the same steps. `comparison` decides what is compared, and keeps what was seen until the
/// end. A part that could not settle shows how slow the machine was, not what a neighbour did. It is left out, and
/// the result is in doubt unless the other parts show a difference. A part in which the harness itself was late is left
/// out too; there the result is in doubt only if too few others remain.
#[derive(Default)]
struct Undisturbed {
    alone: Vec<View>,
    beside: Vec<(String, View)>,
    now: CurrentPart,
    /// Why the first part that was left out could not settle.
    unsettled: Option<String>,
    /// By how much the harness was late in the first part that was left out for that.
    was_late: Option<String>,
    /// The neighbours of whom a part was left out.
    left_out: Vec<String>,
    /// The sum of all delays of the harness in this part that are long enough to shift a step.
    late_ms: u64,
    /// What the target file says of its events.
    known: Known,
}

/// The kind of the current part.
#[derive(Default)]
enum CurrentPart {
    #[default]
    NoPart,
    Alone,
    Beside,
}

impl Undisturbed {
    fn start(scene: &Scene) -> Box<dyn Judge> {
        Box::new(Self {
            known: Known {
                uncounted: scene.uncounted.clone(),
                ambient: scene.ambient.clone(),
            },
            ..Self::default()
        })
    }

    /// Forgets the current part, if there is one.
    fn leave_out(&mut self) -> bool {
        match std::mem::take(&mut self.now) {
            CurrentPart::NoPart => return false,
            CurrentPart::Alone => drop(self.alone.pop()),
            CurrentPart::Beside => self
                .left_out
                .extend(self.beside.pop().map(|(name, _)| name)),
        }
        true
    }

    /// How many parts there are beside this neighbour.
    fn n_beside(&self, name: &str) -> usize {
        let names = self.beside.iter().map(|(name, _)| name);
        names.filter(|other| *other == name).count()
    }

    /// Why the parts that are left cannot decide, where some were left out.
    fn doubt(&self) -> Option<&str> {
        let too_few = self.alone.len() < 2
            || (self.left_out.iter()).any(|name| self.n_beside(name) < REPEATED);
        let was_late = self.was_late.as_deref().filter(|_| too_few);
        self.unsettled.as_deref().or(was_late)
    }
}

impl Judge for Undisturbed {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        match exhibit.what {
            What::PartBegan { beside: None } => {
                self.alone.push(View::begin(exhibit.at_us));
                self.now = CurrentPart::Alone;
                self.late_ms = 0;
            }
            What::PartBegan { beside: Some(name) } => {
                self.beside.push((name.clone(), View::begin(exhibit.at_us)));
                self.now = CurrentPart::Beside;
                self.late_ms = 0;
            }
            What::Settled {
                unsettled: Some(why),
                ..
            } if exhibit.place.user.is_none() && self.leave_out() => {
                self.unsettled.get_or_insert_with(|| why.clone());
            }
            // A delay shifts every later step; several short ones are as bad as a long one.
            What::Late { by_ms, .. } if *by_ms >= SHIFTS_MS => {
                self.late_ms = self.late_ms.saturating_add(*by_ms);
                let late = self.late_ms;
                if spoils_a_part(late) && self.leave_out() {
                    let says = || format!("the harness itself was late by {late} ms");
                    self.was_late.get_or_insert_with(says);
                }
            }
            _ => {}
        }
        let view = match self.now {
            CurrentPart::NoPart => None,
            CurrentPart::Alone => self.alone.last_mut(),
            CurrentPart::Beside => self.beside.last_mut().map(|(_, view)| view),
        };
        if let Some(view) = view {
            view.see(exhibit);
        }
    }

    fn end(mut self: Box<Self>) -> Finding {
        let mut tally = Tally::default();
        if let Some(why) = self.doubt() {
            tally.doubt(|| format!("a part was left out: {why}"));
            // A difference must be seen twice. If only one part of a neighbour is left, it proves nothing.
            let names: Vec<String> = self.beside.iter().map(|(name, _)| name.clone()).collect();
            let parts = |name: &String| names.iter().filter(|other| *other == name).count();
            self.beside.retain(|(name, _)| parts(name) >= REPEATED);
            if self.alone.len() < 2 || self.beside.is_empty() {
                return tally.finding("");
            }
        }
        if self.alone.len() < 2 {
            return Finding::undecided(
                "at least two parts without a neighbour are needed for a comparison",
            );
        }
        if self.beside.is_empty() {
            return Finding::undecided("no part was run beside a neighbour");
        }
        if !self.alone.iter().any(View::has_events) {
            return Finding::undecided("nothing was received in the parts without a neighbour");
        }
        let comparison = compare(&self.alone, &self.beside, &self.known);
        tally.chance(comparison.checked);
        for witness in comparison.witnesses {
            tally.witness(|| witness);
        }
        for doubt in comparison.doubts {
            tally.doubt(|| doubt);
        }
        tally.finding("nothing was the same in all parts without a neighbour")
    }
}
