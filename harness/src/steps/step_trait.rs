//! What a step is: its facts, and what it can do. Each kind of step says all of it in its own file.
//!
//! Nothing has a default: a new step that leaves something out does not compile.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use evidence::UserName;

use super::entry::Entry;
use crate::language::names::{BrowserName, TabName, Who};
use crate::language::spots::Spots;
use crate::language::template::{self, Reference};
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::{RunError, Stopped};
use crate::run::state::Run;
use reading::wrong::Wrong;

/// A step, and where it stands.
#[derive(Clone)]
pub(crate) struct StepAt {
    /// From 1; 0 while it stands in no file.
    pub(crate) line: u64,
    pub(crate) spots: Spots,
    pub(crate) step: Arc<dyn Step>,
}

/// The step alone: two files that differ only in their blanks have the same steps.
impl fmt::Debug for StepAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.step.fmt(f)
    }
}

/// A step that is being taken.
pub(crate) type Taking<'a> = Pin<Box<dyn Future<Output = Result<(), Stopped>> + Send + 'a>>;

/// Who takes a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Actor<'a> {
    Browser(&'a BrowserName),
    Tab(&'a TabName),
    /// The harness itself.
    Harness,
    /// Whoever takes these steps.
    Inner(&'a [StepAt]),
}

impl<'a> Actor<'a> {
    /// The browser, also that of a tab.
    pub(crate) const fn browser(self) -> Option<&'a BrowserName> {
        match self {
            Self::Browser(browser) => Some(browser),
            Self::Tab(tab) => Some(&tab.browser),
            Self::Harness | Self::Inner(_) => None,
        }
    }

    pub(crate) const fn tab(self) -> Option<&'a TabName> {
        match self {
            Self::Tab(tab) => Some(tab),
            Self::Browser(_) | Self::Harness | Self::Inner(_) => None,
        }
    }
}

/// Whom a step reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Its actor, and whomever the target lets it reach.
    Actor,
    /// Everybody on the server, whatever the target does.
    Everybody,
}

/// An action that a step starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label<'a> {
    pub(crate) who: &'a Who,
    pub(crate) label: &'a str,
}

/// What is known of a step before it is taken. It has no usual values: a new step answers each of these.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// How many steps it comes to when everything is unrolled.
    pub(crate) count: u64,
    /// Who takes it.
    pub(crate) actor: Actor<'a>,
    /// Whom it reaches.
    pub(crate) reach: Reach,
    /// Whether it asks for anything: then what it asks for is judged.
    pub(crate) asks: bool,
    /// Whether only the observer can take it: the library cannot be cut, stalled or asked for its transport's id.
    pub(crate) needs_observer: bool,
    /// The action that it starts itself.
    pub(crate) starts: Option<Label<'a>>,
    /// What it needs of the target file.
    pub(crate) needs: Option<Needed<'a>>,
    /// Its own texts in which references may stand.
    pub(crate) texts: Vec<&'a str>,
}

/// A step of a scenario. A place of `everyone` in it stands for that place of each user.
pub(crate) trait Step: fmt::Debug + Send + Sync {
    /// What is known of it.
    fn facts(&self) -> Facts<'_>;

    /// How it stands in a file: read again, it is the same step.
    fn written(&self) -> Entry;

    /// Whether it can work after the steps that the model has seen; the model then has seen it as well. `at` says where
    /// its words stand.
    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong>;

    /// Takes it.
    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a>;
}

/// What a step does at its line.
pub(super) fn at_line<'a>(
    line: u64,
    taking: impl Future<Output = Result<(), RunError>> + Send + 'a,
) -> Taking<'a> {
    Box::pin(async move { taking.await.map_err(|error| Stopped { line, error }) })
}

impl<'a> Facts<'a> {
    /// Those of a step that takes these steps, `times` over.
    pub(super) fn of_inner(steps: &'a [StepAt], times: u64) -> Self {
        let mut facts = Self {
            count: 0,
            actor: Actor::Inner(steps),
            // The steps inside say themselves whom they reach, what they start and which texts they have.
            reach: Reach::Actor,
            asks: false,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        };
        for at in steps {
            let inner = at.step.facts();
            facts.count = facts.count.saturating_add(inner.count);
            facts.asks |= inner.asks;
            facts.needs_observer |= inner.needs_observer;
        }
        facts.count = facts.count.saturating_mul(times);
        facts
    }
}

/// What these steps need of the target file, those inside of others too.
pub(crate) fn all_needs(steps: &[StepAt]) -> Vec<Needed<'_>> {
    let mut needs = Vec::new();
    for at in steps {
        let facts = at.step.facts();
        needs.extend(facts.needs);
        let texts = facts.texts.iter();
        if texts.copied().any(names_an_action) {
            needs.push(Needed::Ids);
        }
        if let Actor::Inner(inner) = facts.actor {
            needs.extend(all_needs(inner));
        }
    }
    needs
}

/// The tabs that take these steps, and those inside of others.
pub(crate) fn all_tabs(steps: &[StepAt]) -> Vec<&TabName> {
    let mut tabs = Vec::new();
    for at in steps {
        let actor = at.step.facts().actor;
        tabs.extend(actor.tab());
        if let Actor::Inner(inner) = actor {
            tabs.extend(all_tabs(inner));
        }
    }
    tabs
}

/// Whether the id of an action stands in a text.
fn names_an_action(text: &str) -> bool {
    let references = template::references(text).unwrap_or_default();
    let mut references = references.iter();
    references.any(|(_, reference)| matches!(reference, Reference::Action(_)))
}

/// Whether any of these steps asks for anything.
pub(crate) fn any_asks(steps: &[StepAt]) -> bool {
    steps.iter().any(|at| at.step.facts().asks)
}

/// Whether any of these steps needs the observer.
pub(crate) fn any_needs_observer(steps: &[StepAt]) -> bool {
    steps.iter().any(|at| at.step.facts().needs_observer)
}

/// How many steps these come to.
pub(crate) fn count_all(steps: &[StepAt]) -> u64 {
    let counts = steps.iter().map(|at| at.step.facts().count);
    counts.fold(0, u64::saturating_add)
}

/// Steps that stand in no file.
pub(super) fn in_no_file(steps: Vec<Arc<dyn Step>>) -> Vec<StepAt> {
    let steps = steps.into_iter();
    steps
        .map(|step| StepAt {
            line: 0,
            spots: Spots::nowhere(),
            step,
        })
        .collect()
}

/// How these steps stand in a file.
pub(super) fn written_all(steps: &[StepAt]) -> Vec<Entry> {
    steps.iter().map(|at| at.step.written()).collect()
}

/// The user whose browser it is; none for a stranger and for everyone.
pub(super) const fn user_of(browser: &BrowserName) -> Option<&UserName> {
    match &browser.who {
        Who::User(user) => Some(user),
        Who::Stranger | Who::Everyone => None,
    }
}
