//! Whether what a user sees depends on who else is there.

#[cfg(test)]
mod tests;

use super::lateness::TOO_LATE_MS;
use crate::comparison::{REPEATED, View, compare};
use crate::finding::Finding;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge};
use crate::observation::What;
use crate::property::{Cases, Property, Scope};
use crate::tally::Tally;

/// The property, and its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "undisturbed",
    claim: "a user sees the same, as soon and in the same order, whoever else is there",
    scope: Scope::AllParts,
    start: Undisturbed::start,
    cases: Cases {
        holds: "|alone amy+ amy!1 amy<amy1#1 |alone amy+ amy!2 amy<amy2#1 |beside bob+ amy+ amy!3 amy<amy3#1",
        violated: "|alone amy+ amy!1 amy<amy1#1 |alone amy+ amy!2 amy<amy2#1 |beside bob+ amy+ amy!3 amy<amy3#2",
        undecided: "amy+ bob+ amy!1 amy<amy1#1",
    },
};

/// Who acts in the parts alone sees the same beside each neighbour: content, number, order, ids that count,
/// and as soon as in the slowest part alone, with some room.
///
/// Relies on: a part is run with the same steps each time. Of what the parts alone do not agree
/// on only the number of things is judged, by a range; `comparison` says what is, and keeps what was seen until
/// the end. A part that could not settle shows how slow the machine was and not who was beside: it is left out, and
/// what is missing then is in doubt.
#[derive(Default)]
struct Undisturbed {
    alone: Vec<View>,
    beside: Vec<(String, View)>,
    now: CurrentPart,
    /// Why the first part that was left out could not settle.
    doubt: Option<String>,
    /// How late the harness was in this part, of what moves a step: in all.
    late_ms: u64,
}

/// Which part goes on now.
#[derive(Default)]
enum CurrentPart {
    #[default]
    NoPart,
    Alone,
    Beside,
}

impl Undisturbed {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }

    /// Forgets the part that goes on now.
    fn leave_out(&mut self, why: &str) {
        match std::mem::take(&mut self.now) {
            CurrentPart::NoPart => return,
            CurrentPart::Alone => drop(self.alone.pop()),
            CurrentPart::Beside => drop(self.beside.pop()),
        }
        self.doubt.get_or_insert_with(|| why.to_owned());
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
            } if exhibit.place.user.is_none() => self.leave_out(why),
            // A nap moves every step after it; several are as bad as a long one.
            What::Late { by_ms, .. } if *by_ms >= TOO_LATE_MS / 2 => {
                self.late_ms = self.late_ms.saturating_add(*by_ms);
                if self.late_ms >= TOO_LATE_MS {
                    let late = self.late_ms;
                    self.leave_out(&format!("the harness itself was late by {late} ms"));
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
        if let Some(why) = self.doubt {
            tally.doubt(|| format!("a part was left out: {why}"));
            // One look alone accuses nobody where two were meant to.
            let names: Vec<String> = self.beside.iter().map(|(name, _)| name.clone()).collect();
            let parts = |name: &String| names.iter().filter(|other| *other == name).count();
            self.beside.retain(|(name, _)| parts(name) >= REPEATED);
            if self.alone.len() < 2 || self.beside.is_empty() {
                return tally.finding("");
            }
        }
        if self.alone.len() < 2 {
            return Finding::undecided("what is seen alone is learnt from two parts at least");
        }
        if self.beside.is_empty() {
            return Finding::undecided("nobody was beside");
        }
        if !self.alone.iter().any(View::has_events) {
            return Finding::undecided("nothing was received alone");
        }
        let comparison = compare(&self.alone, &self.beside);
        tally.chance(comparison.checked);
        for witness in comparison.witnesses {
            tally.witness(|| witness);
        }
        tally.finding("nothing was the same in all parts alone")
    }
}
