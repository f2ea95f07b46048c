//! Who takes part in a schedule: users whose names a careless server mixes up, or those whom the target knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::UserName;
use probe::Target;

use crate::failure::Failure;
use crate::system::aim::Aim;
use crate::system::cast::known_users;
use crate::system::start::fresh_password;

/// Names that a careless server mixes up, or fails on. No name is in two groups, so that a schedule of each group can
/// run on one server. The third of a group takes part where an action is for a user or a group.
const NAMES: [[&str; MOST]; 9] = [
    ["alice", "bob", "carol"],
    ["a", "a_b", "a_b_c"],
    ["strasse", "straße", "strasze"],
    // Written with a combining accent; the server keeps the composed form.
    ["eve", "e\u{301}ve", "eve_"],
    ["ann-lee", "ann.lee", "ann lee"],
    ["שלום", "<b>carol", "dave"],
    ["x", LONG, "xx"],
    ["..%2f..%2fpasswd", "&amp;", "heidi"],
    ["O'Neil \"quoted\"", "o_neil__quoted_", "oneil"],
];
/// Names that any target takes: one that makes its users by a form may have rules for them.
const PLAIN: [&str; MOST] = ["alice", "bob", "carol"];
/// Two hundred characters.
const LONG: &str = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijjjjjjjjjjaaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijjjjjjjjjj";

/// The most users of a schedule, and the fewest.
pub(crate) const MOST: usize = 3;
const FEWEST: usize = 2;

/// How many schedules can run on one server: each needs users of its own.
pub(crate) const GROUPS: usize = NAMES.len();

/// The users of one schedule.
pub(crate) type Group = Arc<[String]>;

/// Groups of users, so that no user is in two.
#[derive(Clone, Debug)]
pub(crate) struct Users {
    pub(super) groups: Vec<Group>,
    /// Their passwords, where they are the target's own.
    pub(super) passwords: Option<BTreeMap<UserName, String>>,
}

impl Default for Users {
    fn default() -> Self {
        Self::made(FEWEST)
    }
}

impl Users {
    /// Who takes part on this target, so many in each schedule if there are as many.
    ///
    /// # Errors
    /// Fewer than two users are known.
    pub(super) fn of(
        target: &Target,
        known: Option<&BTreeMap<UserName, String>>,
        aim: &Aim,
        wanted: usize,
    ) -> Result<Self, Failure> {
        let adds = target.start.as_ref();
        let adds = adds.is_some_and(|start| !start.add_users.is_empty());
        let registers = !target.users.register.is_empty();
        let known = known_users(target, known);
        let is_open = !target.needs_passwords() && target.users.known.is_empty();
        if registers && known.len() < FEWEST {
            return Ok(Self::registered(aim.is_running(target), wanted));
        }
        if (adds && !registers) || (is_open && known.is_empty()) {
            return Ok(Self::made(wanted));
        }
        let mut names: Vec<String> = known.keys().map(|user| user.as_str().to_owned()).collect();
        if names.len() < FEWEST {
            return Err(Failure::input(
                format!(
                    "exploring takes two users, and {} known",
                    match names.len() {
                        0 => "none is",
                        _ => "one is",
                    }
                ),
                "users",
                "add `users: {alice: {password: …}, bob: {password: …}}` to the target file, or name a file of NAME=PASSWORD lines with --passwords",
            ));
        }
        // The usual ones first: rights of the file are often theirs.
        names.sort_by_key(|name| PLAIN.iter().position(|plain| plain == name).unwrap_or(MOST));
        let size = wanted.min(names.len());
        let groups = names.chunks_exact(size).map(Arc::from);
        Ok(Self {
            groups: groups.collect(),
            passwords: Some(known),
        })
    }

    /// Users who are added to a server that starts, or need no password.
    fn made(wanted: usize) -> Self {
        let group = |names: &[&str; MOST]| {
            let names = names.iter().take(wanted);
            names.map(|name| (*name).to_owned()).collect()
        };
        Self {
            groups: NAMES.iter().map(group).collect(),
            passwords: None,
        }
    }

    /// Users who are made by the steps of the file; new ones on a server that may know those of an earlier search.
    fn registered(is_running: bool, wanted: usize) -> Self {
        let mark = match is_running {
            true => format!("{:06x}", rand::random::<u32>() & 0x00ff_ffff),
            false => String::new(),
        };
        let names: Vec<String> = { PLAIN.iter().take(wanted) }
            .map(|name| format!("{name}{mark}"))
            .collect();
        let passwords = names
            .iter()
            .map(|name| (UserName::from(name.as_str()), fresh_password()));
        Self {
            passwords: Some(passwords.collect()),
            groups: vec![names.into()],
        }
    }

    /// The names of a group.
    pub(super) fn group(&self, number: usize) -> Group {
        Arc::clone(&self.groups[number % self.groups.len()])
    }
}
