//! `start`: a user starts an action.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::{Marker, Place, UserName};
use probe::{Given, ProbeError, Right, Started, Tab};
use serde_json::{Map, Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Label, Reach, Step, Taking, at_line, user_of};
use crate::language::names::{ActionName, TabName};
use crate::language::schema_parts;
use crate::language::spots::Spots;
use crate::language::template;
use crate::language::values::{ANY, Expect, Via, claim, tab, via};
use crate::lock::lock;
use crate::model::state::Model;
use crate::needs::{self, Needed};
use crate::run::error::RunError;
use crate::run::started::StartedAction;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};
use targets::file::action::{Action, Takes};

pub(super) const KIND: StepKind = StepKind {
    name: "start",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Start {
    /// Who; the tab counts by socket alone.
    tab: TabName,
    /// The kind of action, as the target file has it.
    kind: String,
    /// What the scenario calls it; once for each user, but for the rounds of a `repeat`.
    label: String,
    via: Via,
    mark: Mark,
    /// Of the kind; strings in it are templates.
    parameters: Map<String, Value>,
    /// A refused one makes no action.
    expect: Expect,
    /// The scenario says so itself.
    is_expected: bool,
    /// Where it cannot be done, it is left out.
    is_optional: bool,
}

impl Start {
    /// As usual: by http, with a marker, without parameters, and granted.
    pub(crate) fn of(tab: TabName, kind: &str, label: String) -> Self {
        Self {
            tab,
            kind: kind.to_owned(),
            label,
            via: Via::Http,
            mark: Mark::Marked,
            parameters: Map::new(),
            expect: Expect::Granted,
            is_expected: false,
            is_optional: false,
        }
    }

    /// The same, and nothing is said where it cannot be done.
    pub(crate) fn if_it_can_be(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// The same with this parameter.
    pub(crate) fn with(mut self, parameter: &str, value: Value) -> Self {
        self.parameters.insert(parameter.to_owned(), value);
        self
    }

    /// The same without a marker.
    pub(crate) fn unmarked(mut self) -> Self {
        self.mark = Mark::Unmarked;
        self
    }
}

/// Whether what an action makes names its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Marked,
    /// It does not: only a comparison sees where it goes.
    Unmarked,
}

fn schema() -> Value {
    json!({ "type": "object", "required": ["as", "action"], "properties": { "as": schema_parts::place(), "action": schema_parts::text(), "name": schema_parts::text(), "via": schema_parts::via(), "expect": schema_parts::claim(), "marker": { "const": "none" } } })
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::open(node, "start")?;
    let tab = tab(fields.need("as")?, "as")?;
    let action = fields.need("action")?;
    let kind = action.text("action")?.to_owned();
    let name = fields.take("name");
    let label = name.map_or(Ok(kind.as_str()), |name| name.text("name"))?;
    if label.contains(['.', '/', '{', '}']) || label == "session" || label == "sid" {
        return wrong(
            name.unwrap_or(action).at(),
            format!("`{label}` cannot name an action"),
            "give it a `name` of letters, digits and underscores",
        );
    }
    let label = label.to_owned();
    let via_node = fields.take("via");
    let via = via(via_node)?;
    let claim = claim(fields.take("expect"))?;
    let (is_expected, expect) = (
        claim.expect.is_some(),
        claim.expect.unwrap_or(Expect::Granted),
    );
    let mark = mark(fields.take("marker"), via_node, via)?;
    let parameters = fields.rest().into_iter();
    Ok(Arc::new(Start {
        tab,
        kind,
        label,
        via,
        mark,
        parameters: parameters
            .map(|(name, node)| (name.to_owned(), node.json()))
            .collect(),
        expect,
        is_expected,
        is_optional: claim.is_any,
    }))
}

fn mark(node: Option<&Node>, via_node: Option<&Node>, via: Via) -> Result<Mark, Wrong> {
    let Some(node) = node else {
        return Ok(Mark::Marked);
    };
    match (node.text("marker")?, via) {
        ("none", Via::Http) => Ok(Mark::Unmarked),
        ("none", Via::Socket) => wrong(
            via_node.unwrap_or(node).at(),
            "an action without a marker is not started over the socket",
            "remove `via: socket`",
        ),
        (other, _) => wrong(
            node.at(),
            format!("`marker` is `{other}`"),
            "write `marker: none`, or nothing",
        ),
    }
}

impl Step for Start {
    fn facts(&self) -> Facts<'_> {
        let texts = {
            let parameters = self.parameters.values();
            parameters.flat_map(template::strings).collect()
        };
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That it is granted or refused.
            asks: true,
            needs_observer: false,
            starts: Some(Label {
                who: &self.tab.browser.who,
                label: &self.label,
            }),
            needs: Some(Needed::Action(&self.kind)),
            texts,
        }
    }

    fn written(&self) -> Entry {
        let known = [
            ("as", Some(json!(self.tab.written()))),
            ("action", Some(json!(self.kind))),
            ("name", (self.label != self.kind).then(|| json!(self.label))),
            ("via", self.via.written()),
            (
                "marker",
                (self.mark == Mark::Unmarked).then(|| json!("none")),
            ),
            (
                "expect",
                match self.is_expected {
                    _ if self.is_optional => Some(json!(ANY)),
                    true => Some(json!(self.expect.word())),
                    false => self.expect.written(Expect::Granted),
                },
            ),
        ];
        let parameters = self.parameters.iter();
        let parameters = parameters.map(|(name, value)| (name.as_str(), Some(value.clone())));
        KIND.entry(fields::written(known.into_iter().chain(parameters)))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| {
            model.start(tab, &self.label, self.via, self.expect, at)
        })
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| taken(run, tab, self)))
    }
}

