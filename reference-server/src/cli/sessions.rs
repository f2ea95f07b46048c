//! `reference-server session`: an operator lists and ends sessions while a server is running.
//!
//! The two processes communicate through files: the command removes a session's file and leaves a notice. The server
//! then checks which files were removed, within about a second, and disconnects the sockets of those sessions.

use std::io;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use diagnostics::Place;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::failure::Failure;
use super::print::print;
use crate::ground::clock::Clock;
use crate::ground::folded_name::FoldedName;
use crate::identity::session_key::SessionKey;
use crate::identity::store::{Store, Stored};
use crate::settings::Settings;

#[derive(Subcommand)]
pub(super) enum SessionCommand {
    /// List the current sessions: id, start, end and user.
    List {
        /// Only sessions of this user.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// End sessions by id, all sessions of one user, or all sessions.
    End {
        /// The ids that `list` shows.
        #[arg(required_unless_present_any = ["user", "all"], conflicts_with_all = ["user", "all"])]
        ids: Vec<String>,
        /// All sessions of this user.
        #[arg(long, value_name = "NAME", conflicts_with = "all")]
        user: Option<String>,
        /// All sessions of all users.
        #[arg(long)]
        all: bool,
    },
    /// Remove the files of sessions that have expired.
    Prune,
}

/// One session, as its file describes it.
struct Found {
    id: String,
    file: String,
    stored: Stored,
}

impl Found {
    fn is_of(&self, user: Option<&FoldedName>) -> bool {
        user.is_none_or(|user| self.stored.user.as_deref() == Some(user.as_str()))
    }

    fn described(&self) -> String {
        let Self { id, stored, .. } = self;
        let user = stored.user.as_deref().unwrap_or("(guest)");
        format!(
            "{id}  {}  {}  {user}",
            time_text(stored.created),
            time_text(stored.expires)
        )
    }
}

pub(super) fn run(
    folder: Option<PathBuf>,
    env_file: Option<&Path>,
    command: SessionCommand,
) -> Result<(), Failure> {
    let folder = folder.map_or_else(|| Settings::session_folder(env_file), Ok)?;
    let store = Store::beside(&folder);
    let all = read_all(&store).map_err(|error| cannot_use(&folder, &error))?;
    let now = Clock::default().now();
    let (live, expired): (Vec<Found>, Vec<Found>) = all
        .into_iter()
        .partition(|found| found.stored.expires > now);
    let ending = match command {
        SessionCommand::List { user } => {
            let user = folded(user)?;
            let own = live.iter().filter(|found| found.is_of(user.as_ref()));
            return print(own.map(Found::described));
        }
        SessionCommand::Prune => expired,
        SessionCommand::End { ids, user, .. } => {
            let user = folded(user)?;
            choose(live, &ids, user.as_ref(), &folder)?
        }
    };
    end(&store, &folder, &ending)
}

/// Ends every session of these users. Without a folder there are no sessions.
pub(super) fn end_of(env_file: Option<&Path>, users: &[FoldedName]) -> Result<(), Failure> {
    let folder = Settings::session_folder(env_file)?;
    if !folder.exists() {
        return Ok(());
    }
    let store = Store::beside(&folder);
    let mut all = read_all(&store).map_err(|error| cannot_use(&folder, &error))?;
    all.retain(|found| users.iter().any(|user| found.is_of(Some(user))));
    end(&store, &folder, &all)
}

fn end(store: &Store, folder: &Path, ending: &[Found]) -> Result<(), Failure> {
    let remove = || {
        for found in ending {
            store.remove(&found.file)?;
        }
        if ending.is_empty() {
            return Ok(());
        }
        store.sync()?;
        store.give_notice()
    };
    remove().map_err(|error| cannot_use(folder, &error))?;
    print([match ending.len() {
        1 => "ended 1 session".to_owned(),
        n_sessions => format!("ended {n_sessions} sessions"),
    }])
}

/// All sessions, the oldest first.
fn read_all(store: &Store) -> io::Result<Vec<Found>> {
    let mut all: Vec<Found> = store
        .peek()?
        .into_iter()
        .map(|(file, stored)| Found {
            id: SessionKey::of_file(&file).public(),
            file,
            stored,
        })
        .collect();
    all.sort_by(|one, other| (one.stored.created, &one.id).cmp(&(other.stored.created, &other.id)));
    Ok(all)
}

fn cannot_use(folder: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("cannot use the session folder: {error}"),
        Place::named(folder.display()),
        "name the server's settings with --env-file, and run this as a user who may write that folder",
        4,
    )
}

/// The sessions with these ids. Without ids: the sessions of the user, or of everybody.
fn choose(
    live: Vec<Found>,
    ids: &[String],
    user: Option<&FoldedName>,
    folder: &Path,
) -> Result<Vec<Found>, Failure> {
    let known = |id: &&String| live.iter().any(|found| found.id == **id);
    if let Some(unknown) = ids.iter().find(|id| !known(id)) {
        return Err(Failure::new(
            format!("there is no session `{unknown}`"),
            Place::named(folder.display()),
            "see `reference-server session list`",
            2,
        ));
    }
    let is_chosen = |found: &Found| match ids {
        [] => found.is_of(user),
        ids => ids.contains(&found.id),
    };
    Ok(live.into_iter().filter(is_chosen).collect())
}

fn folded(user: Option<String>) -> Result<Option<FoldedName>, Failure> {
    let folded = user.map(|user| FoldedName::fold(&user)).transpose();
    folded.map_err(Failure::from)
}

fn time_text(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| seconds.to_string())
}
