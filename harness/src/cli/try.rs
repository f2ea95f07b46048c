//! `airtight try`: a target file is walked on a target that runs or is started, and what does not fit is told with its line in the
//! file. `airtight check --target` reads the file only.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use targets::Target;
use trial::{File, Fits, Plan, Trial, TrialError};
use url::Url;

use super::duration::time;
use super::interrupt::until_interrupted;
use super::screen::{complain, end};
use super::target_file::{parsed, read};
use super::users::users_of;
use crate::failure::Failure;
use crate::input;
use crate::system::aim::Aim;
use crate::system::{files, server, start};

/// Which target file, on which target, and as whom.
#[derive(Args)]
pub(super) struct TryOptions {
    /// The target file.
    #[arg(long, value_name = "FILE")]
    target: PathBuf,
    /// The address of the target, where it runs already. By default it is started as `start` in the file says, or is
    /// looked for at `base`.
    #[arg(long)]
    url: Option<Url>,
    /// A user of the target; name two. By default the first two for whom there is a password. The password comes from
    /// --passwords, from the lines of the environment variable AIRTIGHT_PASSWORDS, from `users` in the file, or you are
    /// asked for it. Where the start adds users, they get passwords of their own.
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// A file with a line NAME=PASSWORD for each user.
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,
    /// Connect to this address, whatever the name in --url resolves to.
    #[arg(long, value_name = "ADDRESS")]
    connect_to: Option<IpAddr>,
    /// Trust the certificate authority in this PEM file too.
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// How long all tabs stay idle, as `30s` or `2m`: a target may close those that send nothing.
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = time)]
    idle: Duration,
    /// How long an answer or an event may take where the file says nothing.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    patience: Duration,
}

/// Walks the file, tells what came, and gives the exit code.
pub(super) fn try_target(options: &TryOptions) -> Result<u8, Failure> {
    let (name, text) = read(&options.target)?;
    let Some(mut target) = parsed(&name, &text) else {
        return Ok(2);
    };
    target.folder = files::folder_of(&options.target);
    let aim = Aim {
        url: options.url.clone(),
        connect_to: options.connect_to,
        trust: options.cacert.clone(),
        takes_base: true,
        authorized: Vec::new(),
    };
    aim.point(&mut target);
    if target.start.is_none() && target.base.is_none() {
        return Err(Failure::input(
            "nothing says where the target is",
            "--url",
            "give the address at which it runs, as --url http://127.0.0.1:3000, or write `start` into the target file",
        ));
    }
    let plan = Walk {
        name: &name,
        text: &text,
        users: users_of(&target, &options.user, options.passwords.as_deref())?,
        options,
    };
    let (told, trial) = until_interrupted(plan.take(target))?;
    let mut out = io::stdout();
    let written = write!(out, "{told}\n\n{}\n", trial::told(&trial)).and_then(|()| out.flush());
    for diagnostic in trial.diagnostics() {
        complain(format!("{}\n", diagnostic.styled()));
    }
    let written = written.and_then(|()| writeln!(out, "{}", trial::verdict(&trial)));
    let code = match trial.fits() {
        Fits::Yes => 0,
        Fits::No => 2,
        Fits::Unknown => 3,
    };
    end(written, code)
}

/// A walk that is about to be taken.
struct Walk<'a> {
    name: &'a str,
    text: &'a str,
    users: Vec<(String, String)>,
    options: &'a TryOptions,
}

impl Walk<'_> {
    /// Starts the target where the file says how, walks the file, and ends what was started. Gives where the target was,
    /// and the trial.
    async fn take(self, mut target: Target) -> Result<(String, Trial), Failure> {
        let passwords = self.users.iter();
        let passwords = passwords.map(|(user, password)| (user.as_str().into(), password.clone()));
        let local = start::start(&mut target, None, &passwords.collect()).await?;
        let walked = self.walk(target).await;
        server::end(local).await;
        walked
    }

    async fn walk(self, target: Target) -> Result<(String, Trial), Failure> {
        let base = target.base.clone().ok_or_else(|| {
            Failure::input(
                "nothing says where the target is",
                self.name,
                "write `base` or `start` into the target file",
            )
        })?;
        let trust = self.options.cacert.as_ref().or(target.trust.as_ref());
        let trust = trust.map(|path| pem(path)).transpose()?;
        let connect_to = self.options.connect_to.or(target.connect_to);
        let way = trial::way(&base, connect_to, trust.as_deref());
        let way = way.map_err(|error| no_trial(error, &base))?;
        let told = format!("{} at {base}", target.name);
        let plan = Plan {
            file: File::new(self.name, self.text),
            target,
            base: base.clone(),
            way,
            users: self.users,
            idle: self.options.idle,
            patience: self.options.patience,
        };
        let trial = trial::run(plan).await;
        let trial = trial.map_err(|error| no_trial(error, &base))?;
        Ok((told, trial))
    }
}

fn pem(path: &Path) -> Result<String, Failure> {
    input::read_text(path)
        .map_err(|error| Failure::input(error, path.display(), "name a certificate in PEM"))
}

fn no_trial(error: TrialError, base: &Url) -> Failure {
    match error {
        TrialError::NobodyThere(error) => Failure::world(
            error,
            base,
            "start the target, or give the address at which it listens",
        ),
        error @ TrialError::Trust(_) => {
            Failure::input(error, "--cacert", "name a certificate in PEM")
        }
    }
}
