//! Groups: rooms, topics, channels, documents, which users join and leave.

use std::collections::{BTreeMap, BTreeSet};

use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::Wrong;

use super::identity::{OWNERS, Owner};
use crate::language::predicate::Predicate;
use crate::language::step::{Step, read_all};
use crate::language::template::Name;
use crate::language::words::{flag, one_of, texts};

/// A kind of group.
#[derive(Clone, Debug)]
pub struct Group {
    /// How one is made; without it, it is there.
    pub create: Vec<Step>,
    /// How it is joined.
    pub join: Vec<Step>,
    /// How it is left.
    pub leave: Vec<Step>,
    /// How the server ends a membership.
    pub lost: Option<Predicate>,
    /// Who is no member must be refused.
    pub is_closed: bool,
    /// Members of groups that are there already, by the group's name.
    pub members: BTreeMap<String, Vec<String>>,
    /// Who may join groups that are there already, by the group's name.
    pub admits: BTreeMap<String, Vec<String>>,
    /// Who is a member: the tab that joined, its session, or its user.
    pub member: Owner,
}

impl Group {
    /// The users of a group that is there already: its members, or who may join it.
    #[must_use]
    pub fn listed(&self, name: &str) -> Option<&Vec<String>> {
        self.members.get(name).or_else(|| self.admits.get(name))
    }

    /// The name of a group that is there and that this user may join.
    #[must_use]
    pub fn admitting(&self, user: &str) -> Option<&str> {
        let mut all = self.admits.iter();
        let found = all.find(|(_, users)| users.iter().any(|known| known == user));
        found.map(|(name, _)| name.as_str())
    }

    /// What its making keeps, and whoever joins or leaves it sends: the server knows the group by that.
    #[must_use]
    pub fn kept_names(&self) -> Vec<&str> {
        let mut sent = BTreeSet::new();
        for step in self.join.iter().chain(&self.leave) {
            step.each_name_before(&mut |name| {
                if let Name::Kept(kept) = name
                    && kept.of.is_none()
                {
                    sent.insert(kept.name.as_str());
                }
            });
        }
        let kept = self.create.iter().flat_map(|step| &step.keep);
        let names = kept.map(|(name, _)| name.as_str());
        names.filter(|name| sent.contains(name)).collect()
    }
}

pub(crate) const KEYS: [&str; 8] = [
    "create", "join", "leave", "lost", "closed", "members", "admits", "member",
];

pub(crate) fn group(node: &Node, name: &str) -> Result<Group, Wrong> {
    let mut fields = Fields::of(node, &format!("the group `{name}`"), &KEYS)?;
    let mut steps = |key: &str| -> Result<Vec<Step>, Wrong> {
        fields
            .take(key)
            .map_or(Ok(Vec::new()), |node| read_all(node, key))
    };
    let (create, join, leave) = (steps("create")?, steps("join")?, steps("leave")?);
    Ok(Group {
        create,
        join,
        leave,
        lost: {
            fields
                .take("lost")
                .map(|node| Predicate::read(node, "lost"))
        }
        .transpose()?,
        is_closed: fields
            .take("closed")
            .map_or(Ok(false), |node| flag(node, "closed"))?,
        members: fields
            .take("members")
            .map_or(Ok(BTreeMap::new()), |node| by_name(node, "members"))?,
        admits: fields
            .take("admits")
            .map_or(Ok(BTreeMap::new()), |node| by_name(node, "admits"))?,
        member: fields
            .take("member")
            .map_or(Ok(Owner::Tab), |node| one_of(node, "member", &OWNERS))?,
    })
}

fn by_name(node: &Node, what: &str) -> Result<BTreeMap<String, Vec<String>>, Wrong> {
    let all = node.map(what)?.iter();
    all.map(|(group, node)| Ok((group.clone(), texts(node, group)?)))
        .collect()
}
