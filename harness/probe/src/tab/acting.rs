//! What a tab does: actions are begun, stopped and read, and the history is told what is declared of them.

mod declared;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::{ActionId, Audience, Doing, Marker, Place, Scope, Secrecy, UserName, What};
use serde_json::{Map, Value};
use targets::file::action::{Action, Takes};
use targets::language::template::as_text;
use walk::{Answer, Param};

use self::declared::Declared;
pub use self::declared::Owed;
use self::words::{is_refusal, outcome, way_of};
use super::Tab;
use crate::browser::{Stop, in_one_line};
use crate::error::ProbeError;
use crate::excerpt;
use crate::groups::Sender;
use crate::meant::{Acting, Named, Reach, session_of};

/// Who asks is not logged in, by the standard of HTTP.
const UNAUTHORIZED: u16 = 401;

/// What goes to the target for each parameter.
type Params = BTreeMap<String, Param>;

/// What stands for a parameter of an action.
#[derive(Clone, Debug)]
pub enum Given {
    /// A value.
    Value(Value),
    /// A user, and a tab of theirs if one is open.
    User(UserName, Option<Tab>),
    /// A group, by its name.
    Group(String),
}

/// Whether whoever acts has a right to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// What the target file says of the action.
    Declared,
    /// What it says, and nothing is owed: it asks for what may be somebody else's.
    Undue,
    /// None: what comes of it is for nobody else, and nothing is owed.
    None,
}

/// An action that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Its id; where the target gives none, its marker.
    pub id: ActionId,
    /// What it owes: events of this name at these places, so many, and whether they carry its marker.
    pub owes: Vec<Owed>,
    /// Who may see its text, as it was when it began.
    shown_to: Reach,
    /// Whether the target file does not say what a yes looks like: then nothing says that it happened.
    pub is_only_asked: bool,
    /// What to record once it is known that both ends have kept the socket open: nothing else says that it happened.
    pending: Option<(What, Place)>,
    kind: String,
    way: Option<String>,
    pub(super) act: Arc<walk::Act>,
}

/// How a start ended.
#[derive(Clone, Debug)]
pub enum Started {
    /// It runs.
    Granted(Begun),
    /// It was sent, and the target file does not say what a yes looks like.
    Asked(Begun),
    /// The target said no; what it said, in one line.
    Refused(String),
    /// The same, in the words that the file has for how the target refuses this: it has rules for it.
    ByItsRules(String),
    /// Nobody knows whether it happened, for this reason.
    Unanswered(String),
}

impl Begun {
    /// What the target file calls it.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether the target file lets somebody at this place see its text.
    #[must_use]
    pub fn is_shown_at(&self, place: &Place) -> bool {
        self.shown_to.covers(place)
    }
}

impl Tab {
    /// Does what the target file describes, with this marker in its text; without one nobody can tell its events from
    /// another action's.
    ///
    /// # Errors
    /// When the target file does not have it, or the history cannot be written.
    pub async fn act(
        &self,
        kind: &str,
        way: Option<&str>,
        given: &BTreeMap<String, Given>,
        marked: (Option<Marker>, Right),
    ) -> Result<Started, ProbeError> {
        // Its events may come from its sending on, and not while it waits for its turn.
        self.walk.at_its_pace().await;
        self.act_now(kind, way, given, marked).await
    }

