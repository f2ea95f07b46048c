//! The system under test: its target file, its users' passwords, and its start where the harness may do
//! that. In: what the command line named. Out: a target whose base is where the system answers.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evidence::UserName;
use probe::{ProbeError, Site, Target};
use url::Url;

use crate::failure::Failure;
use crate::local::Local;

/// The target that is started when none is named.
const REFERENCE: &str = include_str!("../../scenarios/targets/reference.yaml");

/// Where a running system is, and how to get there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aim {
    /// Its address; none: the harness starts one.
    pub(crate) url: Option<Url>,
    /// Where to connect in place of where the name leads.
    pub(crate) connect_to: Option<IpAddr>,
    /// A PEM file of the authority to trust.
    pub(crate) trust: Option<PathBuf>,
}

impl Aim {
    /// Points the target at the running system, if there is one; it is not started then.
    pub(crate) fn point(&self, target: &mut Target) {
        let Some(url) = &self.url else { return };
        target.base = url.clone();
        target.start = None;
        target.connect_to = self.connect_to.or(target.connect_to);
        if self.trust.is_some() {
            target.trust.clone_from(&self.trust);
        }
    }
}

/// A site at the target.
pub(crate) fn site(target: Target) -> Result<Arc<Site>, Failure> {
    Site::new(target).map_err(no_site)
}

/// Why there is none.
pub(crate) fn no_site(error: ProbeError) -> Failure {
    match error {
        ProbeError::Trust { .. } => Failure::input(error, "--cacert", "name a certificate in PEM"),
        error => Failure::world(error, "TLS", "repair the system's OpenSSL"),
    }
}

/// The target file, or the reference server's.
pub(crate) fn read_target(file: Option<&Path>) -> Result<Target, Failure> {
    let (text, at) = match file {
        None => (REFERENCE.to_owned(), "the built-in target".to_owned()),
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| {
                Failure::input(
                    format!("cannot read the target file: {error}"),
                    path.display(),
                    "name a target file that this user may read",
                )
            })?;
            (text, path.display().to_string())
        }
    };
    Target::parse(&text).map_err(|error| {
        let at = error
            .line
            .map_or_else(|| at.clone(), |line| format!("{at}:{line}"));
        Failure::input(error.message, at, error.fix)
    })
}

/// NAME=PASSWORD lines.
pub(crate) fn read_passwords(path: &Path) -> Result<BTreeMap<UserName, String>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::input(
            format!("cannot read the passwords: {error}"),
            path.display(),
            "name a file of NAME=PASSWORD lines",
        )
    })?;
    passwords_in(&text, &path.display().to_string())
}

/// The lines of a text that came from `place`.
pub(crate) fn passwords_in(text: &str, place: &str) -> Result<BTreeMap<UserName, String>, Failure> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| match line.split_once('=') {
            Some((name, password)) => Ok((UserName::from(name.trim()), password.to_owned())),
            None => Err(Failure::input(
                "a line that is no NAME=PASSWORD",
                format!("{place}:{}", index + 1),
                "write one user a line",
            )),
        })
        .collect()
}

/// Passwords for the users of a system of our own.
pub(crate) fn fresh_passwords<'a>(
    users: impl IntoIterator<Item = &'a UserName>,
) -> BTreeMap<UserName, String> {
    let fresh = |user: &UserName| (user.clone(), format!("{:032x}", rand::random::<u128>()));
    users.into_iter().map(fresh).collect()
}

/// A running system has users of its own, and one that does not run must say how to start it.
pub(crate) fn check(target: &Target, aim: &Aim, has_passwords: bool) -> Result<(), Failure> {
    if aim.url.is_some() && !has_passwords {
        return Err(Failure::input(
            "a running system has users of its own",
            "--url",
            "name a file of NAME=PASSWORD lines with --passwords",
        ));
    }
    if aim.url.is_none() && target.start.is_none() {
        return Err(Failure::input(
            "the target file does not say how to start it",
            "--target",
            "name a running system with --url, or add `start` to the target file",
        ));
    }
    Ok(())
}

/// Starts it with these users, and points the target at it. A target without a `start` runs already.
pub(crate) async fn start(
    target: &mut Target,
    fault: Option<&str>,
    passwords: &BTreeMap<UserName, String>,
) -> Result<Option<Local>, Failure> {
    let Some(how) = target.start.clone() else {
        return Ok(None);
    };
    let (fault, passwords) = (fault.map(str::to_owned), passwords.clone());
    let starting =
        tokio::task::spawn_blocking(move || Local::start(&how, fault.as_deref(), &passwords));
    let local = match starting.await {
        Ok(Ok(local)) => local,
        Ok(Err(error)) => return Err(Failure::world(&error, "the target's start", error.fix())),
        Err(_) => {
            return Err(Failure::world(
                "the start failed inside the harness",
                "the target's start",
                "report this",
            ));
        }
    };
    target.base = Url::parse(local.address()).map_err(|error| {
        Failure::world(
            format!("the target's address is no URL: {error}"),
            local.address(),
            "mend `ready_line` in the target file",
        )
    })?;
    Ok(Some(local))
}
