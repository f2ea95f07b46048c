//! What the scenarios of one suite share: the system they are run on, its users, and where their histories go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use evidence::history::VERSION;
use evidence::{Scene, UserName};
use probe::{ClientKind, Recorder, Target, otherwise};
use targets::file::identity::Strangers;
use targets::needs::Wish;

use super::case::Case;
use super::plan::Parts;
use super::players::Players;
use super::shared::{Shared, Turn};
use crate::failure::Failure;
use crate::needs::Trait;
use crate::report::suite::NotJudged;
use crate::run::state::Run;
use crate::scenario::content::Scenario;
use crate::steps::step_trait::any_asks;
use crate::system::cast::{Cast, NoCast};
use crate::system::server::Server;
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
    /// The clients that play.
    pub(crate) players: Players,
    /// The folder of the histories.
    pub(crate) folder: PathBuf,
    /// The server of all scenarios that can share one.
    pub(crate) shared: Option<Arc<Shared>>,
}

impl Setting {
    pub(super) fn cast(&self, scenario: &Scenario) -> Result<Cast, NoCast> {
        cast(&self.target, self.passwords.as_ref(), scenario)
    }

    pub(super) fn not_judged(&self, scenario: &Scenario) -> Vec<NotJudged> {
        not_judged(&self.target, scenario)
    }

    /// The header of a case's history.
    pub(super) fn scene(&self, case: &Case, cast: &Cast) -> Scene {
        let scenario = &case.scenario;
        let mut expect = scenario.expect.clone();
        // What the steps themselves ask for is always judged, and whether what streams has come to its end.
        let asks = scenario.all_steps().any(any_asks) || self.target.has_ends();
        if asks && !expect.iter().any(|name| name == STEPS) {
            expect.push(STEPS.to_owned());
        }
        let target = &self.target;
        expect.retain(|name| no_occasion(name, target).is_none());
        Scene {
            airtight_history: VERSION,
            scenario: scenario.sentence.clone(),
            rules: scenario.rules.clone(),
            users: folded(scenario.users.iter().map(|user| cast.name(user)), target),
            expect,
            seed: self.seed,
            client: (self.players.version(case.client)).map(str::to_owned),
            ..of_target(target)
        }
    }

    /// The server of a run that shares it, for as long as its turn lasts.
    pub(super) async fn turn(
        &self,
        scenario: &Scenario,
        cast: &Cast,
    ) -> Result<Option<Turn<'_>>, Failure> {
        let Some(shared) = self.shared.as_ref().filter(|_| Shared::fits(scenario)) else {
            return Ok(None);
        };
        let fault = self.fault.as_deref();
        shared.turn(&self.target, fault, cast).await.map(Some)
    }

    /// A server for one run, if the target can be started.
    pub(super) async fn start(&self, cast: &Cast) -> Result<StartedSystem, Failure> {
        let mut target = self.target.clone();
        let server = start::start(&mut target, self.fault.as_deref(), &cast.by_name()).await?;
        let cast = cast.clone();
        Ok(StartedSystem {
            target,
            server,
            cast,
        })
    }
}

impl StartedSystem {
    /// One that another run may use too.
    pub(super) fn shared(target: Target, cast: &Cast) -> Self {
        let cast = cast.clone();
        Self {
            target,
            server: None,
            cast,
        }
    }
}

/// What the header of any history of this target says.
pub(crate) fn of_target(target: &Target) -> Scene {
    Scene {
        leaks: target.leaks.clone(),
        ambient: target.ambient.iter().cloned().collect(),
        uncounted: uncounted(target),
        public: { target.public.iter() }
            .flat_map(|event| named(event, target))
            .collect(),
        stays: target.stays.is_some(),
        shares: target.is_shared(),
        ..Scene::default()
    }
}

/// The events of which some action makes any number.
fn uncounted(target: &Target) -> BTreeSet<String> {
    let actions = target.actions.iter();
    let made = actions.flat_map(|(_, action)| &action.yields);
    let open = made.filter(|(_, made)| !made.count.is_exact);
    open.map(|(event, _)| event.clone()).collect()
}

/// The names of an event, of which the target file may mean only some.
fn named(event: &str, target: &Target) -> Vec<String> {
    let other = target.is_narrowed().then(|| otherwise(event));
    std::iter::once(event.to_owned()).chain(other).collect()
}

