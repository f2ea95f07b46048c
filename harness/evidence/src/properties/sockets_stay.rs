//! No server closes a tab for nothing.

use crate::finding::{Finding, Witness};
use crate::hashing::Set;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge, SessionId};
use crate::observation::What;
use crate::properties::lateness::TOO_LATE_MS;
use crate::properties::server_close::{Delay, FOR_THE_END_US, ServerClose};
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "sockets_stay",
    claim: "the server closes no tab that the scenario leaves open",
    extent: Extent::OnePart,
    needs: Needs::Declared,
    start: SocketsStay::start,
    cases: Cases {
        holds: "stays amy+ amy!1 amy<amy1 amy%",
        violated: "stays amy+ amy!1 amy<amy1 amy%1006",
        undecided: "amy+ amy!1 amy<amy1 amy%1006",
    },
};

/// The server closes no tab that the scenario leaves open, but for the end of its session.
///
/// Judged only if an idle tab was seen to stay: otherwise the server may have waited for a sign of life that the target
/// file does not name. A close while the harness itself was late is in doubt.
struct SocketsStay {
    tally: Tally,
    stays: bool,
    /// Sessions that have ended.
    ended: Set<SessionId>,
    closed: Vec<Closed>,
    last_delay: Option<Delay>,
}

/// A tab that the server closed.
struct Closed {
    session: SessionId,
    at_us: u64,
    close: ServerClose,
    witness: Witness,
}

/// How many closes are kept for the end of their sessions.
const KEPT: usize = 1000;

impl SocketsStay {
    fn start(scene: &Scene) -> Box<dyn Judge> {
        Box::new(Self {
            tally: Tally::default(),
            stays: scene.stays,
            ended: Set::default(),
            closed: Vec::new(),
            last_delay: None,
        })
    }

    fn close(&mut self, exhibit: &Exhibit<'_>, how: &str) {
        if self.ended.contains(&exhibit.session) {
            return;
        }
        if self.closed.len() >= KEPT {
            let oldest = self.closed.remove(0);
            self.judge(oldest);
        }
        let says = format!("the server closed {}: {how}", exhibit.place);
        self.closed.push(Closed {
            session: exhibit.session,
            at_us: exhibit.at_us,
            close: ServerClose::new(how, exhibit.at_us, self.last_delay),
            witness: exhibit.witness(says),
        });
    }

    fn judge(&mut self, closed: Closed) {
        match closed.close.excuse() {
            Some(why) => self
                .tally
                .doubt(|| format!("{}: {why}", closed.witness.says)),
            None => self.tally.witness(|| closed.witness),
        }
    }
}

impl Judge for SocketsStay {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        if !self.stays {
            return;
        }
        match exhibit.what {
            What::Joined {
                socketless: false, ..
            } => self.tally.chance(1),
            What::Left {
                by_server: Some(how),
            } => self.close(exhibit, how),
            What::LoggedIn { .. } => _ = self.ended.remove(&exhibit.session),
            What::SessionEnded => {
                self.ended.insert(exhibit.session);
                self.closed.retain(|closed| {
                    let is_long_ago = exhibit.at_us > closed.at_us.saturating_add(FOR_THE_END_US);
                    closed.session != exhibit.session || is_long_ago
                });
            }
            What::Late { by_ms, .. } if *by_ms >= TOO_LATE_MS => {
                let delay = Delay {
                    at_us: exhibit.at_us,
                    by_ms: *by_ms,
                };
                self.last_delay = Some(delay);
                let closed = self.closed.iter_mut();
                closed.for_each(|closed| closed.close.hear_of(delay));
            }
            _ => {}
        }
    }

    fn end(mut self: Box<Self>) -> Finding {
        if !self.stays {
            return Finding::undecided(
                "the target file has no `stays`, as `airtight try --idle` would find it: an `every` may be missing there",
            );
        }
        for closed in std::mem::take(&mut self.closed) {
            self.judge(closed);
        }
        self.tally.finding("no tab was opened")
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTY;
    use crate::test_histories::check;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn a_close_for_the_end_of_a_session_is_none() {
        let property = &PROPERTY;
        check(property, "stays amy+ amy- amy%1008", Holds, "");
        let says = "closed amy/desktop/1: close frame 1008";
        check(property, "stays amy+ amy%1008", Violated, says);
        check(property, "stays amy+ amy%1008 ~1 amy-", Holds, "");
        check(property, "stays amy+ amy%1008 ~9 amy-", Violated, "1008");
        check(
            property,
            "stays amy+ amy/phone+ amy%1008 amy/phone-",
            Violated,
            "1008",
        );
        check(property, "stays amy+ amy% amy+ ~9 amy%", Holds, "");
        check(property, "stays ?-", Undecided, "no tab was opened");
    }

    #[test]
    fn a_close_while_the_harness_slept_is_in_doubt() {
        let property = &PROPERTY;
        let late = "the harness itself was late by 30000 ms";
        check(property, "stays amy+ ~40 amy%1006 ~~30000", Undecided, late);
        check(property, "stays amy+ ~40 ~~30000 amy%1006", Undecided, late);
        check(property, "stays amy+ ~40 ~~900 amy%1006", Violated, "1006");
    }
}
