//! Which events of a tab a step counts: those of one name, those that one action made, and since when.

use evidence::Marker;
use probe::Tab;
use reading::fields::Fields;
use reading::node::Node;
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};
use serde_json::{Value, json};

use crate::language::names::{ActionName, TabName, Who};
use crate::language::schema_parts;
use crate::language::spots::Spots;
use crate::language::values::action;
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::state::Run;

/// The names of its settings.
pub(super) const SETTINGS: [&str; 3] = ["event", "of", "from"];

/// Some events of a tab.
#[derive(Debug)]
pub(super) struct Events {
    /// Their name.
    pub(super) event: String,
    /// Only those that this action made.
    of: Option<ActionName>,
    since: Since,
}

/// Since when events count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    /// The opening of the tab.
    Opening,
    /// The beginning of the step.
    Step,
}

/// These settings in a schema, and those of some events.
pub(super) fn beside(mut settings: Value) -> Value {
    settings["event"] = schema_parts::text();
    settings["of"] = schema_parts::text();
    settings["from"] = json!({ "const": "now" });
    settings
}

impl Events {
    /// Reads those that a step at this tab is about.
    pub(super) fn read(fields: &mut Fields<'_>, tab: &TabName) -> Result<Self, Wrong> {
        let event = fields.need("event")?.text("event")?.to_owned();
        let of = fields.take("of").map(|node| action(node, "of", tab));
        Ok(Self {
            event,
            of: of.transpose()?,
            since: fields.take("from").map_or(Ok(Since::Opening), since)?,
        })
    }

    /// Those that an action made.
    pub(super) fn made_by(action: ActionName, event: &str) -> Self {
        Self {
            event: event.to_owned(),
            of: Some(action),
            since: Since::Opening,
        }
    }

    /// As they are written.
    pub(super) fn written(&self) -> [(&'static str, Option<Value>); 3] {
        let [event, of, from] = SETTINGS;
        let is_from_now = self.since == Since::Step;
        [
            (event, Some(json!(self.event))),
            (of, self.of.as_ref().map(|of| json!(of.to_string()))),
            (from, is_from_now.then(|| json!("now"))),
        ]
    }

    /// In the words of a claim: so many of them.
    pub(super) fn told(&self, count: usize) -> String {
        let since = match self.since {
            Since::Opening => "",
            Since::Step => " from then on",
        };
        format!("{count} `{}`{since}", self.event)
    }

    /// Whether they can come to this tab. `verb` is what the step does there.
    pub(super) fn check(
        &self,
        model: &Model<'_>,
        tab: &TabName,
        verb: &str,
        at: &Spots,
    ) -> Result<(), Wrong> {
        let Some(action) = &self.of else {
            return Ok(());
        };
        model.started(action, at.setting(&["of"]))?;
        comes(model, tab, action, (verb, at.actor()))
    }

    /// The marker that they carry, where one action made them and they can be told from another's.
    pub(super) fn marker(&self, run: &Run) -> Result<Option<Marker>, RunError> {
        let of = self.of.as_ref().map(|action| run.action(action));
        Ok(of.transpose()?.and_then(|(_, marker)| marker))
    }

    /// How many of them have come by now that do not count.
    pub(super) fn before(&self, tab: &Tab, marker: Option<&Marker>) -> usize {
        match self.since {
            Since::Opening => 0,
            Since::Step => tab.came_of(&self.event, marker),
        }
    }
}

fn since(node: &Node) -> Result<Since, Wrong> {
    match node.text("from")? {
        "now" => Ok(Since::Step),
        other => wrong(
            node.at(),
            format!("`from` is `{other}`"),
            "write `from: now`, or leave it out",
        ),
    }
}

/// Whether what the action makes is made for the user whose tab it is. `verb` is what the step does there.
fn comes(
    model: &Model<'_>,
    tab: &TabName,
    action: &ActionName,
    (verb, at): (&str, Spot),
) -> Result<(), Wrong> {
    let owner = Who::User(action.user.clone());
    if tab.browser.who == owner || (tab.browser.who == Who::Everyone && model.users.len() == 1) {
        return Ok(());
    }
    let (who, owner) = (&tab.browser.who, &action.user);
    wrong(
        at,
        format!("impossible {verb}: nothing of `{owner}` comes to `{who}`"),
        format!("{verb} at a tab of `{owner}`"),
    )
}