/// The users as the target knows them: names that differ only in their case may be one.
pub(crate) fn folded<'a>(
    users: impl Iterator<Item = &'a UserName>,
    target: &Target,
) -> Vec<UserName> {
    if !target.users.are_folded {
        return users.cloned().collect();
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

/// Whether nothing comes of any action.
fn yields_nothing(target: &Target) -> bool {
    let mut actions = target.actions.iter();
    actions.all(|(_, action)| action.yields.is_empty())
}

/// Whether what scenarios mostly do has numbers.
fn is_numbered(target: &Target) -> bool {
    let mut sockets = target.sockets.iter();
    let usual = target.action_for(Wish::Any).found();
    let mut events = usual.iter().flat_map(|(_, action)| &action.yields);
    sockets.any(|(_, socket)| socket.number.is_some())
        || events.any(|(_, made)| made.number.is_some())
}

/// Who plays a scenario's users.
pub(super) fn cast(
    target: &Target,
    passwords: Option<&BTreeMap<UserName, String>>,
    scenario: &Scenario,
) -> Result<Cast, NoCast> {
    let by_name = scenario.needs.contains(&Trait::Names);
    Cast::of(target, passwords, &scenario.users, by_name)
}

/// The properties of a scenario that have no occasion on the target, and why.
pub(super) fn not_judged(target: &Target, scenario: &Scenario) -> Vec<NotJudged> {
    let all = scenario.expect.iter().filter_map(|property| {
        let why = no_occasion(property, target)?;
        Some(NotJudged {
            property: property.clone(),
            why,
        })
    });
    all.collect()
}

/// Why a property has no occasion on this target at all, as what a login would prove has none where nobody logs in.
pub(crate) fn no_occasion(property: &str, target: &Target) -> Option<&'static str> {
    let is_public = || {
        let mut actions = target.actions.iter().peekable();
        actions.peek().is_some() && actions.all(|(_, action)| action.is_public())
    };
    let is_none = match property {
        "strangers_refused" => target.strangers == Strangers::Welcome,
        "new_session_at_login" => target.session.is_none(),
        "events_in_order" => !is_numbered(target),
        "every_event_delivered" => yields_nothing(target),
        "every_event_once" => !target.has_numbers() && !target.has_exact_counts(),
        "no_foreign_events" => target.secrets.is_empty() && is_public(),
        "silent_after_session_end" => !target.reaches_other_sessions(),
        _ => false,
    };
    is_none.then_some(match property {
        "strangers_refused" => "strangers are welcome",
        "new_session_at_login" => "there is no session",
        "events_in_order" => "unnumbered: judged by markers only",
        "every_event_delivered" => "no action of the target file yields anything",
        "every_event_once" => "of no event the target file says exactly how many there are",
        "silent_after_session_end" => "what is done in one session is for no other",
        _ => "every event is for everybody",
    })
}

/// A system that is there for one run.
pub(super) struct StartedSystem {
    target: Target,
    server: Option<Server>,
    cast: Cast,
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
            self.cast,
            self.server,
            seed,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::no_occasion;

    /// What the property says of a target with these lines, whose only action is an event of this audience.
    fn told(property: &str, lines: &str, to: &str) -> Option<&'static str> {
        let action =
            format!("say: {{do: {{emit: [say, '{{marker}}']}}, yields: {{said: {{to: {to}}}}}}}");
        let file = format!("target: x\nsocket: {{}}\n{lines}\nactions: {{{action}}}\n");
        let target = targets::parse(&file).unwrap_or_else(|mistakes| panic!("{file}{mistakes:?}"));
        no_occasion(property, &target)
    }

    #[test]
    fn a_property_without_any_occasion_on_the_target_is_not_judged() {
        const LOGIN: &str = "login: {post: /login, json: {name: '{user}', password: '{password}'}}\n\
            session: {cookie: sid}";
        const NOBODY: &str = "login: none";
        for (property, with, without) in [
            (
                "strangers_refused",
                (LOGIN, "user"),
                ("login: none\nstrangers: welcome", "user"),
            ),
            ("new_session_at_login", (LOGIN, "user"), (NOBODY, "tab")),
            ("no_foreign_events", (LOGIN, "user"), (LOGIN, "everyone")),
            (
                "every_event_once",
                (LOGIN, "user, count: 1"),
                (LOGIN, "user, count: 1+"),
            ),
            (
                "silent_after_session_end",
                (LOGIN, "user"),
                (LOGIN, "session"),
            ),
            (
                "events_in_order",
                (LOGIN, "user, number: /n"),
                (LOGIN, "user"),
            ),
        ] {
            assert_eq!(told(property, with.0, with.1), None, "{property}");
            assert!(told(property, without.0, without.1).is_some(), "{property}");
        }
        assert_eq!(told("every_event_delivered", LOGIN, "everyone"), None);
    }
}
