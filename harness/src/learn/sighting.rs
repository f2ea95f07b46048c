//! What somebody saw that no audience declares, in one history.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use evidence::{Observation, Place, Verdict, What, Witness};
use targets::Target;

use super::scene::Scene;
use super::stands::Stands;
use crate::failure::Failure;
use crate::history::recheck;

/// The property whose findings are learned from.
const PROPERTY: &str = "no_foreign_events";

/// What carried it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Carrier {
    /// An event of this name.
    Event(String),
    /// The answer to this request or emit.
    Answer(String),
    /// The reason of a refusal or of a close.
    Reason,
}

/// One thing that somebody saw.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    /// The action that made it, by its name in the target file.
    pub(super) action: Option<String>,
    pub(super) carrier: Carrier,
    pub(super) stands: Stands,
    /// Why no audience could allow it; none where one could.
    pub(super) is_no_audience: Option<&'static str>,
    /// Somebody who stands like this did not get it.
    pub(super) is_missed: bool,
    pub(super) seen_at: Place,
    pub(super) acting: Option<Place>,
    pub(super) seq: u64,
    pub(super) frame: String,
    /// The finding's words.
    pub(super) says: String,
}

/// What a history shows.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Of the property; undecided where there was no chance.
    pub(crate) verdict: Verdict,
    /// Why it is undecided.
    pub(crate) reason: String,
    pub(super) sightings: Vec<Sighting>,
    /// How many more there were than the finding keeps.
    pub(crate) left_out: u64,
}

impl Carrier {
    fn of(what: &What) -> Self {
        match what {
            What::Received { event, .. } => Self::Event(event.clone()),
            What::Answered { asked, .. } => Self::Answer(usual(asked)),
            _ => Self::Reason,
        }
    }

    /// The name of the event, or the request.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Event(name) | Self::Answer(name) => name,
            Self::Reason => "a refusal",
        }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(name) => write!(f, "`{name}`"),
            Self::Answer(asked) => write!(f, "the answer to `{asked}`"),
            Self::Reason => f.write_str("the reason of a refusal or of a close"),
        }
    }
}

/// A request without what differs each time: its query, and ids in its path.
fn usual(asked: &str) -> String {
    let path = asked.split('?').next().unwrap_or_default();
    let is_id = |part: &str| {
        let has_digit = part.bytes().any(|byte| byte.is_ascii_digit());
        let is_number = has_digit && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number || part.len() >= 20 || (has_digit && part.len() >= 6)
    };
    let parts = path
        .split('/')
        .map(|part| if is_id(part) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Judges a history, and finds out who saw what of whom.
pub(crate) fn shown(history: &Path, target: &Target) -> Result<Shown, Failure> {
    let report = recheck::judge(history, &[PROPERTY.to_owned()])?;
    let mut found = report.findings.into_iter().map(|judged| judged.finding);
    let mut shown = Shown {
        verdict: Verdict::Undecided,
        reason: "nothing was judged".to_owned(),
        sightings: Vec::new(),
        left_out: 0,
    };
    let Some(finding) = found.next() else {
        return Ok(shown);
    };
    shown.verdict = finding.verdict;
    shown.reason = finding.reason;
    shown.left_out = finding.left_out;
    let mut witnesses: BTreeMap<u64, Vec<Witness>> = BTreeMap::new();
    for witness in finding.witnesses {
        let lines = witness.seq.map(|seq| witnesses.entry(seq).or_default());
        lines
            .into_iter()
            .for_each(|line| line.push(witness.clone()));
    }
    let mut looking = Looking {
        target,
        scene: Scene::default(),
        open: Vec::new(),
        sightings: Vec::new(),
    };
    recheck::each(history, |seen| {
        looking.see(seen, witnesses.get(&seen.seq).map_or(&[], Vec::as_slice));
    })?;
    looking.end_part();
    shown.sightings = looking.sightings;
    Ok(shown)
}

/// One way through a history.
struct Looking<'a> {
    target: &'a Target,
    scene: Scene,
    /// What was seen in this part, and the number of its action.
    open: Vec<(Sighting, Option<usize>)>,
    sightings: Vec<Sighting>,
}

impl Looking<'_> {
    fn see(&mut self, seen: &Observation, witnesses: &[Witness]) {
        if let What::PartBegan { .. } = seen.what {
            self.end_part();
        }
        self.scene.see(seen, self.target);
        for witness in witnesses {
            let number = self.scene.told(&witness.says, witness.event.as_deref());
            let sent = number.and_then(|number| self.scene.sent(number));
            let stands = sent.map(|sent| self.scene.stands(&seen.place, sent, self.target));
            let sighting = Sighting {
                action: sent.and_then(|sent| Some(sent.doing.as_ref()?.action.clone())),
                carrier: Carrier::of(&seen.what),
                stands: stands.unwrap_or(match seen.place.user {
                    Some(_) => Stands::Other,
                    None => Stands::Stranger,
                }),
                is_no_audience: None,
                is_missed: false,
                seen_at: seen.place.clone(),
                acting: sent.map(|sent| sent.acting.clone()),
                seq: seen.seq,
                frame: witness.frame.clone(),
                says: witness.says.clone(),
            };
            self.open.push((sighting, number));
        }
    }

    /// What is known only at the end: whether the action was refused, and whether others missed its event.
    fn end_part(&mut self) {
        let scene = std::mem::take(&mut self.scene);
        for (mut sighting, number) in std::mem::take(&mut self.open) {
            let sent = number.and_then(|number| scene.sent(number));
            let is_refused = sent.is_some_and(|sent| sent.is_refused);
            sighting.is_no_audience = match (&sighting.action, &sighting.carrier) {
                (None, _) => Some("it is the text of no action of this run"),
                _ if is_refused => Some("its action was refused"),
                (_, Carrier::Reason) => Some("it came with a refusal or a close"),
                _ => match sighting.stands {
                    Stands::Gone(_) => Some("who has left a group may not see what is sent to it"),
                    _ => None,
                },
            };
            if let (Some(action), Carrier::Event(event)) = (&sighting.action, &sighting.carrier) {
                sighting.is_missed = scene.is_missed(action, event, &sighting.stands);
            }
            self.sightings.push(sighting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_without_its_ids() {
        assert_eq!(usual("GET /list?since=7"), "GET /list");
        assert_eq!(
            usual("GET /api/v2/notes/17/text"),
            "GET /api/v2/notes/*/text"
        );
        assert_eq!(usual("GET /n/note-00017"), "GET /n/*");
        assert_eq!(usual("emit list"), "emit list");
    }
}
