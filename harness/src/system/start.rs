//! Starts a system of our own with users of its own, and opens a site at it.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::UserName;
use probe::{ProbeError, Site, Target};
use url::Url;

use super::local::{Local, StartPlace};
use crate::failure::Failure;

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

/// Whether anybody is at the target's address. One that the harness starts has said that it listens.
pub(crate) async fn knock(target: &Target) -> Result<(), Failure> {
    if target.start.is_some() {
        return Ok(());
    }
    let knocked = site(target.clone())?.knock().await;
    knocked.map_err(|error| {
        Failure::world(
            error,
            target
                .base
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            "start the server, or give the address at which it listens",
        )
    })
}

/// Passwords for the users of a system of our own.
pub(crate) fn fresh_passwords<'a>(
    users: impl IntoIterator<Item = &'a UserName>,
) -> BTreeMap<UserName, String> {
    let fresh = |user: &UserName| (user.clone(), fresh_password());
    users.into_iter().map(fresh).collect()
}

/// The passwords of these users: those that are known, those in the target file, or fresh ones for a system that the
/// users are added to. Where nobody logs in, nobody has one.
pub(crate) fn passwords(
    target: &Target,
    known: Option<&BTreeMap<UserName, String>>,
    users: &[UserName],
) -> Result<BTreeMap<UserName, String>, Failure> {
    let adds_users = target
        .start
        .as_ref()
        .is_some_and(|start| !start.add_users.is_empty())
        || !target.users.register.is_empty();
    let one = |user: &UserName| {
        let of_file = target.users.known.get(user.as_str());
        let of_file = of_file.and_then(|facts| facts.get("password")?.as_str().map(str::to_owned));
        let known = known.and_then(|known| known.get(user).cloned());
        let fresh = || adds_users.then(fresh_password);
        let nobody = || target.login.is_none().then(String::new);
        let password = known.or(of_file).or_else(fresh).or_else(nobody);
        let password = password.ok_or_else(|| {
            Failure::input(
                format!("there is no password for `{user}`"),
                "--passwords",
                format!("add a line {user}=PASSWORD, or `users: {{{user}: {{password: …}}}}` to the target file"),
            )
        })?;
        Ok((user.clone(), password))
    };
    users.iter().map(one).collect()
}

fn fresh_password() -> String {
    format!("{:032x}", rand::random::<u128>())
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
    let place = StartPlace {
        folder: target.folder.clone(),
        base: target.base.clone(),
    };
    let starting = tokio::task::spawn_blocking(move || {
        Local::start(&how, place, fault.as_deref(), &passwords)
    });
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
    let base = Url::parse(local.address()).map_err(|error| {
        Failure::world(
            format!("the target's address is no URL: {error}"),
            local.address(),
            "correct `ready` in the target file's `start`",
        )
    })?;
    target.base = Some(base);
    Ok(Some(local))
}

/// Drops what holds a server, and waits: ending a server blocks until its process has ended.
pub(crate) async fn end(holder: impl Send + 'static) {
    let ending = tokio::task::spawn_blocking(move || drop(holder));
    // A drop that panics has reported that by the panic.
    let _ = ending.await;
}
