//! Groups that a tab makes, joins and leaves. The scribe writes down how far each membership has come.

use std::collections::BTreeMap;

use targets::file::action::Takes;
use targets::file::group::Group;
use walk::Answer;

use super::Tab;
use super::acting::{Given, id_of};
use crate::browser::{Stop, in_one_line};
use crate::error::ProbeError;

impl Tab {
    /// Makes a group: its kind may stand before its name.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn create(&self, group: &str) -> Result<Stop, ProbeError> {
        let (kind, name) = self.named_group(group)?;
        self.walk.at_its_pace().await;
        let (membership, told) = self.walk.create(&kind, &name).await?;
        let target = self.browser.site().target();
        let names_it = target.group(&kind).map(Group::kept_names);
        let groups = &self.browser.site().groups;
        groups.made(
            &id_of(&kind, &name),
            &membership,
            &names_it.unwrap_or_default(),
        );
        self.learn(&kind, &name, membership);
        Ok(ended("create", &told))
    }

    /// Makes a group, where the file says that one must be made.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn create_if_needed(&self, group: &str) -> Result<Stop, ProbeError> {
        let (kind, _) = self.named_group(group)?;
        let described = self.browser.site().target().group(&kind);
        if described.is_none_or(|group| group.create.is_empty()) {
            return Ok(Stop::Granted);
        }
        self.create(group).await
    }

    /// Joins a group, unless this tab has made it by steps that join it too.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn join_if_needed(&self, group: &str) -> Result<Stop, ProbeError> {
        let (kind, name) = self.named_group(group)?;
        let id = id_of(&kind, &name);
        if self.browser.site().groups.covers(&id, &self.inbox.place) {
            return Ok(Stop::Granted);
        }
        self.join(group).await
    }

    /// Joins a group that is there.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn join(&self, group: &str) -> Result<Stop, ProbeError> {
        let (kind, name) = self.named_group(group)?;
        let groups = &self.browser.site().groups;
        if let Some(now) = groups.replaced_by(&id_of(&kind, &name)) {
            return Ok(Stop::Unknown(given_again(&now)));
        }
        let known = groups.knows(&id_of(&kind, &name));
        self.walk.at_its_pace().await;
        let (membership, told) = self.walk.join(&kind, &name, known.as_ref()).await?;
        self.learn(&kind, &name, membership);
        Ok(ended("join", &told))
    }

    /// The groups of this tab whose joining opens a socket, where it has none but theirs: one that comes back joins them
    /// again. Where the file says otherwise how a tab comes back, there are none.
    pub(super) fn groups_with_sockets(&self) -> Vec<String> {
        let (walk, site) = (self.browser.walk(), self.browser.site());
        if !walk.only_joins_connect() || walk.says_how_to_come_back() {
            return Vec::new();
        }
        let groups = site.target().groups.iter();
        let kinds = groups.filter(|(_, group)| walk::connects(&group.join));
        let own = kinds.flat_map(|(kind, _)| site.groups.of(&self.inbox.place, kind));
        own.collect()
    }

    /// Joins a group again after it was away.
    ///
    /// # Errors
    /// When there is no answer, or it was not granted: what the group was has gone with the socket, perhaps.
    pub(super) async fn join_again(&self, group: &str) -> Result<(), ProbeError> {
        let (kind, name) = self.named_group(group)?;
        let groups = &self.browser.site().groups;
        groups.leaving(&id_of(&kind, &name), &self.inbox.place);
        if let Some(now) = groups.replaced_by(&id_of(&kind, &name)) {
            return Err(ProbeError::NotReady {
                place: self.inbox.place.to_string(),
                why: format!("it cannot join `{group}` again: {}", given_again(&now)),
            });
        }
        let known = self.membership(&id_of(&kind, &name));
        self.walk.at_its_pace().await;
        let again = self.walk.join_again(&kind, &name, Some(&known)).await?;
        let (membership, told) = again;
        self.learn(&kind, &name, membership);
        match denied(ended("join", &told)) {
            None => Ok(()),
            Some(why) => Err(ProbeError::NotReady {
                place: self.inbox.place.to_string(),
                why: format!("it could not join `{group}` again: {why}"),
            }),
        }
    }

    /// What somebody does who is expected to be refused, where a tab asks for nothing before it joins a group: it joins
    /// one that is there, or else one of this name. `None` where no joining opens a socket.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask_for_a_socket(&self, fresh: &str) -> Result<Option<Stop>, ProbeError> {
        if !self.browser.walk().only_joins_connect() {
            return Ok(None);
        }
        let site = self.browser.site();
        let groups = site.target().groups.iter();
        let mut connecting = groups.filter(|(_, group)| walk::connects(&group.join));
        let Some((kind, group)) = connecting.next() else {
            return Ok(None);
        };
        // What nobody has made might be refused to anybody.
        let listed = || {
            group
                .members
                .keys()
                .chain(group.admits.keys())
                .next()
                .cloned()
        };
        let there = site.groups.any_of(kind).or_else(listed);
        let name = there.unwrap_or_else(|| fresh.to_owned());
        let known = site.groups.knows(&id_of(kind, &name));
        self.walk.at_its_pace().await;
        let asked = self.walk.ask_to_join(kind, &name, known.as_ref()).await?;
        let stop = ended("join", &asked.1);
        if let Stop::Refused(said) = &stop {
            self.inbox.record(evidence::What::refused(said.clone()))?;
        }
        Ok(Some(stop))
    }

    /// The groups of this kind that others have made or joined, and in which this tab is not.
    #[must_use]
    pub fn foreign_groups(&self, kind: &str) -> Vec<String> {
        let groups = &self.browser.site().groups;
        let mut all = groups.all_of(kind);
        all.retain(|id| !groups.covers(id, &self.inbox.place));
        all
    }

    /// Leaves a group.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn leave(&self, group: &str) -> Result<Stop, ProbeError> {
        let (kind, name) = self.named_group(group)?;
        let described = self.browser.site().target().group(&kind);
        if described.is_none_or(|group| group.leave.is_empty()) {
            return Err(ProbeError::NotOffered(format!("leave a `{kind}`")));
        }
        let membership = self.membership(&id_of(&kind, &name));
        self.walk.at_its_pace().await;
        let told = self.walk.leave(&membership).await?;
        Ok(ended("leave", &told))
    }

    /// The group of this kind in which this tab acts where nobody says which: one that it is in, or else one of this
    /// name, which it makes and joins. If neither can be had, why.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn group_to_act_in(
        &self,
        kind: Option<&str>,
        fresh: &str,
    ) -> Result<Result<String, String>, ProbeError> {
        let target = self.browser.site().target();
        let Some(kind) = self.kind_of_group(kind) else {
            return Ok(Err("the target file has several kinds of group".to_owned()));
        };
        let mut own = self.browser.site().groups.of(&self.inbox.place, &kind);
        own.sort();
        if let Some(own) = own.into_iter().next() {
            return Ok(Ok(own));
        }
        let Some(group) = target.group(&kind) else {
            return Ok(Err(format!("the target file has no `{kind}`")));
        };
        if group.create.is_empty() && !group.admits.is_empty() {
            let user = self.place().user.as_ref();
            let Some(name) = user.and_then(|user| group.admitting(user.as_str())) else {
                return Ok(Err(format!(
                    "no `{kind}` of the target file admits this user"
                )));
            };
            let id = id_of(&kind, name);
            let joined = self.join(&id).await?;
            return Ok(match denied(joined) {
                Some(why) => Err(format!(
                    "a `{kind}` that admits its user could not be joined: {why}"
                )),
                None => Ok(id),
            });
        }
        let id = id_of(&kind, fresh);
        if group.create.is_empty() && !group.members.is_empty() {
            return Ok(Err(format!("no `{kind}` of the target file has this user")));
        }
        if group.create.is_empty() && group.join.is_empty() {
            return Ok(Err(format!("nothing says how a `{kind}` is joined")));
        }
        let is_new = self.browser.site().groups.knows(&id).is_none();
        if is_new && !group.create.is_empty() {
            let made = self.create(&id).await?;
            if let Some(why) = denied(made) {
                return Ok(Err(format!(
                    "a `{kind}` of its own could not be made: {why}"
                )));
            }
            if group.create.iter().any(|step| step.joins) {
                return Ok(Ok(id));
            }
        }
        if group.join.is_empty() {
            return Ok(Ok(id));
        }
        let joined = self.join(&id).await?;
        Ok(match denied(joined) {
            Some(why) => Err(format!("a `{kind}` of its own could not be joined: {why}")),
            None => Ok(id),
        })
    }

    /// A group for each parameter of an action that takes one, as [`Self::group_to_act_in`] finds it; or why one cannot
    /// be had.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn groups_for(
        &self,
        action: &str,
        fresh: &str,
    ) -> Result<Result<BTreeMap<String, Given>, String>, ProbeError> {
        let target = self.browser.site().target();
        let takes = { target.action(action).into_iter() }.flat_map(|action| &action.takes);
        let mut given = BTreeMap::new();
        for (name, takes) in takes {
            let Takes::Group(of) = takes else { continue };
            match self.group_to_act_in(of.as_deref(), fresh).await? {
                Ok(group) => _ = given.insert(name.clone(), Given::Group(group)),
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(given))
    }

    fn learn(&self, kind: &str, name: &str, membership: walk::Membership) {
        let id = id_of(kind, name);
        self.see_kept();
        let place = &self.inbox.place;
        let scribe = self.browser.scribe();
        scribe.see_kept(place, |name| membership.value(name));
        self.browser.site().groups.learn(&id, membership.clone());
        crate::lock::lock(&self.memberships).insert(id, membership);
    }

    /// The membership of a group, as this tab knows it, or as whoever made it does.
    pub(super) fn membership(&self, id: &str) -> walk::Membership {
        let own = crate::lock::lock(&self.memberships).get(id).cloned();
        let known = own.or_else(|| self.browser.site().groups.knows(id));
        known.unwrap_or_else(|| {
            let (kind, name) = id.split_once('/').unwrap_or(("", id));
            walk::Membership::unknown(&self.walk, kind, name)
        })
    }

    /// The only group of this kind that this tab is in.
    pub(super) fn own_group(&self, kind: &str) -> Option<String> {
        let mut own = self.browser.site().groups.of(&self.inbox.place, kind);
        own.sort();
        own.dedup();
        match own.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    }

    /// The kind of group that is meant, where the file has one alone or it is named.
    pub(super) fn kind_of_group(&self, named: Option<&str>) -> Option<String> {
        let groups = &self.browser.site().target().groups;
        match (named, groups.as_slice()) {
            (Some(kind), _) => Some(kind.to_owned()),
            (None, [(kind, _)]) => Some(kind.clone()),
            (None, _) => self
                .browser
                .site()
                .target()
                .kind_to_meet_in()
                .map(str::to_owned),
        }
    }

    /// The kind and the name of a group that a scenario names.
    fn named_group(&self, group: &str) -> Result<(String, String), ProbeError> {
        let target = self.browser.site().target();
        let with_kind = group
            .split_once('/')
            .filter(|(kind, _)| target.group(kind).is_some());
        if let Some((kind, name)) = with_kind {
            return Ok((kind.to_owned(), name.to_owned()));
        }
        let kind = self.kind_of_group(None);
        let kind = kind.ok_or_else(|| {
            ProbeError::NotOffered(format!(
                "join `{group}`: write its kind before it, as KIND/{group}"
            ))
        })?;
        Ok((kind, group.to_owned()))
    }
}

/// Why nobody joins a group any more.
fn given_again(to: &str) -> String {
    format!("it has ended, and the server has given its name out again, to `{to}`")
}

/// Why it was not granted.
fn denied(stop: Stop) -> Option<String> {
    match stop {
        Stop::Granted | Stop::Asked => None,
        Stop::Refused(said) => Some(said),
        Stop::Unknown(why) => Some(why),
    }
}

fn ended(asked: &str, told: &walk::Told) -> Stop {
    match &told.answer {
        Answer::Yes => Stop::Granted,
        Answer::No(_) => Stop::Refused(in_one_line(asked, told)),
        Answer::Sent | Answer::Asked => Stop::Asked,
        Answer::Unknown(why) => Stop::Unknown(why.clone()),
    }
}
