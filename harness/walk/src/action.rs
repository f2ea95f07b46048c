//! What a user does in a tab: actions, and groups that are made, joined and left.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use targets::file::action::{Action, Takes, Way};
use targets::ids::names_it;
use targets::language::step::{self, Step};

use crate::connect::Back;
use crate::error::WalkError;
use crate::kept::Kept;
use crate::outcome::Outcome;
use crate::resume::come_back;
use crate::spelling::{SPELLINGS, Spelling, respelled};
use crate::tab::Tab;
use crate::told::Told;
use crate::walker::{Walker, Wayward};
use crate::witness::{self, Errand, Sight};

/// What stands for a parameter.
#[derive(Clone, Debug)]
pub enum Param {
    /// A value.
    Value(Value),
    /// A user's tab, for a user, a session or a tab.
    Tab(Tab),
    /// A membership, or a group by its name.
    Group(Membership),
}

/// A group as a tab knows it: what was kept when it was made or joined.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The kind of group, by its name in the file.
    pub group: String,
    /// Which one.
    pub name: String,
    kept: Arc<Kept>,
}

impl Membership {
    fn of(group: &str, name: &str, kept: Arc<Kept>) -> Self {
        Self {
            group: group.to_owned(),
            name: name.to_owned(),
            kept,
        }
    }

    /// A group of which nothing but its name is known.
    #[must_use]
    pub fn unknown(tab: &Tab, group: &str, name: &str) -> Self {
        let kept = Kept::inside(tab.kept());
        kept.keep("group", Value::from(name));
        kept.keep("name", Value::from(name));
        Self::of(group, name, kept)
    }

    /// What was kept under this name when it was made or joined.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        self.kept.get(name)
    }

    /// All of it.
    pub(crate) fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.kept)
    }
}

/// An action that was begun.
#[derive(Debug)]
pub struct Act {
    /// How it ended.
    pub told: Told,
    /// Its id, if it has one.
    pub id: Option<Value>,
    pub(crate) kept: Arc<Kept>,
    pub(crate) owners: BTreeMap<String, Arc<Kept>>,
    member: Option<String>,
}

impl Act {
    /// The same as somebody asks for it who writes its id, and whatever else names it, in other spellings.
    #[must_use]
    pub fn respelled(&self, way: &Way) -> Vec<Self> {
        let names: Vec<&String> = { way.act.iter() }
            .flat_map(|step| step.keep.iter().map(|(name, _)| name))
            .collect();
        let spelled = |spelling: &Spelling| {
            let id = self.id.as_ref();
            let id = id.and_then(|id| respelled(id, *spelling));
            let kept = Kept::new();
            let mut is_other = id.is_some();
            for name in &names {
                let value = self.kept.get(name);
                if let Some(value) = value.and_then(|value| respelled(&value, *spelling)) {
                    kept.keep(name, value);
                    is_other = true;
                }
            }
            is_other.then(|| Self {
                told: self.told.clone(),
                id: id.or_else(|| self.id.clone()),
                kept,
                owners: self.owners.clone(),
                member: self.member.clone(),
            })
        };
        SPELLINGS.iter().filter_map(spelled).collect()
    }
}