    /// The same without waiting for a turn.
    pub(super) async fn act_now(
        &self,
        kind: &str,
        way: Option<&str>,
        given: &BTreeMap<String, Given>,
        (marker, right): (Option<Marker>, Right),
    ) -> Result<Started, ProbeError> {
        let site = Arc::clone(self.browser.site());
        let target = site.target();
        let action = target
            .action(kind)
            .ok_or_else(|| ProbeError::NotOffered(kind.to_owned()))?;
        if let Some(way) = way
            && !action.ways.iter().any(|(known, _)| known == way)
        {
            return Err(ProbeError::NotOffered(format!("do `{kind}` by {way}")));
        }
        let (params, named) = self.parameters(action, given)?;
        let acting = self.acting(&named);
        let values = values(action, &params);
        let declared = Declared::of(action, &acting, &values).map_err(|parameter| {
            ProbeError::NotOffered(format!("count `{kind}` by `{parameter}`"))
        })?;
        let declared = match right {
            Right::Declared => declared.and_whom_groups_admit(target),
            Right::Undue => declared.and_whom_groups_admit(target).and_owes_nothing(),
            Right::None => declared.for_nobody_else(action, &acting),
        };
        let text = declared.text(action, marker.as_ref());
        if let Some(marker) = &marker {
            let group = named.values().find_map(|named| match named {
                Named::Group(group) => Some(group.clone()),
                Named::Place(_) | Named::User(_) => None,
            });
            let who = self.inbox.place.who().to_owned();
            let is_shared = !declared.is_plain();
            site.groups.began(marker, Sender { who, group }, is_shared);
            if site.events.are_narrowed() {
                let values = self.walk.values(action, &params, &text);
                site.groups.means(marker, kind, values);
            }
            let doing = Doing {
                action: kind.to_owned(),
                names: named.iter().map(scope_of).collect(),
            };
            self.record_sent(marker, &declared, &text, doing)?;
        }
        let acted = self.walk.act(kind, action, way, &params, &text).await;
        self.see_kept();
        let act = match acted.map_err(|error| self.failed(error)) {
            Ok(act) => act,
            Err(error @ (ProbeError::NoAnswer { .. } | ProbeError::Closed(_))) => {
                if let Some(marker) = marker {
                    self.record_sender(What::Unanswered { marker })?;
                }
                return Ok(Started::Unanswered(error.to_string()));
            }
            Err(error) => return Err(error),
        };
        // What it has kept may tell its events from others too.
        if let Some(marker) = { marker.as_ref() }.filter(|_| site.events.are_narrowed()) {
            site.groups.means(marker, kind, act.values());
        }
        self.judge_act((kind, way), act, &declared, marker)
    }

    /// What the answer to an action means for the history.
    fn judge_act(
        &self,
        (kind, way): (&str, Option<&str>),
        act: walk::Act,
        declared: &Declared,
        marker: Option<Marker>,
    ) -> Result<Started, ProbeError> {
        let told = &act.told;
        let described = self.browser.site().target().action(kind);
        let wants_id = way_of(described, way).is_some_and(|way| way.id.is_some());
        let unanswered = |marker: Option<Marker>, why: String| {
            if let Some(marker) = marker {
                self.record_sender(What::Unanswered { marker })?;
            }
            Ok(Started::Unanswered(why))
        };
        match &told.answer {
            Answer::No(_) => {
                let said = in_one_line("start", told);
                let reason = excerpt::with_markers(&said, &told.came.text());
                self.record_sender(What::Refused { reason, marker })?;
                let has_words = { way_of(described, way) }.is_some_and(|way| {
                    way.act
                        .iter()
                        .any(|step| step.at == told.at && is_refusal(step, &told.came))
                });
                // Whoever is not logged in any more has lost that: no rule of an application takes it away.
                let is_rule = has_words && told.came.status != Some(UNAUTHORIZED);
                return Ok(match is_rule {
                    true => Started::ByItsRules(said),
                    false => Started::Refused(said),
                });
            }
            Answer::Unknown(why) => return unanswered(marker, why.clone()),
            Answer::Yes if wants_id && act.id.is_none() => {
                let why = format!(
                    "it was granted, and its id is nowhere in {}",
                    told.came.told()
                );
                return unanswered(marker, why);
            }
            Answer::Yes | Answer::Sent | Answer::Asked => {}
        }
        let id = act.id.as_ref().map(as_text);
        let marked = marker.as_ref().map(|marker| marker.as_str().to_owned());
        let id = ActionId::from(id.or(marked).unwrap_or_default().as_str());
        let answer = told.answer.clone();
        let groups = &self.browser.site().groups;
        let mut begun = Begun {
            id: id.clone(),
            owes: declared.owes(groups),
            shown_to: declared.shown_to(groups),
            is_only_asked: answer == Answer::Asked,
            pending: None,
            kind: kind.to_owned(),
            way: way.map(str::to_owned),
            act: Arc::new(act),
        };
        let Some(marker) = marker else {
            // Nothing else says whose this id is.
            let asked = format!("start {kind}");
            let granted = answer != Answer::Asked;
            self.record_sender(What::answered(asked, Some(id), granted, String::new()))?;
            return Ok(match answer {
                Answer::Asked => Started::Asked(begun),
                _ => Started::Granted(begun),
            });
        };
        let confirmed = declared.confirmed(marker.clone(), id);
        match answer {
            Answer::Asked => {
                self.record_sender(What::Unanswered { marker })?;
                return Ok(Started::Asked(begun));
            }
            Answer::Sent => begun.pending = Some((confirmed, self.sender())),
            _ => self.record_sender(confirmed)?,
        }
        Ok(Started::Granted(begun))
    }

