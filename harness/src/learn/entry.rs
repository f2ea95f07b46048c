//! Everything that was seen of one kind: one question to whoever knows the target.

use std::path::{Path, PathBuf};

use evidence::Place;

use super::sighting::{Carrier, Shown, Sighting};
use super::stands::Stands;

pub(crate) use super::sighting::shown;

/// What was seen of one action, in one event or answer, by those who stand alike to whoever acted.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The action; none where no action of the run made it.
    pub(crate) action: Option<String>,
    /// What carried it.
    pub(crate) carrier: Carrier,
    /// Who saw it.
    pub(crate) stands: Stands,
    /// Why no audience could allow it; none where one could.
    pub(crate) is_no_audience: Option<&'static str>,
    /// Not everybody who stands like this got it.
    pub(crate) is_missed: bool,
    /// How often it was seen.
    pub(crate) times: u64,
    /// One of them.
    pub(crate) example: Example,
}

/// Who saw it, where, and in which frame.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) seen_at: Place,
    pub(crate) acting: Option<Place>,
    pub(crate) seq: u64,
    pub(crate) history: PathBuf,
    pub(crate) frame: String,
    /// In the words of the finding.
    pub(crate) says: String,
}

impl Entry {
    /// Whether it is accepted by this word: `all`, the event or the request, or `ACTION.EVENT`.
    pub(crate) fn is_named(&self, word: &str) -> bool {
        let name = self.carrier.name();
        let of_action = |action: &String| word == format!("{action}.{name}");
        word == "all" || word == name || self.action.as_ref().is_some_and(of_action)
    }

    fn has(&self, sighting: &Sighting) -> bool {
        self.action == sighting.action
            && self.carrier == sighting.carrier
            && self.stands == sighting.stands
            && self.is_no_audience == sighting.is_no_audience
    }
}

/// Adds what a history shows.
pub(crate) fn gather(entries: &mut Vec<Entry>, shown: Shown, history: &Path) {
    for sighting in shown.sightings {
        if let Some(entry) = entries.iter_mut().find(|entry| entry.has(&sighting)) {
            entry.times += 1;
            entry.is_missed |= sighting.is_missed;
            continue;
        }
        entries.push(Entry {
            action: sighting.action,
            carrier: sighting.carrier,
            stands: sighting.stands,
            is_no_audience: sighting.is_no_audience,
            is_missed: sighting.is_missed,
            times: 1,
            example: Example {
                seen_at: sighting.seen_at,
                acting: sighting.acting,
                seq: sighting.seq,
                history: history.to_owned(),
                frame: sighting.frame,
                says: sighting.says,
            },
        });
    }
}