impl Tab {
    /// Does what the file describes, with this text to look for.
    ///
    /// # Errors
    /// When there is no answer, or no socket.
    pub async fn act(
        &self,
        name: &str,
        action: &Action,
        way: Option<&str>,
        given: &BTreeMap<String, Param>,
        marker: &str,
    ) -> Result<Act, WalkError> {
        let kept = Kept::inside(self.kept());
        let mut owners = BTreeMap::new();
        let mut parameters = Map::new();
        let mut member = None;
        kept.keep("action", Value::from(name));
        kept.keep("marker", Value::from(marker));
        for (parameter, takes) in &action.takes {
            let value = match (given.get(parameter), takes) {
                (Some(Param::Value(value)), _) => value.clone(),
                (Some(Param::Tab(tab)), _) => {
                    owners.insert(parameter.clone(), Arc::clone(tab.kept()));
                    tab.kept().get("user").unwrap_or_default()
                }
                (Some(Param::Group(group)), _) => {
                    owners.insert(parameter.clone(), Arc::clone(&group.kept));
                    member = Some(format!("{}/{}", group.group, group.name));
                    Value::from(group.name.as_str())
                }
                (None, Takes::Marker(_)) => Value::from(marker),
                (None, Takes::Value(value)) => value.clone(),
                (None, _) => Value::Null,
            };
            kept.keep(parameter, value.clone());
            parameters.insert(parameter.clone(), value);
        }
        // What the file does not list goes out too: a target may know more than its file.
        for (parameter, param) in given {
            if let (Param::Value(value), None) = (param, action.parameter(parameter)) {
                parameters.insert(parameter.clone(), value.clone());
            }
        }
        kept.keep("parameters", Value::Object(parameters));
        let way = way_of(action, way);
        let walker = self.walker(&kept, &owners, member.as_deref(), Errand::Act);
        let told = Told::from(walker.all(&way.act).await?);
        if way
            .act
            .iter()
            .any(|step| matches!(step.act, Some(step::Act::Request(_))))
        {
            self.after_request().await;
        }
        let id = way.id.as_ref().and_then(|id| match id.event() {
            // It may have come in another message than the last.
            Some(event) => self.log(|log| id.first(&log.newest(&[event])?.came)),
            None => id.first(&told.came),
        });
        if let Some(id) = &id {
            kept.keep("id", id.clone());
        }
        Ok(Act {
            told,
            id,
            kept,
            owners,
            member,
        })
    }

    /// What a page's script does after each request, where the file says so.
    pub async fn after_request(&self) {
        let target = &self.browser().site().target;
        if target.after_each_request.is_empty()
            // A page's script that has lost its socket is silent; where there is none, it asks.
            || (!target.sockets.is_empty() && !self.has_socket())
        {
            return;
        }
        let nobody = BTreeMap::new();
        let walker = self.walker(self.kept(), &nobody, None, Errand::Open);
        // What it brings is seen, and nobody waits for it.
        let _ = walker.all(&target.after_each_request).await;
    }

    /// Stops an action, whoever began it.
    ///
    /// # Errors
    /// When there is no answer, or no socket.
    pub async fn stop(
        &self,
        action: &Action,
        way: Option<&str>,
        act: &Act,
    ) -> Result<Told, WalkError> {
        let way = way_of(action, way);
        let about = self.about(act, action, (way, &way.stop), Errand::Stop);
        about.await
    }

    /// Reads what an action shows, whoever began it. `is_theirs` says that it is meant for whoever reads it: then it is
    /// nobody else's.
    ///
    /// # Errors
    /// When there is no answer, or no socket.
    pub async fn read(
        &self,
        action: &Action,
        act: &Act,
        is_theirs: bool,
    ) -> Result<Told, WalkError> {
        let errand = if is_theirs {
            Errand::Other
        } else {
            Errand::Read
        };
        let about = self.about(act, action, (&action.way, &action.read), errand);
        about.await
    }

    /// Takes steps about an action, whoever began it.
    async fn about(
        &self,
        act: &Act,
        action: &Action,
        (way, steps): (&Way, &[Step]),
        errand: Errand,
    ) -> Result<Told, WalkError> {
        // The id is the other's, and so is what the action's steps have kept; everything else is the own.
        let kept = Kept::inside(self.kept());
        let capabilities = &self.browser().site().target.capabilities;
        for (name, _) in way.act.iter().flat_map(|step| &step.keep) {
            if !capabilities.contains(name)
                && let Some(value) = act.kept.get(name)
            {
                kept.keep(name, value);
            }
        }
        // Steps that do not say which action is meant are about one's own.
        if let Some(id) = act.id.as_ref().filter(|_| names_it(action, steps)) {
            kept.keep("id", id.clone());
        }
        let own = self.is(act);
        let kept = if own { &act.kept } else { &kept };
        let walker = self.walker(kept, &act.owners, act.member.as_deref(), errand);
        walker.all(steps).await.map(Told::from)
    }

    /// Whether the action was begun here.
    fn is(&self, act: &Act) -> bool {
        act.kept.is_inside(self.kept())
    }