async fn taken(run: &Run, name: TabName, step: &Start) -> Result<(), RunError> {
    let user = user_of(&name.browser).cloned();
    start(run, name, step).await?;
    let named = user.map(|user| ActionName {
        user,
        label: step.label.clone(),
    });
    if let Some(named) = named.filter(|named| step.is_optional && run.begun(named).is_err()) {
        run.doubts.leave_out(named);
    }
    Ok(())
}

pub(super) async fn start(run: &Run, name: TabName, step: &Start) -> Result<(), RunError> {
    let target = run.site.target();
    let (kind, action) = needs::action(target, &step.kind).map_err(RunError::Kind)?;
    let Value::Object(given) = run.fill_json(&Value::Object(step.parameters.clone()))? else {
        return Ok(());
    };
    let all = action.parameters(&given, "");
    if step.expect == Expect::Granted
        && let Some(parameter) = action.uncounted(&all)
    {
        if step.is_optional {
            return Ok(());
        }
        let (kind, parameter) = (kind.to_owned(), parameter.to_owned());
        return Err(RunError::Uncounted { kind, parameter });
    }
    let browser = run.browser(&name.browser);
    let place = browser.place();
    let user = user_of(&name.browser).ok_or_else(|| RunError::Unknown(name.to_string()))?;
    let marker = (step.mark == Mark::Marked).then(|| {
        let owner = place.user.as_ref().unwrap_or(run.cast.name(user));
        new_marker(owner, action)
    });
    let tab = run.acting(&name, step.via)?;
    let mut given = parameters(run, action, given, user)?;
    if let Some(parameter) = unnamed(action, &given) {
        if step.is_optional {
            return Ok(());
        }
        let why = "nobody but who acts takes part in the scenario".to_owned();
        run.unseen(place, &format!("`{kind}` has its `{parameter}`"), why)?;
        return Err(RunError::Unseen);
    }
    let chosen = match choose_groups(run, (&tab, user), action, &mut given).await {
        // A group that could not be made before has nothing to join it by.
        Err(RunError::Probe(ProbeError::Unset(_))) if step.is_optional => return Ok(()),
        chosen => chosen?,
    };
    if let Err(why) = chosen {
        if step.is_optional {
            return Ok(());
        }
        run.unseen(place, &format!("`{kind}` has a group"), why)?;
        return Err(RunError::Unseen);
    }
    let before = run.came_so_far(action);
    let acting = tab.act(
        kind,
        step.via.way(),
        &given,
        (marker.clone(), Right::Declared),
    );
    let started = match acting.await {
        Err(ProbeError::NotOffered(_) | ProbeError::Unset(_)) if step.is_optional => return Ok(()),
        started => started?,
    };
    if let Started::Granted(begun) | Started::Asked(begun) = &started {
        let name = ActionName {
            user: user.clone(),
            label: step.label.clone(),
        };
        let mut begun = begun.clone();
        if begun.is_only_asked {
            begun.owes.clear();
        }
        lock(&run.actions).push(StartedAction {
            name,
            marker,
            tab,
            begun,
            before,
        });
    }
    ended(run, (place, user), (kind, step), started)
}

/// A marker names its owner as the target knows them, and is new whatever the seed is: a server may still have what an
/// earlier run said.
fn new_marker(owner: &UserName, action: &Action) -> Marker {
    if action.is_private() {
        Marker::private(owner, rand::random())
    } else {
        Marker::new(owner, rand::random())
    }
}

