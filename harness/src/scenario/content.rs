//! What a scenario file says.

use std::path::PathBuf;

use evidence::UserName;

use crate::needs::Trait;
use crate::steps::step_trait::StepAt;

/// A checked scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its file.
    pub(crate) path: PathBuf,
    /// Its sentence.
    pub(crate) sentence: String,
    /// The one target that it is about, by the name in the target's file.
    pub(crate) target: Option<String>,
    /// What a target must be like for it.
    pub(crate) needs: Vec<Trait>,
    /// The rules it is about.
    pub(crate) rules: Vec<String>,
    /// The users that take part.
    pub(crate) users: Vec<UserName>,
    /// What happens.
    pub(crate) steps: Vec<StepAt>,
    /// The properties to judge.
    pub(crate) expect: Vec<String>,
    /// The neighbours beside whom the steps are run again; none when the steps are run once.
    pub(crate) beside: Vec<Neighbour>,
}

/// Somebody who is there as well, and must not be noticed.
#[derive(Clone, Debug)]
pub(crate) struct Neighbour {
    /// What this neighbour is called in reports, as `a busy alice`.
    pub(crate) name: String,
    /// Done before the steps of the scenario begin.
    pub(crate) before: Vec<StepAt>,
    /// Done again and again until they have ended.
    pub(crate) meanwhile: Vec<StepAt>,
}

impl Scenario {
    /// Each list of steps: its own, and those of its neighbours.
    pub(crate) fn all_steps(&self) -> impl Iterator<Item = &[StepAt]> {
        let neighbours = self.beside.iter();
        let theirs = neighbours.flat_map(|neighbour| [&*neighbour.before, &*neighbour.meanwhile]);
        std::iter::once(&*self.steps).chain(theirs)
    }
}
