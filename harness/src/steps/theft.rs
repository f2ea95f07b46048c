//! `steal` and `forge`: a stranger has what a user's login gave, as it is or with a letter changed.

use std::sync::Arc;

use probe::Near;
use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::StepKind;
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::{BrowserName, Who};
use crate::language::schema_parts::{map, place};
use crate::language::spots::Spots;
use crate::language::values::browser;
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

pub(super) const STEAL: StepKind = StepKind {
    name: "steal",
    schema: || map(&both(), &["from", "by"]),
    read: |node, _| read(node, "steal", &["from", "by"]),
};

pub(super) const FORGE: StepKind = StepKind {
    name: "forge",
    schema: forgery,
    read: |node, _| read(node, "forge", &["from", "by", "near"]),
};

#[derive(Debug)]
struct Theft {
    /// Who is logged in.
    from: BrowserName,
    /// The stranger who has it from then on.
    by: BrowserName,
    /// Near which end a letter of what carries the session is changed, if one is.
    forged: Option<Near>,
}

/// The words for an end.
const ENDS: [(&str, Near); 2] = [("start", Near::Start), ("end", Near::End)];

fn both() -> Value {
    json!({ "from": place(), "by": place() })
}

fn forgery() -> Value {
    let mut keys = both();
    keys["near"] = json!({ "enum": ENDS.map(|(word, _)| word) });
    map(&keys, &["from", "by"])
}

fn read(node: &Node, kind: &str, known: &[&str]) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, kind, known)?;
    let (from, by) = (fields.need("from")?, fields.need("by")?);
    let near = fields.take("near").map(end).transpose()?;
    let near = near.unwrap_or_default();
    let theft = Theft {
        from: browser(from, "from")?,
        by: browser(by, "by")?,
        forged: (kind == FORGE.name).then_some(near),
    };
    if !matches!(theft.from.who, Who::User(_)) {
        return wrong(
            from.at(),
            format!("`{}` has no session of its own", theft.from),
            "name the browser of one user, as `alice`",
        );
    }
    if theft.by.who != Who::Stranger {
        return wrong(
            by.at(),
            format!("`{}` is not a stranger's browser", theft.by),
            "write `by: stranger/thief`, and let `stranger/thief` act below",
        );
    }
    Ok(Arc::new(theft))
}

fn end(node: &Node) -> Result<Near, Wrong> {
    let word = node.text("near")?;
    let found = ENDS.iter().find(|(known, _)| *known == word);
    found.map_or_else(
        || {
            wrong(
                node.at(),
                format!("`{word}` is no end of a text"),
                "write `start` or `end`",
            )
        },
        |(_, near)| Ok(*near),
    )
}

impl Step for Theft {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Browser(&self.from),
            reach: Reach::Actor,
            // What the stranger does with it is judged.
            asks: false,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let mut settings = json!({ "from": self.from.written(), "by": self.by.written() });
        let Some(near) = self.forged else {
            return STEAL.entry(settings);
        };
        let end = ENDS.iter().find(|(_, known)| *known == near);
        settings["near"] = json!(end.map(|(word, _)| word));
        FORGE.entry(settings)
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        model.is_in(&self.from, at.setting(&["from"]))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, std::future::ready(take(run, self)))
    }
}

fn take(run: &Run, theft: &Theft) -> Result<(), RunError> {
    let (from, by) = (run.browser(&theft.from), run.browser(&theft.by));
    let is_taken = match theft.forged {
        None => {
            by.steal(&from);
            true
        }
        Some(near) => by.forge(&from, near),
    };
    if is_taken {
        return Ok(());
    }
    let why =
        "nothing carries it, or something so short that somebody else may have the changed one";
    run.unseen(
        from.place(),
        "what carries the session is changed",
        why.to_owned(),
    )
}
