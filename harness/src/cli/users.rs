//! Users with their passwords: from a file, the environment or a prompt.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::path::Path;

use evidence::UserName;
use targets::Target;

use crate::failure::Failure;
use crate::system::cast::Cast;
use crate::system::files;

/// Where the passwords may stand instead of in a file.
pub(super) const PASSWORDS: &str = "AIRTIGHT_PASSWORDS";

/// These users with their passwords; all of the file or the environment where none is named.
pub(super) fn users(
    names: &[String],
    passwords: Option<&Path>,
) -> Result<Vec<(UserName, String)>, Failure> {
    let known = given(passwords)?;
    if names.is_empty() {
        return Ok(known.into_iter().collect());
    }
    let mut users = Vec::new();
    for name in names {
        once(
            users
                .iter()
                .map(|(user, _): &(UserName, String)| user.as_str()),
            name,
        )?;
        let name = UserName::from(name.as_str());
        let password = match known.get(&name) {
            Some(password) => password.clone(),
            None => prompted(name.as_str(), "")?,
        };
        users.push((name, password));
    }
    Ok(users)
}

/// Users of this target with their passwords: those who are named, or two whom the target knows or gets. Where nobody logs
/// in, a user needs none.
pub(super) fn users_of(
    target: &Target,
    names: &[String],
    passwords: Option<&Path>,
) -> Result<Vec<(String, String)>, Failure> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (user, facts) in &target.users.known {
        if let Some(password) = facts.get("password").and_then(|password| password.as_str()) {
            known.insert(user.clone(), password.to_owned());
        } else if !facts.is_empty() {
            known.insert(user.clone(), String::new());
        }
    }
    let given = given(passwords)?.into_iter();
    known.extend(given.map(|(user, password)| (user.to_string(), password)));
    if names.is_empty() {
        return usual(target, known);
    }
    let mut users: Vec<(String, String)> = Vec::new();
    for name in names {
        once(users.iter().map(|(user, _)| user.as_str()), name)?;
        let password = match known.get(name) {
            Some(password) => password.clone(),
            None if !target.needs_passwords() => String::new(),
            None if target.start.is_some() => {
                let user = UserName::from(name.as_str());
                let found = cast(target, std::slice::from_ref(&user))?;
                found.into_values().next().unwrap_or_default()
            }
            None => {
                let or = format!(", or `{name}: {{password: …}}` to `users` in the target file");
                prompted(name, &or)?
            }
        };
        users.push((name.clone(), password));
    }
    Ok(users)
}

/// The passwords of the file, or else of the environment.
fn given(passwords: Option<&Path>) -> Result<BTreeMap<UserName, String>, Failure> {
    match (passwords, std::env::var(PASSWORDS)) {
        (Some(file), _) => files::read_passwords(file),
        (None, Ok(text)) => files::passwords_in(&text, PASSWORDS),
        (None, Err(_)) => Ok(BTreeMap::new()),
    }
}

/// Two users of this target where nobody is named.
fn usual(
    target: &Target,
    known: BTreeMap<String, String>,
) -> Result<Vec<(String, String)>, Failure> {
    let starts = target.start.as_ref();
    let adds_users = starts.is_some_and(|start| !start.add_users.is_empty());
    if (adds_users || !target.users.register.is_empty()) && known.len() < 2 {
        let two = ["alice", "bob"].map(UserName::from);
        let passwords = cast(target, &two)?.into_iter();
        return Ok(passwords
            .map(|(user, password)| (user.to_string(), password))
            .collect());
    }
    let users: Vec<(String, String)> = known.into_iter().take(2).collect();
    if !users.is_empty() {
        return Ok(users);
    }
    if !target.needs_passwords() {
        // Where nobody has a password, anybody will do.
        let anybody = ["alice", "bob"].map(|name| (name.to_owned(), String::new()));
        return Ok(anybody.into());
    }
    Err(Failure::input(
        "nobody is there to log in",
        "--user",
        "name two users, as --user alice --user bob",
    ))
}

/// Refuses a name that stands among these.
fn once<'a>(mut others: impl Iterator<Item = &'a str>, name: &str) -> Result<(), Failure> {
    if others.any(|other| other == name) {
        return Err(Failure::input(
            format!("`{name}` is named twice"),
            "--user",
            "name two different users",
        ));
    }
    Ok(())
}

/// A password that nothing says, from whoever sits at the terminal; `or` is one more place where it could stand.
fn prompted(name: &str, or: &str) -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("password of {name}: "))
            .map_err(|error| Failure::world(error, "the terminal", "give --passwords FILE"));
    }
    Err(Failure::input(
        format!("there is no password for `{name}`"),
        "--user",
        format!("add a line {name}=PASSWORD to the file of --passwords, or to {PASSWORDS}{or}"),
    ))
}

/// The passwords of users whom the start adds, or who are in the file.
fn cast(target: &Target, users: &[UserName]) -> Result<BTreeMap<UserName, String>, Failure> {
    let cast = Cast::of(target, None, users, true);
    let cast = cast.map_err(|nobody| Failure::input(nobody.told(), "--user", nobody.fix()))?;
    Ok(cast.passwords)
}
