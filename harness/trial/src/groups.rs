//! The groups that actions need: made where the file says how, and joined by one tab of each user.

use std::collections::BTreeMap;

use targets::file::group::Group;
use targets::language::step::{Granted, Step};
use walk::{Answer, Membership, Tab, Told, WalkError};

use crate::amiss::Around;
use crate::audience::Members;
use crate::finding::Finding;
use crate::login::{ended, is_in};
use crate::seen::named;
use crate::stage::{Stage, Trying};

/// A group that is there.
#[derive(Clone)]
pub(crate) struct Joined {
    pub(crate) members: Members,
    /// What each user's acting tab knows of it.
    pub(crate) by_user: BTreeMap<String, Membership>,
}

/// The groups of each kind.
pub(crate) type Groups = BTreeMap<String, Vec<Joined>>;

impl Trying {
    /// The groups of each kind of the file, with the acting tab of each user in one.
    pub(crate) async fn groups(&mut self, stage: &Stage) -> Groups {
        let mut all = Groups::new();
        let kinds: Vec<String> = { self.target().groups.iter() }
            .map(|(kind, _)| kind.clone())
            .collect();
        for kind in kinds {
            let Some(group) = self.target().group(&kind).cloned() else {
                continue;
            };
            let mut joined = Vec::new();
            if group.create.is_empty() && !group.members.is_empty() {
                for (name, users) in &group.members {
                    joined.extend(self.group(&kind, &group, name, users, stage).await);
                }
            } else if group.create.is_empty() && !group.admits.is_empty() {
                for (name, users) in &group.admits {
                    joined.extend(self.group(&kind, &group, name, users, stage).await);
                }
            } else {
                let name = format!("airtight{:08x}", rand::random::<u32>());
                joined.extend(self.group(&kind, &group, &name, &[], stage).await);
            }
            all.insert(kind, joined);
        }
        all
    }

    /// One group. Where the file names its members, nobody else joins it.
    async fn group(
        &mut self,
        kind: &str,
        group: &Group,
        name: &str,
        users: &[String],
        stage: &Stage,
    ) -> Option<Joined> {
        let mut tabs: Vec<Tab> = { self.users.iter() }
            .filter(|(user, _)| users.is_empty() || users.contains(user))
            .filter_map(|(user, _)| stage.tab_of(user).cloned())
            .collect();
        let mut joined = Joined {
            members: Members {
                joined: Vec::new(),
                member: group.member,
                users: group.members.get(name).cloned().unwrap_or_default(),
                is_sure: true,
            },
            by_user: BTreeMap::new(),
        };
        let mut made = None;
        if !group.create.is_empty() {
            let maker = tabs.first()?.clone();
            let ended = maker.create(kind, name).await;
            let (membership, _) = self.in_group(kind, "create", &group.create, &maker, ended)?;
            if group.create.iter().any(|step| step.joins) {
                joined.take(&maker, &membership);
                tabs.remove(0);
            }
            made = Some(membership);
        }
        for tab in &tabs {
            let ended = tab.join(kind, name, made.as_ref()).await;
            let found = self.in_group(kind, "join", &group.join, tab, ended);
            if let Some((membership, answer)) = found {
                // One whose yes is what comes later is known by that.
                let is_heard = |step: &Step| matches!(step.granted, Some(Granted::Heard { .. }));
                if matches!(answer, Answer::Asked | Answer::Sent)
                    && !group.join.iter().any(is_heard)
                {
                    self.unconfirmed_join(kind);
                }
                joined.members.is_sure &= matches!(answer, Answer::Yes);
                joined.take(tab, &membership);
            }
        }
        Some(joined)
    }

    /// Nobody knows who is in a group that everybody joins without an answer.
    fn unconfirmed_join(&mut self, kind: &str) {
        let what = format!(
            "nothing says that the join of a `{kind}` was granted: by the file nobody is in it, and nothing is due to them"
        );
        let fix = "add `granted` to `join`, as {ack: any} or {event: NAME}, or {after: 1s} where nothing answers and that is time enough";
        let at = self.file.spot(&["groups", kind, "join"]);
        let finding = Finding::open(at, what, fix);
        if !self.notes.findings.contains(&finding) {
            self.notes.finding(finding);
        }
    }

    /// How making or joining a group ended.
    fn in_group(
        &mut self,
        kind: &str,
        how: &str,
        steps: &[Step],
        tab: &Tab,
        ended_so: Result<(Membership, Told), WalkError>,
    ) -> Option<(Membership, Answer)> {
        let at = named(tab.whereabouts());
        let events = self.eyes.events(tab.whereabouts());
        let what = format!("the {how} of a `{kind}`");
        let around = Around {
            file: &self.file,
            way: &["groups", kind, how],
            what: &what,
            fields: &[],
            events: &events,
            socket_io: None,
        };
        let (line, found, finding): (String, _, Option<Finding>) = match ended_so {
            Ok((membership, told)) => {
                let found = is_in(&told.answer).then(|| (membership, told.answer.clone()));
                (ended(&told), found, around.amiss(steps, &told))
            }
            Err(error) => (error.to_string(), None, Some(around.failed(&error))),
        };
        if !steps.is_empty() {
            let verb = if how == "create" { "makes it" } else { "joins" };
            self.notes.line(kind, format!("{at} {verb}: {line}"));
        }
        finding
            .into_iter()
            .for_each(|finding| self.notes.finding(finding));
        found
    }
}

impl Joined {
    fn take(&mut self, tab: &Tab, membership: &Membership) {
        let at = tab.whereabouts();
        self.members.joined.push(at.clone());
        let user = at.user.clone().unwrap_or_default();
        self.by_user.insert(user, membership.clone());
    }
}