/// What is expected of how it ended.
fn ended(
    run: &Run,
    (place, user): (Place, &UserName),
    (kind, step): (&str, &Start),
    started: Started,
) -> Result<(), RunError> {
    let claim = format!("`{kind}` is {}", step.expect.word());
    let expect = step.expect;
    match started {
        Started::Refused(_) | Started::ByItsRules(_) if step.is_optional => Ok(()),
        Started::Unanswered(_) if step.is_optional => {
            run.doubts.doubt_actions_of(user);
            Ok(())
        }
        Started::Unanswered(why) => {
            run.doubts.doubt_actions_of(user);
            run.unseen(place, &claim, why)?;
            Err(RunError::Unseen)
        }
        // The target file does not say what a yes looks like: nothing is claimed of it.
        Started::Asked(_) if expect == Expect::Granted => Ok(()),
        Started::Asked(_) => run.unseen(place, &claim, "nothing says no to it".to_owned()),
        Started::Granted(_) => {
            let met = expect == Expect::Granted;
            run.expected(place, &claim, met, || "it was granted".to_owned())
        }
        // The scenario only wanted it done: by the target's own rules it cannot be, here.
        Started::ByItsRules(reason) if expect == Expect::Granted && !step.is_expected => {
            let why = format!(
                "the target refuses it by its own rules: {reason}; an action without such rules that stands before it in the target file is done in its place"
            );
            run.unseen(place, &claim, why)?;
            Err(RunError::NoAction(step.label.clone()))
        }
        Started::Refused(reason)
            if expect == Expect::Granted
                && !step.is_expected
                && run.doubts.has_logged_out(user) =>
        {
            let why =
                format!("a logout of this user may have ended all of their sessions: {reason}");
            run.unseen(place, &claim, why)?;
            Err(RunError::NoAction(step.label.clone()))
        }
        Started::Refused(reason) | Started::ByItsRules(reason) => {
            let met = expect == Expect::Refused;
            run.expected(place, &claim, met, || format!("it was refused: {reason}"))?;
            if met {
                Ok(())
            } else {
                Err(RunError::NoAction(step.label.clone()))
            }
        }
    }
}

/// Groups that the scenario does not name are ones of the tab. If there is none, why.
pub(super) async fn choose_groups(
    run: &Run,
    (tab, user): (&Tab, &UserName),
    action: &Action,
    given: &mut BTreeMap<String, Given>,
) -> Result<Result<(), String>, RunError> {
    for (parameter, takes) in &action.takes {
        let Takes::Group(of) = takes else { continue };
        if given.contains_key(parameter) {
            continue;
        }
        let fresh = run.own_group(user, of.as_deref());
        match tab.group_to_act_in(of.as_deref(), &fresh).await? {
            Ok(group) => given.insert(parameter.clone(), Given::Group(group)),
            Err(why) => return Ok(Err(why)),
        };
    }
    Ok(Ok(()))
}

/// What stands for the parameters: users with their tabs, groups by their names, and values. A user whom the scenario
/// does not name is the first other one.
pub(super) fn parameters(
    run: &Run,
    action: &Action,
    mut given: Map<String, Value>,
    actor: &UserName,
) -> Result<BTreeMap<String, Given>, RunError> {
    for (name, takes) in &action.takes {
        let mut users = run.cast.passwords.keys();
        if matches!(takes, Takes::User | Takes::Session | Takes::Tab)
            && !given.contains_key(name)
            && let Some(other) = users.find(|user| *user != actor)
        {
            given.insert(name.clone(), json!(other.as_str()));
        }
    }
    let one = |(name, value): (String, Value)| {
        let given = match (action.parameter(&name), value.as_str()) {
            (Some(Takes::User | Takes::Session | Takes::Tab), Some(text)) => {
                let whom = TabName::read(text, Spot::NOWHERE)
                    .map_err(|_| RunError::Unknown(text.to_owned()))?;
                let user =
                    user_of(&whom.browser).ok_or_else(|| RunError::Unknown(text.to_owned()))?;
                let tab = run.tab(&whom).ok().map(|open| open.tab);
                Given::User(run.cast.name(user).clone(), tab)
            }
            (Some(Takes::Group(_)), Some(text)) => Given::Group(text.to_owned()),
            _ => Given::Value(value),
        };
        Ok((name, given))
    };
    let given: Result<BTreeMap<String, Given>, RunError> = given.into_iter().map(one).collect();
    let mut given = given?;
    // Somebody whom only the target file knows may be named too.
    let known = run.site.target().users.known.keys();
    let mut others = known.filter(|name| *name != run.cast.name(actor).as_str());
    while let (Some(name), Some(other)) = (unnamed(action, &given), others.next()) {
        let (name, other) = (name.to_owned(), UserName::from(other.as_str()));
        given.insert(name, Given::User(other, None));
    }
    Ok(given)
}

/// A parameter that names somebody, and for which there is nobody.
pub(super) fn unnamed<'a>(action: &'a Action, given: &BTreeMap<String, Given>) -> Option<&'a str> {
    let mut named = action
        .takes
        .iter()
        .filter(|(_, takes)| matches!(takes, Takes::User | Takes::Session | Takes::Tab));
    let found = named.find(|(name, _)| !given.contains_key(name));
    found.map(|(name, _)| name.as_str())
}
