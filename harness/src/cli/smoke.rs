//! The command `smoke`: a deployment looked at from outside, on one screen.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use deploy_checks::{Host, outside};
use url::Url;

use super::interrupt::until_interrupted;
use super::reports::ReportOptions;
use super::screen::end_with_reports;
use super::users::users;
use crate::failure::Failure;
use crate::report::outlet::write_all;
use crate::report::smoke::Smoke;
use crate::system::aim::Aim;
use crate::system::{files, start};

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
    let users = users(&options.user, options.passwords.as_deref())?;
    let inputs = [&options.target, &options.passwords, &options.cacert];
    let inputs: Vec<&Path> = inputs.into_iter().filter_map(Option::as_deref).collect();
    let reports = options.reports.checked(&inputs)?;
    let mut target = files::read_target(options.target.as_deref())?;
    let aim = Aim {
        url: Some(options.url.clone()),
        connect_to: options.connect_to,
        trust: options.cacert.clone(),
        takes_base: false,
        authorized: Vec::new(),
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
