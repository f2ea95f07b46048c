//! Each action is done by each user, and what came of it is looked at.

use std::collections::BTreeMap;

use serde_json::Value;
use targets::file::action::{Action, Shape, Takes};
use walk::{Act, Answer, Param, Tab, Whereabouts};

use crate::amiss::{Around, meant};
use crate::arrivals::Done;
use crate::audience::{Meant, Members, key_of};
use crate::finding::Finding;
use crate::groups::Groups;
use crate::login::{ended, is_in};
use crate::seen::named;
use crate::sought::Sought;
use crate::stage::{Stage, Trying};

/// What stands for the parameters of an action.
struct Given {
    params: BTreeMap<String, Param>,
    meant: BTreeMap<String, Meant>,
    shape: Shape,
}

/// An action that was begun, and its text.
pub(crate) struct Acted {
    pub(crate) act: Act,
    pub(crate) sought: Sought,
}

impl Trying {
    /// Begins it once more in this tab, and says nothing of it.
    pub(crate) async fn again(
        &self,
        name: &str,
        action: &Action,
        tab: &Tab,
        stage: &Stage,
        groups: &Groups,
    ) -> Option<Acted> {
        let given = self.given(action, tab, stage, groups).ok()?;
        let user = tab.whereabouts().user.clone().unwrap_or_default();
        let sought = Sought::new(&user, given.shape);
        tab.at_its_pace().await;
        let acted = tab.act(name, action, None, &given.params, &sought.text);
        let act = acted.await.ok().filter(|act| is_in(&act.told.answer))?;
        Some(Acted { act, sought })
    }

    /// Does it twice: by the first user and by the second, or twice by the only one.
    pub(crate) async fn action(
        &mut self,
        name: &str,
        action: &Action,
        stage: &Stage,
        groups: &Groups,
    ) -> Vec<Done> {
        let mut users: Vec<String> = self.users.iter().map(|(user, _)| user.clone()).collect();
        if let [only] = users.as_slice() {
            users.push(only.clone());
        }
        let mut done = Vec::new();
        let mut reason = None;
        for user in users.iter().take(2) {
            let Some(tab) = stage.tab_of(user).cloned() else {
                self.notes
                    .line(name, format!("{user} has no open tab: not done"));
                continue;
            };
            match self.given(action, &tab, stage, groups) {
                Ok(given) => done.extend(self.act(name, action, None, &tab, given).await),
                Err(why) => {
                    self.notes.line(name, format!("{user}: not done: {why}"));
                    reason = Some(why);
                }
            }
        }
        if let (Some(why), true) = (reason, done.is_empty()) {
            let fix = "name two users who can do it with --user; who is in a group stands in `members`, or comes of `create` and `join`";
            let at = self.file.spot(&["actions", name]);
            let what = format!("`{name}` was not tried: {why}");
            self.notes.finding(Finding::open(at, what, fix));
        }
        let first = users.first().and_then(|user| stage.tab_of(user).cloned());
        for (way, _) in &action.ways {
            if let Some(tab) = &first
                && let Ok(given) = self.given(action, tab, stage, groups)
            {
                done.extend(self.act(name, action, Some(way), tab, given).await);
            }
        }
        done
    }

