//! `create`, `join` and `leave`: a tab makes a group, becomes a member of one, and is none any more.

use std::sync::Arc;

use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::StepKind;
use super::sent::is_sent;
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{ANY, Expect, OTHER, claim, is_other, tab};
use crate::model::state::Model;
use crate::needs::{self, Needed};
use crate::run::error::RunError;
use crate::run::state::Run;
use evidence::UserName;
use probe::{Stop, Tab};
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::{Wrong, wrong};
use targets::needs::Need;

pub(super) const CREATE: StepKind = StepKind {
    name: "create",
    schema,
    read: |node, _| read(node, Verb::Create),
};

pub(super) const JOIN: StepKind = StepKind {
    name: "join",
    schema,
    read: |node, _| read(node, Verb::Join),
};

pub(super) const LEAVE: StepKind = StepKind {
    name: "leave",
    schema,
    read: |node, _| read(node, Verb::Leave),
};

/// Where a step has an occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum If {
    /// Where users can meet in a group. Elsewhere it is left out.
    Groups,
    /// Where a group of the target file is closed to the user: it is that group.
    Closed,
}

const IFS: [(&str, If); 2] = [("groups", If::Groups), ("closed", If::Closed)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Join,
    Leave,
}

#[derive(Debug)]
pub(crate) struct Membership {
    verb: Verb,
    tab: TabName,
    /// Its name; its kind may stand before it. `None`: the scenario's own one, which is new in each run.
    group: Option<String>,
    expect: Expect,
    /// Whatever the target says is right.
    is_any: bool,
    /// The name is written otherwise than it is, each way once, and whatever the target says is right.
    is_respelled: bool,
    only_if: Option<If>,
}

impl Membership {
    /// In this group, where anybody may be in one.
    pub(crate) const fn of(verb: Verb, tab: TabName, group: String) -> Self {
        Self {
            verb,
            tab,
            group: Some(group),
            expect: Expect::Granted,
            is_any: false,
            is_respelled: false,
            only_if: Some(If::Groups),
        }
    }

    /// A tab asks to join what has this name, if anything has.
    pub(crate) fn named(tab: TabName, group: String) -> Self {
        Self {
            is_any: true,
            ..Self::of(Verb::Join, tab, group)
        }
    }

    /// A tab asks to join what is closed to its user, by its name or by the same otherwise written.
    pub(crate) const fn closed(tab: TabName, is_respelled: bool) -> Self {
        Self {
            verb: Verb::Join,
            tab,
            group: None,
            expect: Expect::Refused,
            is_any: false,
            is_respelled,
            only_if: Some(If::Closed),
        }
    }
}

fn schema() -> Value {
    map(
        &json!({
            "as": schema_parts::place(),
            "group": schema_parts::text(),
            "expect": schema_parts::claim(),
            "spelling": { "const": OTHER },
            "if": { "enum": IFS.map(|(word, _)| word) },
        }),
        &["as"],
    )
}

fn read(node: &Node, verb: Verb) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(
        node,
        verb.kind().name,
        &["as", "group", "expect", "spelling", "if"],
    )?;
    let is_respelled = other_spelling(fields.take("spelling"), node, verb)?;
    let has = |key: &str| node.setting(key).is_some();
    let only_if = match fields.take("if") {
        None => None,
        Some(node) => {
            let word = node.text("if")?;
            let Some((_, known)) = IFS.iter().find(|(known, _)| *known == word) else {
                let what = format!("there is no such condition: `{word}`");
                return wrong(
                    node.at(),
                    what,
                    "write `if: groups` or `if: closed`, or leave it out",
                );
            };
            if *known == If::Closed && verb != Verb::Join {
                let what = "`if: closed` is for a step that joins";
                return wrong(node.at(), what, "write `join: {as: USER, if: closed}`");
            }
            if *known == If::Closed && (has("group") || has("expect")) {
                let what = "`if: closed` says which group, and that it refuses";
                return wrong(node.at(), what, "remove `group` and `expect`");
            }
            Some(*known)
        }
    };
    let usual = match only_if {
        Some(If::Closed) => Expect::Refused,
        _ => Expect::Granted,
    };
    let claim = claim(fields.take("expect"))?;
    Ok(Arc::new(Membership {
        verb,
        tab: tab(fields.need("as")?, "as")?,
        group: match fields.take("group") {
            Some(group) => Some(group.text("group")?.to_owned()),
            None => None,
        },
        expect: claim.expect.unwrap_or(usual),
        is_any: claim.is_any,
        is_respelled,
        only_if,
    }))
}

/// Whether the name is written otherwise: only what is closed is asked for so.
fn other_spelling(spelling: Option<&Node>, step: &Node, verb: Verb) -> Result<bool, Wrong> {
    let is_other = is_other(spelling)?;
    let of = step.setting("if").map(|node| node.text("if")).transpose()?;
    if let Some(node) = spelling.filter(|_| is_other)
        && (verb != Verb::Join || of != Some(If::Closed.word()))
    {
        let what = "`spelling` is for a step that joins what is closed";
        let fix = "write `join: {as: USER, if: closed, spelling: other}`";
        return wrong(node.at(), what, fix);
    }
    Ok(is_other)
}

