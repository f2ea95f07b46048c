//! What the scenarios of one suite share: the system they are run on, its users, and where their histories go.

use std::collections::BTreeMap;
use std::path::PathBuf;

use evidence::history::VERSION;
use evidence::{Scene, UserName};
use probe::{ClientKind, Recorder, Target};
use targets::file::identity::Strangers;

use super::case::Case;
use super::plan::Parts;
use crate::failure::Failure;
use crate::run::state::Run;
use crate::scenario::content::Scenario;
use crate::steps::step_trait::any_asks;
use crate::system::local::Local;
use crate::system::start;

/// The property that judges what the steps ask for.
const STEPS: &str = "expectations_met";

/// On what to run scenarios, and how.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// It points at the running system, or says how to start one.
    pub(crate) target: Target,
    /// The users of a running system; none: each system that is started gets users of its own.
    pub(crate) passwords: Option<BTreeMap<UserName, String>>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    /// How often a scenario with neighbours is run.
    pub(crate) parts: Parts,
    /// The folder of the histories.
    pub(crate) folder: PathBuf,
}

impl Setting {
    /// The passwords of a scenario's users.
    pub(super) fn passwords(
        &self,
        scenario: &Scenario,
    ) -> Result<BTreeMap<UserName, String>, Failure> {
        start::passwords(&self.target, self.passwords.as_ref(), &scenario.users)
    }

    /// The header of a case's history.
    pub(super) fn scene(&self, case: &Case) -> Scene {
        let scenario = &case.scenario;
        let mut expect = scenario.expect.clone();
        // What the steps themselves ask for is always judged.
        if scenario.all_steps().any(any_asks) && !expect.iter().any(|name| name == STEPS) {
            expect.push(STEPS.to_owned());
        }
        let target = &self.target;
        expect.retain(|name| applies(name, target));
        Scene {
            airtight_history: VERSION,
            scenario: scenario.sentence.clone(),
            rules: scenario.rules.clone(),
            users: folded(&scenario.users, target),
            expect,
            seed: self.seed,
            leaks: target.leaks.clone(),
            ambient: target.ambient.iter().cloned().collect(),
            public: target.public.iter().cloned().collect(),
            ..Scene::default()
        }
    }

    /// A server for one run, if the target can be started.
    pub(super) async fn start(
        &self,
        passwords: &BTreeMap<UserName, String>,
    ) -> Result<StartedSystem, Failure> {
        let mut target = self.target.clone();
        let server = start::start(&mut target, self.fault.as_deref(), passwords).await?;
        let passwords = passwords.clone();
        Ok(StartedSystem {
            target,
            server,
            passwords,
        })
    }
}

/// The users as the target knows them: names that differ only in their case may be one.
fn folded(users: &[UserName], target: &Target) -> Vec<UserName> {
    if !target.users.are_folded {
        return users.to_vec();
    }
    let mut all: Vec<UserName> = Vec::new();
    for user in users {
        let name = UserName::from(user.as_str().to_lowercase().as_str());
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// Whether a property can be judged on this target at all: what a login would prove, where nobody logs in, cannot.
fn applies(property: &str, target: &Target) -> bool {
    match property {
        "strangers_refused" => target.strangers == Strangers::Refused,
        "new_session_at_login" => target.session.is_some(),
        _ => true,
    }
}

/// A system that is there for one run.
pub(super) struct StartedSystem {
    target: Target,
    server: Option<Local>,
    passwords: BTreeMap<UserName, String>,
}

impl StartedSystem {
    /// The run on it.
    pub(super) fn run(
        self,
        recorder: Recorder,
        client: ClientKind,
        seed: u64,
    ) -> Result<Run, Failure> {
        let site = start::site(self.target)?;
        Ok(Run::new(
            site,
            recorder,
            client,
            self.passwords,
            self.server,
            seed,
        ))
    }
}
