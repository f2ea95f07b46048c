//! `await` without an event: a tab waits for everything that an action owes it.

use std::sync::Arc;

use evidence::UserName;
use probe::Tab;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;
use serde_json::{Value, json};
use targets::language::step::{Act, Granted, Step as TargetStep};

use super::named::{Await, NAME, wait};
use crate::language::names::{ActionName, BrowserName, TabName, Who};
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{action, tab};
use crate::lock::lock;
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::state::Run;
use crate::steps::entry::Entry;
use crate::steps::limit::{self, AnyLimit, Limit};
use crate::steps::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};

/// The user of an action that is each waiting user's own.
const EVERYONE: &str = "everyone";

/// Waits for everything that an action owes to a tab, by the target file.
#[derive(Debug)]
pub(crate) struct AwaitAll {
    tab: TabName,
    of: ActionName,
    limit: AnyLimit,
}

impl AwaitAll {
    /// The action that this browser waits for.
    fn awaited(&self, browser: &BrowserName) -> ActionName {
        match &browser.who {
            Who::User(user) if self.of.user.as_str() == EVERYONE => ActionName {
                user: user.clone(),
                label: self.of.label.clone(),
            },
            _ => self.of.clone(),
        }
    }

    /// With the usual patience.
    pub(crate) const fn of(tab: TabName, of: ActionName) -> Self {
        Self {
            tab,
            of,
            limit: AnyLimit::Said(Limit::USUAL),
        }
    }
}

pub(super) fn schema() -> Value {
    let own = json!({ "at": schema_parts::place(), "of": schema_parts::text() });
    map(&limit::any_beside(own), &["at", "of"])
}

pub(super) fn read(node: &Node) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, NAME, &["at", "of", "within", "at most"])?;
    let tab = tab(fields.need("at")?, "at")?;
    let of = fields.need("of")?;
    let label = of.text("of")?;
    let of = match &tab.browser.who {
        Who::Everyone if !label.contains('.') => ActionName {
            user: UserName::from(EVERYONE),
            label: label.to_owned(),
        },
        _ => action(of, "of", &tab)?,
    };
    let limit = AnyLimit::read(node, &mut fields)?;
    Ok(Arc::new(AwaitAll { tab, of, limit }))
}

impl Step for AwaitAll {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That the events come.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let settings = fields::written([
            ("at", Some(json!(self.tab.written()))),
            ("of", Some(json!(self.of.to_string()))),
            self.limit.written(),
        ]);
        Entry::new(NAME, settings.into())
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let (at, of) = (at.actor(), at.setting(&["of"]));
        model.each_tab(&self.tab, at, |model, tab| {
            model.started(&self.awaited(&tab.browser), of)?;
            model.waits(tab, at)
        })
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(
            line,
            run.each_tab(&self.tab, |tab| wait_for_all(run, tab, self)),
        )
    }
}

async fn wait_for_all(run: &Run, name: TabName, step: &AwaitAll) -> Result<(), RunError> {
    let of = step.awaited(&name.browser);
    if run.doubts.is_left_out(&of) {
        return Ok(());
    }
    let begun = run.begun(&of)?;
    let tab = run.tab(&name)?.tab;
    let limit = step.limit.on(run.site.target());
    let is_due = |tab: &Tab| begun.owes.iter().any(|owed| owed.to.covers(tab.place()));
    // Where nothing is due here, as of what goes to everybody else, what it owes is there when it has come to the others.
    let places = if is_due(&tab) {
        vec![(name.clone(), tab)]
    } else {
        let tabs = lock(&run.tabs);
        let mut others: Vec<(TabName, Tab)> = { tabs.iter() }
            .filter(|(_, open)| !open.tab.has_left() && !open.tab.is_stalled())
            .filter(|(_, open)| is_due(&open.tab))
            .map(|(name, open)| (name.clone(), open.tab.clone()))
            .collect();
        others.sort_by(|(one, _), (other, _)| one.cmp(other));
        others
    };
    // Nothing comes of it, whoever is there.
    if places.is_empty() && !begun.is_only_asked && begun.owes.is_empty() {
        return Ok(());
    }
    if places.is_empty() {
        let claim = format!("all of `{of}` comes {}", limit.told());
        let why = if begun.is_only_asked {
            "nothing says that it happened: the target file has no `granted` for it (`granted: none` where the target never answers)"
        } else {
            "by the target file nothing of it is due at any tab"
        };
        let why = match unconfirmed_join(run) {
            Some(kind) if !begun.is_only_asked => format!(
                "nothing says who is in a `{kind}`: its `join` has no `granted` that comes true ({{after: 1s}} where nothing answers and that is time enough)"
            ),
            _ => why.to_owned(),
        };
        return run.unseen(run.place_at(&name), &claim, why);
    }
    for (name, tab) in places {
        for owed in { begun.owes.iter() }.filter(|owed| owed.to.covers(tab.place())) {
            let count = usize::try_from(owed.count).unwrap_or(usize::MAX);
            let events = (count, limit);
            let one = Await::some(name.clone(), of.clone(), &owed.event, events);
            wait(run, name.clone(), &one).await?;
        }
    }
    Ok(())
}

/// A kind of group whose joining nothing confirms, by the target file.
fn unconfirmed_join(run: &Run) -> Option<&str> {
    let mut groups = run.site.target().groups.iter();
    let unconfirmed = |steps: &[TargetStep]| {
        let last = steps.last();
        last.is_some_and(|step| {
            let is_silent = matches!(step.granted, None | Some(Granted::None));
            is_silent && matches!(step.act, Some(Act::Emit(_) | Act::Send(_)))
        })
    };
    let found = groups.find(|(_, group)| unconfirmed(&group.join));
    found.map(|(kind, _)| kind.as_str())
}