    /// The run has settled: what was sent over a socket that both ends have kept open did happen.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub fn confirm(&self, begun: &Begun) -> Result<(), ProbeError> {
        if let Some((confirmed, place)) = &begun.pending
            && self.walk.is_open()
            && !self.has_left()
        {
            let recorder = &self.browser.scribe().recorder;
            recorder.record(place.clone(), confirmed.clone())?;
        }
        Ok(())
    }

    /// Asks to stop an action, whoever began it.
    ///
    /// # Errors
    /// When the target file does not say how.
    pub async fn stop(&self, begun: &Begun, way: Option<&str>) -> Result<Stop, ProbeError> {
        let way = way.or(begun.way.as_deref());
        let action = self.known(begun)?;
        let described = match way {
            None => Some(&action.way),
            Some(way) => {
                let mut ways = action.ways.iter();
                ways.find(|(known, _)| known == way).map(|(_, way)| way)
            }
        };
        if described.is_none_or(|way| way.stop.is_empty()) {
            return Err(ProbeError::NotOffered(format!("stop `{}`", begun.kind)));
        }
        self.walk.at_its_pace().await;
        let told = self.walk.stop(action, way, &begun.act).await;
        let stop = outcome("stop", told)?;
        if !matches!(stop, Stop::Refused(_)) {
            let action = begun.id.clone();
            self.record_sender(What::Stopped { action })?;
        }
        Ok(stop)
    }

    /// Asks what an action shows, whoever began it.
    ///
    /// # Errors
    /// When the target file does not say how.
    pub async fn read(&self, begun: &Begun) -> Result<Stop, ProbeError> {
        let action = self.known(begun)?;
        if action.read.is_empty() {
            return Err(ProbeError::NotOffered(format!("read `{}`", begun.kind)));
        }
        self.walk.at_its_pace().await;
        let is_theirs = begun.is_shown_at(&self.inbox.place);
        let told = self.walk.read(action, &begun.act, is_theirs).await;
        outcome("read", told)
    }

    fn known(&self, begun: &Begun) -> Result<&Action, ProbeError> {
        let action = self.browser.site().target().action(&begun.kind);
        action.ok_or_else(|| ProbeError::NotOffered(begun.kind.clone()))
    }

    fn acting<'a>(&'a self, named: &'a BTreeMap<String, Named>) -> Acting<'a> {
        let target = self.browser.site().target();
        Acting {
            place: &self.inbox.place,
            owner: target.owner,
            named,
            has_no_login: target.login.is_none(),
            has_groups: !target.groups.is_empty(),
        }
    }

    /// What goes to the target for each parameter, and whom they name.
    fn parameters(
        &self,
        action: &Action,
        given: &BTreeMap<String, Given>,
    ) -> Result<(Params, BTreeMap<String, Named>), ProbeError> {
        let (mut params, mut named) = (Params::new(), BTreeMap::new());
        for (name, takes) in &action.takes {
            let missing = || ProbeError::NotOffered(format!("do this without `{name}`"));
            match (takes, given.get(name)) {
                (Takes::Group(kind), given) => {
                    let kind = self.kind_of_group(kind.as_deref()).ok_or_else(missing)?;
                    let id = match given {
                        Some(Given::Group(group)) => id_of(&kind, group),
                        Some(Given::Value(Value::String(group))) => id_of(&kind, group),
                        _ => self.own_group(&kind).ok_or_else(missing)?,
                    };
                    params.insert(name.clone(), Param::Group(self.membership(&id)));
                    named.insert(name.clone(), Named::Group(id));
                }
                (_, Some(Given::Value(value))) => {
                    params.insert(name.clone(), Param::Value(value.clone()));
                }
                (_, Some(Given::Group(group))) => {
                    let value = Value::from(group.as_str());
                    params.insert(name.clone(), Param::Value(value));
                }
                (_, Some(Given::User(user, tab))) => {
                    let (param, whom) = match tab {
                        Some(tab) => {
                            let place = tab.inbox.place.clone();
                            (tab.walk.clone(), Named::Place(place))
                        }
                        None => {
                            let known = walk::Browser::stand_in(self.browser.walk(), user.as_str());
                            (
                                known.tab("1"),
                                Named::User(self.browser.site().user(user.as_str())),
                            )
                        }
                    };
                    params.insert(name.clone(), Param::Tab(param));
                    named.insert(name.clone(), whom);
                }
                (Takes::User | Takes::Session | Takes::Tab, None) => return Err(missing()),
                (Takes::Marker(_) | Takes::Value(_), None) => {}
            }
        }
        // What the file does not list may still stand in its steps.
        for (name, value) in given {
            if let Given::Value(value) = value
                && action.parameter(name).is_none()
            {
                params.insert(name.clone(), Param::Value(value.clone()));
            }
        }
        Ok((params, named))
    }

    /// Where an action stands in the history: at the tab that acts, or at its session where no tab is open.
    fn sender(&self) -> Place {
        if self.is_open {
            self.inbox.place.clone()
        } else {
            session_of(&self.inbox.place)
        }
    }

    pub(super) fn record_sender(&self, what: What) -> Result<(), ProbeError> {
        let recorder = &self.browser.scribe().recorder;
        // What a user begins belongs to the session and not to one of its tabs; a tab's own action says so beside it.
        Ok(recorder.record(session_of(&self.inbox.place), what)?)
    }

    /// An action is about to be sent.
    fn record_sent(
        &self,
        marker: &Marker,
        declared: &Declared,
        text: &str,
        doing: Doing,
    ) -> Result<(), ProbeError> {
        let doing = Some(Box::new(doing));
        if declared.is_plain() {
            return self.record_sender(What::Sent {
                marker: marker.clone(),
                to: None,
                events: BTreeMap::new(),
                unmarked: false,
                acting: None,
                doing,
            });
        }
        let acting = self.sender();
        self.record_sender(What::Sent {
            marker: marker.clone(),
            to: Some(declared.owner.clone()),
            events: declared.meant(),
            unmarked: declared.is_unmarked,
            acting: Some(Box::new(acting.clone())),
            doing,
        })?;
        if declared.is_unmarked && text != marker.as_str() && declared.has_text {
            // A text of another shape is looked for as it stands.
            let mut any = vec![Scope::Tab(acting)];
            any.extend(declared.owner.any.clone());
            any.extend(declared.scopes());
            self.record_sender(What::Secret {
                value: text.to_owned(),
                to: Audience {
                    any,
                    but: Vec::new(),
                },
                is: Secrecy::Seen,
            })?;
        }
        Ok(())
    }
}

/// Whom a parameter names, as a scope of its places.
fn scope_of((parameter, named): (&String, &Named)) -> (String, Scope) {
    let scope = match named.clone() {
        Named::Place(place) => Scope::Tab(place),
        Named::User(user) => Scope::User(user),
        Named::Group(group) => Scope::Group(group),
    };
    (parameter.clone(), scope)
}

impl Begun {
    /// Whether it is known only at the end whether it happened.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.pending.is_some()
    }
}

/// The id of a group in a history, which scenarios may write with its kind or without.
pub(super) fn id_of(kind: &str, name: &str) -> String {
    let own = name
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix('/'));
    format!("{kind}/{}", own.unwrap_or(name))
}

/// The values by which events may be counted.
fn values(action: &Action, params: &Params) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, takes) in &action.takes {
        if let Takes::Value(value) = takes {
            values.insert(name.clone(), value.clone());
        }
    }
    for (name, param) in params {
        if let Param::Value(value) = param {
            values.insert(name.clone(), value.clone());
        }
    }
    values
}