impl If {
    fn word(self) -> &'static str {
        let found = IFS.iter().find(|(_, known)| *known == self);
        found.map_or("groups", |(word, _)| word)
    }
}

impl Verb {
    const fn kind(self) -> StepKind {
        match self {
            Self::Create => CREATE,
            Self::Join => JOIN,
            Self::Leave => LEAVE,
        }
    }
}

impl Step for Membership {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That it is granted or refused; not every target has an occasion.
            asks: self.only_if.is_none() && !self.is_any,
            needs_observer: false,
            starts: None,
            needs: self
                .only_if
                .is_none()
                .then_some(match (&self.group, self.verb) {
                    (Some(_), _) | (None, Verb::Create) => Needed::Group,
                    (None, Verb::Join) => Needed::Join,
                    (None, Verb::Leave) => Needed::Leave,
                }),
            texts: self.group.iter().map(String::as_str).collect(),
        }
    }

    fn written(&self) -> Entry {
        self.verb.kind().entry(fields::written([
            ("as", Some(json!(self.tab.written()))),
            ("group", self.group.as_ref().map(|group| json!(group))),
            (
                "expect",
                match self.only_if {
                    _ if self.is_any => Some(json!(ANY)),
                    Some(If::Closed) => self.expect.written(Expect::Refused),
                    _ => self.expect.written(Expect::Granted),
                },
            ),
            ("spelling", self.is_respelled.then(|| json!(OTHER))),
            ("if", self.only_if.map(|only_if| json!(only_if.word()))),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.waits(tab, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| take(run, tab, self)))
    }
}

async fn take(run: &Run, name: TabName, step: &Membership) -> Result<(), RunError> {
    let target = run.site.target();
    if step.only_if == Some(If::Groups) && Needed::Join.of(target) != Need::Found(()) {
        return Ok(());
    }
    let tab = run.tab(&name)?.tab;
    let closed = match step.only_if {
        Some(If::Closed) => {
            let user = tab.place().user.as_ref().map(UserName::as_str);
            match needs::closed_to(target, user.unwrap_or_default()) {
                Some(group) => Some(group),
                None => return Ok(()),
            }
        }
        _ => None,
    };
    let named = closed.as_ref().or(step.group.as_ref());
    let named = named.map(|group| run.fill(group)).transpose()?;
    // Where only groups that anybody may join are meant, the scenario knows nothing more of them.
    let own = match (named, step.only_if) {
        (None, _) => Err(run.common_group.clone()),
        (Some(group), Some(If::Groups)) => Err(group),
        (Some(group), _) => Ok(group),
    };
    let own = match own {
        Ok(closed) if step.is_respelled => {
            for group in probe::names_respelled(&closed) {
                is_sent(tab.join(&group).await)?;
            }
            return Ok(());
        }
        own => own,
    };
    if step.is_any {
        let (Ok(group) | Err(group)) = own;
        match step.verb {
            Verb::Create => is_sent(tab.create(&group).await)?,
            Verb::Join => is_sent(tab.join(&group).await)?,
            Verb::Leave => is_sent(tab.leave(&group).await)?,
        };
        return Ok(());
    }
    let group = match own {
        Ok(group) => group,
        Err(own) => return in_own(run, (&name, &tab), &own, step).await,
    };
    let (ended, told) = match step.verb {
        Verb::Create => (tab.create(&group).await?, "made"),
        Verb::Join => (tab.join(&group).await?, "joined"),
        Verb::Leave => (tab.leave(&group).await?, "left"),
    };
    let claim = match step.expect {
        Expect::Granted => format!("`{group}` is {told}"),
        Expect::Refused => format!("`{group}` is not {told}"),
    };
    run.asked(run.place_at(&name), &claim, ended, step.expect)
}

/// The same in a group that the scenario makes. The scenario knows nothing of the target's groups: where the target refuses, it
/// may have its reasons, and the scenario is undecided.
async fn in_own(
    run: &Run,
    (name, tab): (&TabName, &Tab),
    group: &str,
    step: &Membership,
) -> Result<(), RunError> {
    let (ended, told) = match step.verb {
        Verb::Create => (tab.create_if_needed(group).await?, "made"),
        Verb::Join => (tab.join_if_needed(group).await?, "joined"),
        Verb::Leave => (tab.leave(group).await?, "left"),
    };
    let claim = format!("a group of its own is {told}");
    match (ended, step.expect) {
        (Stop::Refused(said), Expect::Granted) => {
            let why = format!(
                "{said}: where not everybody may, the group needs `closed: true`, and where it ends by itself, `lost`"
            );
            run.unseen(run.place_at(name), &claim, why)?;
            Err(RunError::Unseen)
        }
        (ended, expect) => run.asked(run.place_at(name), &claim, ended, expect),
    }
}
