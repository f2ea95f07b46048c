//! Users with their passwords: from a file, the environment or a prompt.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::path::Path;

use evidence::UserName;

use crate::failure::Failure;
use crate::system::files;

/// Where the passwords may stand instead of in a file.
pub(super) const PASSWORDS: &str = "AIRTIGHT_PASSWORDS";

/// These users with their passwords; all of the file or the environment where none is named.
pub(super) fn users(
    names: &[String],
    passwords: Option<&Path>,
) -> Result<Vec<(UserName, String)>, Failure> {
    let known: BTreeMap<UserName, String> = match (passwords, std::env::var(PASSWORDS)) {
        (Some(file), _) => files::read_passwords(file)?,
        (None, Ok(text)) => files::passwords_in(&text, PASSWORDS)?,
        (None, Err(_)) => BTreeMap::new(),
    };
    if names.is_empty() {
        return Ok(known.into_iter().collect());
    }
    let mut users = Vec::new();
    for name in names {
        let name = UserName::from(name.as_str());
        let password = match known.get(&name) {
            Some(password) => password.clone(),
            None if io::stdin().is_terminal() => {
                rpassword::prompt_password(format!("password of {name}: ")).map_err(|error| {
                    Failure::world(error, "the terminal", "give --passwords FILE")
                })?
            }
            None => {
                return Err(Failure::input(
                    format!("there is no password for `{name}`"),
                    "--user",
                    format!(
                        "add a line {name}=PASSWORD to the file of --passwords, or to {PASSWORDS}"
                    ),
                ));
            }
        };
        if users.iter().any(|(other, _)| *other == name) {
            return Err(Failure::input(
                format!("`{name}` is named twice"),
                "--user",
                "name two different users",
            ));
        }
        users.push((name, password));
    }
    Ok(users)
}
