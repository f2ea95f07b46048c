//! What a user of a load does all day, if the target offers it, and what of that is measured.

use probe::Target;

use crate::figures::{CONNECT, DELIVERY};

/// One user in this many floods.
const FLOODERS: usize = 5;
/// The kinds of actions that a user starts, if the target has them. The last one is started as soon as something
/// of another has arrived. Its events then wait in the target's queue for the next tick, where they can be
/// lost.
const WORK: [&str; 3] = ["countdown", "popups", "modals"];
/// The action that a flooder starts.
pub const FLOOD: &str = "flood";

/// What a user does all day.
#[derive(Clone, Debug)]
pub enum Role {
    /// Starts these kinds of actions and follows them.
    Works(Vec<String>),
    /// Produces more events than anybody can read.
    Floods,
}

impl Role {
    /// The role of the user at `index`; `None` if the target has no action that can be followed.
    #[must_use]
    pub fn of(index: usize, target: &Target) -> Option<Self> {
        let kinds = &target.actions.kinds;
        if index % FLOODERS == 1 && kinds.contains_key(FLOOD) {
            return Some(Self::Floods);
        }
        let known = |name: &&str| kinds.get(*name).is_some_and(|kind| !kind.yields.is_empty());
        let work: Vec<String> = WORK
            .iter()
            .filter(|name| known(name))
            .map(|name| (*name).to_owned())
            .collect();
        (!work.is_empty()).then_some(Self::Works(work))
    }
}

/// Whether this event comes from an action, so that its delivery is measured.
#[must_use]
pub fn is_due(target: &Target, event: &str) -> bool {
    let kinds = target.actions.kinds.values();
    kinds
        .flat_map(|kind| kind.yields.keys())
        .any(|name| name == event)
}

/// The names of everything that a load on `target` measures.
#[must_use]
pub fn measured(target: &Target) -> Vec<String> {
    let (login, logout, start) = (&target.login, &target.logout, &target.actions.start);
    let list = target.actions.list.iter();
    [
        format!("GET {}", login.page),
        format!("POST {}", login.page),
    ]
    .into_iter()
    .chain([CONNECT.to_owned(), DELIVERY.to_owned()])
    .chain(
        [start, logout]
            .into_iter()
            .chain(list)
            .map(|call| format!("{} {}", call.method, call.path)),
    )
    .collect()
}
