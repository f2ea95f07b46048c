//! Starts a system of our own with users of its own, and opens a site at it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::sync::Arc;

use evidence::{Scene, UserName};
use probe::{Browser, ProbeError, Recorder, Site, Target};
use url::Url;

use super::local::{Local, StartPlace};
use super::server::Server;
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

/// Makes these users known to a system of our own, where its file says how.
///
/// # Errors
/// There is no answer.
pub(crate) async fn register(target: &Target, users: &[(UserName, String)]) -> Result<(), Failure> {
    if target.users.register.is_empty() {
        return Ok(());
    }
    let failed = |error: &dyn Display| {
        let fix = "correct `register` in the target file: `airtight try` shows what came";
        Failure::world(error, "the registration", fix)
    };
    let site = site(target.clone())?;
    let recorder = Recorder::start(&Scene::default(), io::sink());
    let (recorder, _) = recorder.map_err(|error| failed(&error))?;
    for (user, password) in users {
        let browser = Browser::new(Arc::clone(&site), "register", recorder.clone());
        let registered = browser.register(user, password).await;
        // Somebody who is there already is refused, and a login says whether they are.
        let _ = registered.map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Passwords for the users of a system of our own.
pub(crate) fn fresh_passwords<'a>(
    users: impl IntoIterator<Item = &'a UserName>,
) -> BTreeMap<UserName, String> {
    let fresh = |user: &UserName| (user.clone(), fresh_password());
    users.into_iter().map(fresh).collect()
}

/// A password for a user of a system of our own.
pub(crate) fn fresh_password() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Starts it with these users, and points the target at it. A target without a `start` runs already.
pub(crate) async fn start(
    target: &mut Target,
    fault: Option<&str>,
    passwords: &BTreeMap<UserName, String>,
) -> Result<Option<Server>, Failure> {
    let Some(how) = target.start.clone() else {
        return Ok(None);
    };
    if let Some(fault) = fault.filter(|_| how.fault.is_empty()) {
        return Err(Failure::input(
            format!("the target file does not say how the fault `{fault}` is opened"),
            "--fault",
            "add `fault: [--fault, \"{fault}\"]` under `start`, or leave --fault out",
        ));
    }
    let (fault, passwords) = (fault.map(str::to_owned), passwords.clone());
    let place = StartPlace {
        folder: target.folder.clone(),
        base: target.base.clone(),
    };
    let starting = tokio::task::spawn_blocking(move || {
        Local::start(&how, place, fault.as_deref(), &passwords).map(Server::of)
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