    /// Makes a group of this kind and name.
    ///
    /// # Errors
    /// When there is no answer, or no socket.
    pub async fn create(&self, group: &str, name: &str) -> Result<(Membership, Told), WalkError> {
        let target = &self.browser().site().target;
        let steps = target.group(group).map_or(&[][..], |known| &known.create);
        let (kept, member) = self.in_group(group, name, None);
        let nobody = BTreeMap::new();
        let walker = self.walker(&kept, &nobody, Some(&member), Errand::Group);
        let walked = walker.all(steps).await?;
        if walked.outcome == Outcome::Granted && steps.iter().any(|step| step.joins) {
            let is = witness::Membership::Joined;
            self.see(&Sight::Member { group, name, is });
        }
        Ok((Membership::of(group, name, kept), Told::from(walked)))
    }

    /// Joins a group; one that somebody else has made needs what that one knows of it.
    ///
    /// # Errors
    /// When there is no answer, or no socket.
    pub async fn join(
        &self,
        group: &str,
        name: &str,
        made: Option<&Membership>,
    ) -> Result<(Membership, Told), WalkError> {
        let way = (Errand::Group, Back::default());
        self.join_by(group, name, made, way).await
    }

    /// Joins a group again that it was in before it was away, with what it had kept for its sockets.
    ///
    /// # Errors
    /// When there is no answer, or no socket.
    pub async fn join_again(
        &self,
        group: &str,
        name: &str,
        made: Option<&Membership>,
    ) -> Result<(Membership, Told), WalkError> {
        let way = (Errand::Group, come_back(self));
        self.join_by(group, name, made, way).await
    }

    /// Joins a group only to have a socket: what leads to the socket is as public as with any opening.
    ///
    /// # Errors
    /// When there is no answer, or no socket.
    pub async fn ask_to_join(
        &self,
        group: &str,
        name: &str,
        made: Option<&Membership>,
    ) -> Result<(Membership, Told), WalkError> {
        let way = (Errand::Open, Back::default());
        self.join_by(group, name, made, way).await
    }

    async fn join_by(
        &self,
        group: &str,
        name: &str,
        made: Option<&Membership>,
        (errand, back): (Errand, Back),
    ) -> Result<(Membership, Told), WalkError> {
        let target = &self.browser().site().target;
        let steps = target.group(group).map_or(&[][..], |known| &known.join);
        let (kept, member) = self.in_group(group, name, made);
        let nobody = BTreeMap::new();
        let mut walker = self.walker(&kept, &nobody, Some(&member), errand);
        walker.way.back = back;
        let walked = walker.as_member(group, name, true, steps).await?;
        Ok((Membership::of(group, name, kept), Told::from(walked)))
    }

    /// What is known of a group before it is made or joined, and the membership's name.
    fn in_group(&self, group: &str, name: &str, made: Option<&Membership>) -> (Arc<Kept>, String) {
        let kept = Kept::inside(self.kept());
        if let Some(made) = made {
            made.kept.copy_into(&kept);
        }
        kept.keep("group", Value::from(name));
        kept.keep("name", Value::from(name));
        (kept, format!("{group}/{name}"))
    }

    /// Leaves a group.
    ///
    /// # Errors
    /// When there is no answer, or no socket.
    pub async fn leave(&self, membership: &Membership) -> Result<Told, WalkError> {
        let target = &self.browser().site().target;
        let steps = target
            .group(&membership.group)
            .map_or(&[][..], |known| &known.leave);
        let member = format!("{}/{}", membership.group, membership.name);
        let nobody = BTreeMap::new();
        let walker = self.walker(&membership.kept, &nobody, Some(&member), Errand::Group);
        let walked = walker.as_member(&membership.group, &membership.name, false, steps);
        walked.await.map(Told::from)
    }

    fn walker<'a>(
        &'a self,
        kept: &'a Arc<Kept>,
        owners: &'a BTreeMap<String, Arc<Kept>>,
        member: Option<&'a str>,
        errand: Errand,
    ) -> Walker<'a> {
        Walker {
            browser: self.browser(),
            tab: Some(self),
            kept,
            owners,
            member,
            way: Wayward {
                is_strangers: self.browser().whereabouts().user.is_none(),
                ..Wayward::default()
            },
            errand,
            depth: 0,
        }
    }
}

fn way_of<'a>(action: &'a Action, way: Option<&str>) -> &'a Way {
    let named = way.and_then(|way| action.ways.iter().find(|(name, _)| name == way));
    named.map_or(&action.way, |(_, way)| way)
}
