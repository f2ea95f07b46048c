//! Who somebody is for the target: users, sessions, owners, strangers, and what every request carries.

use std::collections::BTreeMap;
use std::time::Duration;

use reading::fields::Fields;
use reading::node::Node;
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};
use serde_json::Value;

use crate::language::json::JsonTemplate;
use crate::language::step::{Step, headers, pairs, read_all};
use crate::language::template::Template;
use crate::language::words::{flag, is_none, texts, time};

/// Whose something is: of the tab that acted, of its session, or of its user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// The tab that acted.
    Tab,
    /// Its session, which is a browser that is logged in.
    #[default]
    Session,
    /// Its user, in every browser.
    User,
}

/// The words for an owner.
pub(crate) const OWNERS: [(&str, Owner); 3] = [
    ("tab", Owner::Tab),
    ("session", Owner::Session),
    ("user", Owner::User),
];

/// Whether somebody who has not logged in may be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strangers {
    /// They are refused.
    #[default]
    Refused,
    /// They may do what users do: then what a login would prove is not applicable.
    Welcome,
}

/// The words for strangers.
pub(crate) const STRANGERS: [(&str, Strangers); 2] = [
    ("refused", Strangers::Refused),
    ("welcome", Strangers::Welcome),
];

/// The identity that must be new at each login.
#[derive(Clone, Debug)]
pub struct Session {
    /// What carries it.
    pub carrier: Carrier,
    /// How long it lasts.
    pub lasts: Option<Duration>,
    /// How a scenario ends it early, as if its time had passed.
    pub expire: Vec<Step>,
    /// Whether a logout ends it for whoever has copied what carries it, and not in the browser alone.
    pub is_revoked: bool,
}

/// What carries a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Cookies of these names; a `*` at the end stands for any letters.
    Cookie(Vec<String>),
    /// A value that a login keeps.
    Kept(String),
}

/// What is known about the users before anything is done.
#[derive(Clone, Debug, Default)]
pub struct Users {
    /// What the file says of each: a password, an id, and whatever its steps need.
    pub known: BTreeMap<String, BTreeMap<String, Value>>,
    /// How one is made.
    pub register: Vec<Step>,
    /// Names that differ only in their letters' case are one user.
    pub are_folded: bool,
}

/// What goes with every request and every handshake, beside the cookies.
#[derive(Clone, Debug, Default)]
pub struct Carries {
    /// Where it stands.
    pub at: Spot,
    /// Headers.
    pub headers: Vec<(String, Template)>,
    /// A part of the query.
    pub query: Vec<(Template, JsonTemplate)>,
}

pub(crate) fn session(node: &Node) -> Result<Option<Session>, Wrong> {
    if is_none(node) {
        return Ok(None);
    }
    let mut fields = Fields::of(
        node,
        "`session`",
        &["cookie", "kept", "lasts", "expire", "revoked"],
    )?;
    let carrier = match (fields.take("cookie"), fields.take("kept")) {
        (Some(cookie), None) => Carrier::Cookie(texts(cookie, "cookie")?),
        (None, Some(kept)) => Carrier::Kept(kept.text("kept")?.to_owned()),
        (Some(_), Some(kept)) => {
            return wrong(
                kept.key(),
                "a session has two carriers",
                "keep `cookie`, or `kept`",
            );
        }
        (None, None) => {
            return wrong(
                node.at(),
                "`session` does not say what carries it",
                "add `cookie: NAME` or `kept: NAME`, or write `session: none`",
            );
        }
    };
    Ok(Some(Session {
        carrier,
        lasts: { fields.take("lasts").map(|node| time(node, "lasts")) }.transpose()?,
        expire: fields
            .take("expire")
            .map_or(Ok(Vec::new()), |node| read_all(node, "expire"))?,
        is_revoked: { fields.take("revoked") }.map_or(Ok(false), |node| flag(node, "revoked"))?,
    }))
}

pub(crate) fn known_users(node: &Node) -> Result<BTreeMap<String, BTreeMap<String, Value>>, Wrong> {
    let one = |(user, facts): &(String, Node)| {
        let facts = facts.map(user)?.iter();
        let facts = facts.map(|(name, node)| (name.clone(), node.json()));
        Ok((user.clone(), facts.collect()))
    };
    node.map("users")?.iter().map(one).collect()
}

pub(crate) fn carries(node: &Node) -> Result<Carries, Wrong> {
    let mut fields = Fields::of(node, "`carries`", &["headers", "query"])?;
    Ok(Carries {
        at: node.at(),
        headers: headers(fields.take("headers"))?,
        query: pairs(fields.take("query"), "query")?,
    })
}
