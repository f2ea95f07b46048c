//! The command `smoke`: a deployment looked at from outside, on one screen.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use deploy_checks::{Host, outside};
use evidence::UserName;
use targets::Target;
use url::Url;

use super::interrupt::until_interrupted;
use super::reports::ReportOptions;
use super::screen::end_with_reports;
use super::users::{users, users_of};
use crate::failure::Failure;
use crate::report::outlet::write_all;
use crate::report::smoke::Smoke;
use crate::system::aim::Aim;
use crate::system::{files, server, start};

/// Which deployment, and two of its users.
#[derive(Args)]
pub(super) struct SmokeOptions {
    /// The deployment's address, as https://host. Without it, the system is started as the target file says.
    url: Option<Url>,
    /// A user of the deployment; name two. Without --passwords, the password comes from the lines of the
    /// environment variable AIRTIGHT_PASSWORDS, or you are asked for it. A system that is started gets users of its own.
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// Start the system with this known fault open.
    #[arg(long, value_name = "ID", conflicts_with = "url")]
    fault: Option<String>,
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
    if let Some(url) = &options.url
        && (!matches!(url.scheme(), "http" | "https") || url.host().is_none())
    {
        return Err(Failure::input(
            format!("`{url}` is no address of a deployment"),
            "URL",
            "give it as https://host",
        ));
    }
    let inputs = [&options.target, &options.passwords, &options.cacert];
    let inputs: Vec<&Path> = inputs.into_iter().filter_map(Option::as_deref).collect();
    let reports = options.reports.checked(&inputs)?;
    let mut target = files::read_target(options.target.as_deref())?;
    if options.url.is_none() && target.start.is_none() && target.base.is_none() {
        return Err(Failure::input(
            "nothing says where the deployment is",
            "URL",
            "give its address as https://host, or write `start` into the target file",
        ));
    }
    let aim = Aim {
        url: options.url.clone(),
        connect_to: options.connect_to,
        trust: options.cacert.clone(),
        takes_base: true,
        authorized: Vec::new(),
    };
    aim.point(&mut target);
    let passwords = options.passwords.as_deref();
    let users = match target.start {
        None => users(&options.user, passwords)?,
        Some(_) => { users_of(&target, &options.user, passwords)?.into_iter() }
            .map(|(user, password)| (UserName::from(user.as_str()), password))
            .collect(),
    };
    let report = until_interrupted(look_at(target, users, options.fault.as_deref()))?;
    let mut out = io::stdout().lock();
    let written = if options.quiet {
        report.write_verdict(&mut out)
    } else {
        report.write(&mut out)
    };
    let reports = write_all(&reports, |format| report.render(format));
    end_with_reports(written, reports, report.verdict.exit_code())
}

/// Starts the system where its file says how and nobody says where it runs, checks it, and ends it.
async fn look_at(
    mut target: Target,
    users: Vec<(UserName, String)>,
    fault: Option<&str>,
) -> Result<Smoke, Failure> {
    let passwords = users.iter().cloned().collect();
    let server = start::start(&mut target, fault, &passwords).await?;
    if server.is_some() {
        start::register(&target, &users).await?;
    }
    let url = target.base.clone();
    let host = Host::new(target, users).map_err(start::no_site)?;
    let started = Instant::now();
    let outcomes = outside::run(&host).await;
    server::end(server).await;
    Ok(Smoke::new(url.as_ref(), started.elapsed(), outcomes))
}
