//! `reference-server user`: changes and lists the users file.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use diagnostics::Place;

use super::failure::Failure;
use super::print::print;
use super::sessions;
use crate::ground::folded_name::FoldedName;
use crate::identity::password::{self, Cost};
use crate::identity::users::{self, User, UsersError};
use crate::settings::Settings;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add users. Asks for each password, or reads one per line from standard input.
    Add {
        /// Their names.
        #[arg(required = true)]
        names: Vec<String>,
        /// How much work it takes to guess a password.
        #[arg(long, value_enum, default_value = "standard")]
        cost: Cost,
    },
    /// List the names.
    List,
    /// Remove users and end their sessions. With `--users-file`, their sessions go on.
    Remove {
        /// Their names.
        #[arg(required = true)]
        names: Vec<String>,
    },
}

pub(super) fn run(
    file: Option<PathBuf>,
    env_file: Option<&Path>,
    command: UserCommand,
) -> Result<(), Failure> {
    // With only a users file given, the session folder is not known.
    let knows_sessions = file.is_none();
    let file = file.map_or_else(|| Settings::users_file(env_file), Ok)?;
    match command {
        UserCommand::List => list(&file),
        UserCommand::Add { names, cost } => add(&file, &names, cost),
        UserCommand::Remove { names } => {
            // Held until the sessions have ended: a new user of the same name would get the old user's sessions.
            let _lock = users::lock(&file)?;
            let removed = remove(&file, &names)?;
            if knows_sessions {
                return sessions::end_of(env_file, &removed);
            }
            print(removed.iter().map(not_ended))
        }
    }
}

fn list(file: &Path) -> Result<(), Failure> {
    let all = users::read(file)?;
    print(all.iter().map(|user| user.user.as_str().to_owned()))
}

fn add(file: &Path, names: &[String], cost: Cost) -> Result<(), Failure> {
    let mut new: Vec<FoldedName> = Vec::new();
    for name in names {
        let folded = FoldedName::fold(name)?;
        if new.contains(&folded) {
            return Err(taken(&folded, file));
        }
        new.push(folded);
    }
    none_exists(file, &users::read(file)?, &new)?;
    let mut added = Vec::new();
    for name in &new {
        let hash = password::hash(name, &read_password(name)?, cost)?;
        let user = name.clone();
        added.push(User { user, hash });
    }
    // Not locked while somebody types a password, so that another process that adds users waits only for the file.
    let _lock = users::lock(file)?;
    let mut all = users::read(file)?;
    none_exists(file, &all, &new)?;
    all.extend(added);
    users::write(file, &all)?;
    done("added to", file, names)
}

/// Removes the users, under the lock of the caller. Returns their names as they are stored.
fn remove(file: &Path, names: &[String]) -> Result<Vec<FoldedName>, Failure> {
    let mut all = users::read(file)?;
    let mut removed = Vec::new();
    for name in names {
        let folded = FoldedName::fold(name)?;
        let before = all.len();
        all.retain(|user| user.user != folded);
        if all.len() == before {
            let (user, path) = (folded.into(), file.to_owned());
            return Err(UsersError::Unknown { user, path }.into());
        }
        removed.push(folded);
    }
    users::write(file, &all)?;
    done("removed from", file, names)?;
    Ok(removed)
}

fn done(what: &str, file: &Path, names: &[String]) -> Result<(), Failure> {
    print([format!("{what} {}: {}", file.display(), names.join(", "))])
}

fn not_ended(name: &FoldedName) -> String {
    let name = name.as_str();
    format!(
        "note: the sessions of {name} have not ended; run: reference-server session end --env-file FILE --user {name}"
    )
}

fn taken(name: &FoldedName, file: &Path) -> Failure {
    let (user, path) = (name.as_str().to_owned(), file.to_owned());
    UsersError::Taken { user, path }.into()
}

fn none_exists(file: &Path, all: &[User], new: &[FoldedName]) -> Result<(), Failure> {
    let existing = new
        .iter()
        .find(|name| all.iter().any(|user| user.user == **name));
    existing.map_or(Ok(()), |name| Err(taken(name, file)))
}

/// Asks twice on a terminal; otherwise takes the next line of standard input.
fn read_password(name: &FoldedName) -> Result<String, Failure> {
    let standard_input = || Place::named("standard input");
    let cannot = |error: io::Error| {
        Failure::new(
            format!("cannot read a password: {error}"),
            standard_input(),
            "give one line per name on standard input",
            2,
        )
    };
    let name = name.as_str();
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line).map_err(cannot)? == 0 {
            return Err(Failure::new(
                format!("there is no password for `{name}`"),
                standard_input(),
                "give one line per name on standard input",
                2,
            ));
        }
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = rpassword::prompt_password(format!("password of {name}: ")).map_err(cannot)?;
    let second = rpassword::prompt_password("again: ").map_err(cannot)?;
    if first != second {
        return Err(Failure::new(
            "the two passwords differ",
            Place::named("the terminal"),
            "type the same password twice",
            2,
        ));
    }
    Ok(first)
}
