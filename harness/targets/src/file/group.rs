//! Groups: rooms, topics, channels, documents, which users join and leave.

use std::collections::BTreeMap;

use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::Wrong;

use super::identity::{OWNERS, Owner};
use crate::language::predicate::Predicate;
use crate::language::step::{Step, read_all};
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
    /// Who is a member: the tab that joined, its session, or its user.
    pub member: Owner,
}

pub(crate) const KEYS: [&str; 7] = [
    "create", "join", "leave", "lost", "closed", "members", "member",
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
            .map_or(Ok(BTreeMap::new()), members)?,
        member: fields
            .take("member")
            .map_or(Ok(Owner::Tab), |node| one_of(node, "member", &OWNERS))?,
    })
}

fn members(node: &Node) -> Result<BTreeMap<String, Vec<String>>, Wrong> {
    let all = node.map("members")?.iter();
    all.map(|(group, node)| Ok((group.clone(), texts(node, group)?)))
        .collect()
}