    /// What stands for the parameters: another user, a group that this one is in, a text.
    fn given(
        &self,
        action: &Action,
        tab: &Tab,
        stage: &Stage,
        groups: &Groups,
    ) -> Result<Given, String> {
        let own = tab.whereabouts();
        let mut given = Given {
            params: BTreeMap::new(),
            meant: BTreeMap::new(),
            shape: Shape::Text,
        };
        let named = action.yields.iter().flat_map(|(_, made)| made.to.groups());
        for (kind, name) in named {
            let listed = { self.target().group(kind) }.and_then(|group| group.members.get(name));
            let members = Members {
                users: listed.cloned().unwrap_or_default(),
                is_sure: listed.is_some(),
                ..Members::default()
            };
            let key = key_of(kind, name);
            given.meant.insert(key, Meant::Group(members));
        }
        for (name, takes) in &action.takes {
            match takes {
                Takes::User | Takes::Session | Takes::Tab => {
                    let mut tabs = stage.tabs.iter();
                    let other = tabs.find(|other| {
                        let user = &other.whereabouts().user;
                        user.is_some() && *user != own.user
                    });
                    let other = other.ok_or_else(|| format!("`{name}` needs a second user"))?;
                    let at = other.whereabouts().clone();
                    given.meant.insert(name.clone(), Meant::At(at));
                    given.params.insert(name.clone(), Param::Tab(other.clone()));
                }
                Takes::Group(kind) => {
                    let only = || self.target().groups.first().map(|(kind, _)| kind);
                    let kind = kind.as_ref().or_else(only);
                    let user = own.user.as_deref().unwrap_or_default();
                    let mut all = kind.and_then(|kind| groups.get(kind)).into_iter().flatten();
                    let found = all.find_map(|group| Some((group, group.by_user.get(user)?)));
                    let (group, membership) =
                        found.ok_or_else(|| format!("{user} is in no group for `{name}`"))?;
                    let members = Meant::Group(group.members.clone());
                    given.meant.insert(name.clone(), members);
                    let group = Param::Group(membership.clone());
                    given.params.insert(name.clone(), group);
                }
                Takes::Marker(shape) => given.shape = *shape,
                Takes::Value(_) => {}
            }
        }
        Ok(given)
    }

    async fn act(
        &mut self,
        name: &str,
        action: &Action,
        way: Option<&str>,
        tab: &Tab,
        given: Given,
    ) -> Option<Done> {
        let at = tab.whereabouts().clone();
        let user = at.user.clone().unwrap_or_default();
        let sought = Sought::new(&user, given.shape);
        tab.at_its_pace().await;
        let moment = self.eyes.now();
        let acted = tab
            .act(name, action, way, &given.params, &sought.text)
            .await;
        let who = match way {
            Some(way) => format!("{} by `{way}`", named(&at)),
            None => named(&at),
        };
        let steps = match way {
            Some(way) => &{ action.ways.iter() }.find(|(known, _)| known == way)?.1,
            None => &action.way,
        };
        let what = format!("the action `{name}`");
        let events = self.eyes.events(&at);
        let around = Around {
            file: &self.file,
            way: &["actions", name, "do"],
            what: &what,
            fields: &[],
            events: &events,
            socket_io: None,
        };
        match acted {
            Ok(act) => {
                let finding = around.amiss(&steps.act, &act.told);
                let mut line = format!("{who}: {}", ended(&act.told));
                if let Some(id) = &act.id {
                    line.push_str(&format!("; id {id}"));
                }
                self.notes.line(name, line);
                finding
                    .into_iter()
                    .for_each(|finding| self.notes.finding(finding));
                self.id(name, action, &act, &at);
                Some(Done {
                    acting: at,
                    sought,
                    answer: act.told.answer,
                    moment,
                    meant: given.meant,
                })
            }
            Err(error) => {
                let finding = around.failed(&error);
                self.notes.line(name, format!("{who}: {error}"));
                self.notes.finding(finding);
                None
            }
        }
    }

    /// An id that is nowhere in the answer.
    fn id(&mut self, name: &str, action: &Action, act: &Act, at: &Whereabouts) {
        let Some(place) = &action.way.id else { return };
        if act.id.as_ref().is_some_and(|id| *id != Value::Null)
            || matches!(act.told.answer, Answer::No(_) | Answer::Unknown(_))
        {
            return;
        }
        let node = self.file.node(&["actions", name, "id"]);
        let node = node.or_else(|| self.file.node(&["each action", "id"]));
        let at_id = node.map(|node| node.at());
        let finding = match place.event() {
            Some(event) => {
                let events = self.eyes.events(at);
                Finding::mistake(
                    at_id,
                    format!("the action `{name}` has no id: no `{event}` came that has it"),
                    format!(
                        "take an event that comes: {}",
                        crate::shape::listed(&events, "none came")
                    ),
                )
            }
            None => {
                let place = place.to_string();
                Finding::mistake(
                    at_id,
                    format!(
                        "the action `{name}` has no id: nothing stands at {place} in what came"
                    ),
                    meant(&place, &act.told.came),
                )
            }
        };
        self.notes.finding(finding);
    }
}
