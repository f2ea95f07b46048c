//! Who plays the users of a scenario: themselves, where the target knows their names or gets users of its own, or else
//! others whom the target knows.

use std::collections::BTreeMap;

use evidence::UserName;
use probe::Target;

use super::start::fresh_password;

/// The users of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cast {
    /// By the scenario's names.
    pub(crate) passwords: BTreeMap<UserName, String>,
    /// Whom the target knows by another name than the scenario.
    stand_ins: BTreeMap<UserName, UserName>,
}

impl From<BTreeMap<UserName, String>> for Cast {
    fn from(passwords: BTreeMap<UserName, String>) -> Self {
        Self {
            passwords,
            ..Self::default()
        }
    }
}

/// Why nobody can play some users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoCast {
    /// The users for whom there is nobody.
    missing: Vec<UserName>,
    needed: usize,
    known: usize,
    /// Nobody else may stand in for a user.
    by_name: bool,
    /// Users log in with a password.
    has_login: bool,
}

impl NoCast {
    /// What is missing.
    pub(crate) fn told(&self) -> String {
        let one = &self.missing[0];
        let lacks = match self.has_login {
            true => "there is no password for",
            false => "the target file says nothing of",
        };
        if self.by_name {
            return format!("{lacks} `{one}`, and nobody stands in where the names are tested");
        }
        let Self { needed, known, .. } = self;
        format!("{lacks} `{one}`: {needed} users take part, and {known} are known")
    }

    /// How to mend it.
    pub(crate) fn fix(&self) -> String {
        let one = &self.missing[0];
        format!(
            "add a line {one}=PASSWORD to the file of --passwords, or to the target file `users: {{{one}: {{password: …}}}}`, `register: …` or `without: [more users]`"
        )
    }
}

impl Cast {
    /// Finds somebody for each user. A user whom nobody knows is played by the next one whom the target knows and nobody
    /// plays, but for a scenario that is about the names.
    pub(crate) fn of(
        target: &Target,
        known: Option<&BTreeMap<UserName, String>>,
        users: &[UserName],
        by_name: bool,
    ) -> Result<Self, NoCast> {
        let adds = target.start.as_ref();
        let adds = adds.is_some_and(|start| !start.add_users.is_empty());
        // Without a password anybody is welcome, unless the steps need what the file says of each user.
        let is_described = target.users.known.values().any(|facts| !facts.is_empty());
        let is_open = !target.needs_passwords() && !is_described;
        let is_free = adds || !target.users.register.is_empty() || is_open;
        let known = known_users(target, known);
        let mut others = known.iter().filter(|(name, _)| !users.contains(name));
        let (mut cast, mut missing) = (Self::default(), Vec::new());
        for user in users {
            let password = match known.get(user) {
                Some(password) => password.clone(),
                None if is_open => String::new(),
                None if is_free => fresh_password(),
                None if by_name => {
                    missing.push(user.clone());
                    continue;
                }
                None => {
                    let Some((name, password)) = others.next() else {
                        missing.push(user.clone());
                        continue;
                    };
                    cast.stand_ins.insert(user.clone(), name.clone());
                    password.clone()
                }
            };
            cast.passwords.insert(user.clone(), password);
        }
        if missing.is_empty() {
            return Ok(cast);
        }
        Err(NoCast {
            missing,
            needed: users.len(),
            known: known.len(),
            by_name,
            has_login: target.needs_passwords(),
        })
    }

    /// The user as the target knows them.
    pub(crate) fn name<'a>(&'a self, user: &'a UserName) -> &'a UserName {
        self.stand_ins.get(user).unwrap_or(user)
    }

    /// The passwords by the target's names.
    pub(crate) fn by_name(&self) -> BTreeMap<UserName, String> {
        let all = self.passwords.iter();
        all.map(|(user, password)| (self.name(user).clone(), password.clone()))
            .collect()
    }
}

/// Whoever is known with a password: by the file of passwords, or else by the target file.
pub(crate) fn known_users(
    target: &Target,
    known: Option<&BTreeMap<UserName, String>>,
) -> BTreeMap<UserName, String> {
    let of_file = target.users.known.iter().filter_map(|(user, facts)| {
        let password = facts.get("password").and_then(|password| password.as_str());
        let password = password.or_else(|| (!target.needs_passwords()).then_some(""))?;
        Some((UserName::from(user.as_str()), password.to_owned()))
    });
    let mut all: BTreeMap<UserName, String> = of_file.collect();
    all.extend(
        known
            .into_iter()
            .flatten()
            .map(|(user, password)| (user.clone(), password.clone())),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(more: &str) -> Target {
        let text = format!(
            "target: x\nlogin: {{post: /login, form: {{password: '{{password}}'}}}}\nactions: {{}}\nusers: {{bob: {{password: b}}, carol: {{password: c}}, dave: {{password: d}}}}\n{more}"
        );
        targets::read("target.yaml", &text).expect("a target")
    }

    fn cast(target: &Target, users: &[&str], by_name: bool) -> Result<Cast, NoCast> {
        let users: Vec<UserName> = users.iter().map(|user| UserName::from(*user)).collect();
        Cast::of(target, None, &users, by_name)
    }

    #[test]
    fn who_is_not_known_is_played_by_the_next_whom_nobody_plays() {
        let cast = cast(&target(""), &["alice", "bob", "eve"], false).expect("enough");
        let plays = |user: &str| cast.name(&UserName::from(user)).as_str().to_owned();
        assert_eq!(
            [plays("alice"), plays("bob"), plays("eve")],
            ["carol", "bob", "dave"]
        );
        assert_eq!(cast.passwords[&UserName::from("alice")], "c");
        let by_name: Vec<UserName> = cast.by_name().into_keys().collect();
        assert_eq!(by_name, ["bob", "carol", "dave"].map(UserName::from));
    }

    #[test]
    fn too_few_users_and_other_names_are_told() {
        let none = cast(&target(""), &["alice", "bob", "eve", "mallory"], false).err();
        let told = none.expect("too few").told();
        assert_eq!(
            told,
            "there is no password for `mallory`: 4 users take part, and 3 are known"
        );
        let none = cast(&target(""), &["bob", "alice"], true).err();
        let told = none.expect("others").told();
        assert_eq!(
            told,
            "there is no password for `alice`, and nobody stands in where the names are tested"
        );
    }

    #[test]
    fn without_a_login_anybody_plays_unless_the_file_describes_its_users() {
        let open = |users: &str| {
            let text = format!("target: x\nlogin: none\nactions: {{}}\n{users}");
            targets::read("target.yaml", &text).expect("a target")
        };
        assert!(cast(&open(""), &["alice", "a_b"], true).is_ok());
        let described = open("users: {bob: {id: 1}, carol: {id: 2}}\n");
        let found = cast(&described, &["alice", "bob"], false).expect("enough");
        assert_eq!(found.name(&UserName::from("alice")).as_str(), "carol");
        let none = cast(&described, &["alice", "bob", "eve"], false).err();
        let told = none.expect("too few").told();
        assert_eq!(
            told,
            "the target file says nothing of `eve`: 3 users take part, and 2 are known"
        );
    }

    #[test]
    fn a_target_that_makes_users_gets_those_of_the_scenario() {
        let register = target("register: {post: /register}\n");
        let cast = cast(&register, &["alice", "bob"], true).expect("made");
        assert_eq!(cast.name(&UserName::from("alice")).as_str(), "alice");
        assert_ne!(cast.passwords[&UserName::from("alice")], "");
        assert_eq!(cast.passwords[&UserName::from("bob")], "b");
    }
}
