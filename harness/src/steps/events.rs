//! Which events of a tab a step counts: those of one name, those that one action made, and since when.

use evidence::Marker;
use probe::Tab;
use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};
use serde_json::{Value, json};

use crate::language::names::{ActionName, TabName};
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

    /// Whether what makes them is there.
    pub(super) fn check(&self, model: &Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let Some(action) = &self.of else {
            return Ok(());
        };
        model.started(action, at.setting(&["of"]))
    }

    /// Why none of them may come to this tab, by the target file.
    pub(super) fn why_none(&self, run: &Run, tab: &Tab) -> Option<String> {
        let begun = run.begun(self.of.as_ref()?).ok()?;
        let mut owes = begun.owes.iter().filter(|owed| owed.event == self.event);
        let is_meant = owes.any(|owed| owed.to.covers(tab.place()));
        let known = begun.owes.iter().any(|owed| owed.event == self.event);
        (known && !is_meant)
            .then(|| "by the target file none of it is meant for this tab".to_owned())
    }

    /// The marker that they carry, where one action made them and they can be told from another's.
    pub(super) fn marker(&self, run: &Run) -> Result<Option<Marker>, RunError> {
        let Some(of) = &self.of else { return Ok(None) };
        let (_, marker) = run.action(of)?;
        Ok(marker.filter(|_| self.is_marked(run)))
    }

    /// Whether the target file says that they carry a marker.
    fn is_marked(&self, run: &Run) -> bool {
        let begun = self.of.as_ref().and_then(|of| run.begun(of).ok());
        let owes = begun.iter().flat_map(|begun| &begun.owes);
        let mut own = owes.filter(|owed| owed.event == self.event);
        own.next().is_none_or(|owed| owed.is_marked)
    }

    /// How many of them have come by now that do not count.
    pub(super) fn before(&self, run: &Run, tab: &Tab, marker: Option<&Marker>) -> usize {
        match self.since {
            // Without a marker in them, those count that came after the action had begun.
            Since::Opening if marker.is_none() => {
                let of = self.of.as_ref();
                of.map_or(0, |of| run.came_before(of, tab, &self.event))
            }
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
