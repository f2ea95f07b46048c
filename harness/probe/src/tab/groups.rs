//! Groups that a tab makes, joins and leaves. The scribe writes down how far each membership has come.

use walk::Answer;

use super::Tab;
use super::acting::id_of;
use crate::browser::{Stop, in_one_line};
use crate::error::ProbeError;

impl Tab {
    /// Makes a group: its kind may stand before its name.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn create(&self, group: &str) -> Result<Stop, ProbeError> {
        let (kind, name) = self.named_group(group)?;
        let (membership, told) = self.walk.create(&kind, &name).await?;
        self.learn(&kind, &name, membership);
        Ok(ended("create", &told))
    }

    /// Joins a group that is there.
    ///
    /// # Errors
    /// When there is no such kind of group, or no answer.
    pub async fn join(&self, group: &str) -> Result<Stop, ProbeError> {
        let (kind, name) = self.named_group(group)?;
        let known = self.browser.site().groups.knows(&id_of(&kind, &name));
        let (membership, told) = self.walk.join(&kind, &name, known.as_ref()).await?;
        self.learn(&kind, &name, membership);
        Ok(ended("join", &told))
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
        let told = self.walk.leave(&membership).await?;
        Ok(ended("leave", &told))
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
            (None, _) => None,
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

fn ended(asked: &str, told: &walk::Told) -> Stop {
    match &told.answer {
        Answer::Yes => Stop::Granted,
        Answer::No(_) => Stop::Refused(in_one_line(asked, told)),
        Answer::Sent | Answer::Asked => Stop::Asked,
        Answer::Unknown(why) => Stop::Unknown(why.clone()),
    }
}
