//! The command `smoke`: a deployment looked at from outside, on one screen.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use deploy_checks::{Host, outside};
use evidence::UserName;
use url::Url;

use super::interrupt::until_interrupted;
use super::reports::ReportOptions;
use super::screen::end_with_reports;
use crate::failure::Failure;
use crate::report::outlet::write_all;
use crate::report::smoke::Smoke;
use crate::system::aim::Aim;
use crate::system::{files, start};

/// Where the passwords may stand instead of in a file.
pub(super) const PASSWORDS: &str = "AIRTIGHT_PASSWORDS";

/// Which deployment, and two of its users.
#[derive(Args)]
pub(super) struct SmokeOptions {
    /// The deployment's address, as https://host
    url: Url,
    /// A user of the deployment; name two. Without --passwords, the password comes from the lines of the
    /// environment variable AIRTIGHT_PASSWORDS, or you are asked for it.
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// A file with a line NAME=PASSWORD for each user.
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,
    /// A target file: how to talk to the deployment. The reference server's by default.
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,
    /// Connect to this address, whatever the name in the URL resolves to.
    #[arg(long, value_name = "ADDRESS")]
    connect_to: Option<IpAddr>,
    /// Trust the certificate authority in this PEM file too.
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    #[command(flatten)]
    reports: ReportOptions,
    /// Print only the verdict.
    #[arg(long, short)]
    quiet: bool,
}

/// Checks the deployment, prints what was found, and returns the exit code.
pub(super) fn smoke(options: SmokeOptions) -> Result<u8, Failure> {
    if !matches!(options.url.scheme(), "http" | "https") || options.url.host().is_none() {
        return Err(Failure::input(
            format!("`{}` is no address of a deployment", options.url),
            "URL",
            "give it as https://host",
        ));
    }
    let users = users(&options)?;
    let inputs = [&options.target, &options.passwords, &options.cacert];
    let inputs: Vec<&Path> = inputs.into_iter().filter_map(Option::as_deref).collect();
    let reports = options.reports.checked(&inputs)?;
    let mut target = files::read_target(options.target.as_deref())?;
    let aim = Aim {
        url: Some(options.url.clone()),
        connect_to: options.connect_to,
        trust: options.cacert.clone(),
    };
    aim.point(&mut target);
    let host = Host::new(target, users).map_err(start::no_site)?;
    let started = Instant::now();
    let outcomes = until_interrupted(async { Ok(outside::run(&host).await) })?;
    let report = Smoke::new(&options.url, started.elapsed(), outcomes);
    let mut out = io::stdout().lock();
    let written = if options.quiet {
        report.write_verdict(&mut out)
    } else {
        report.write(&mut out)
    };
    let reports = write_all(&reports, |format| report.render(format));
    end_with_reports(written, reports, report.verdict.exit_code())
}

/// The users with their passwords: from the file, the environment or a prompt.
fn users(options: &SmokeOptions) -> Result<Vec<(UserName, String)>, Failure> {
    let known: BTreeMap<UserName, String> = match (&options.passwords, std::env::var(PASSWORDS)) {
        (Some(file), _) => files::read_passwords(file)?,
        (None, Ok(text)) => files::passwords_in(&text, PASSWORDS)?,
        (None, Err(_)) => BTreeMap::new(),
    };
    if options.user.is_empty() {
        return Ok(known.into_iter().collect());
    }
    let mut users = Vec::new();
    for name in &options.user {
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
