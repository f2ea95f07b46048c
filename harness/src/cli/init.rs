//! The command `init`: the first target file of a system, by looking at it.

use std::fs;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use draft::{Draft, DraftError, Trial, Wish, draft};
use evidence::Verdict;
use url::Url;

use super::interrupt::until_interrupted;
use super::progress::progress;
use super::screen::{complain, end};
use super::users::users;
use crate::failure::Failure;
use crate::input;

/// Which system, and what is known of it.
#[derive(Args)]
pub(super) struct InitOptions {
    /// The address of a system that runs, as http://127.0.0.1:3000
    url: Url,
    /// A user of the system, who tries the login that is found; may be repeated. Without one, only GET requests and
    /// handshakes are sent. The passwords are given as for `smoke`.
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// A file with a line NAME=PASSWORD for each user.
    #[arg(long, value_name = "FILE", requires = "user")]
    passwords: Option<PathBuf>,
    /// An OpenAPI description of the system, in JSON or YAML. Without it, the usual paths are asked for one.
    #[arg(long, value_name = "FILE")]
    openapi: Option<PathBuf>,
    /// An AsyncAPI description of the system's socket, in JSON or YAML.
    #[arg(long, value_name = "FILE")]
    asyncapi: Option<PathBuf>,
    /// Connect to this address, whatever the name in the URL resolves to.
    #[arg(long, value_name = "ADDRESS")]
    connect_to: Option<IpAddr>,
    /// Trust the certificate authority in this PEM file too.
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Where to write the file; to standard output by default.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long, requires = "out")]
    force: bool,
    /// Do not list what was asked.
    #[arg(long, short)]
    quiet: bool,
}

/// Looks at the system, writes its file, and returns the exit code.
pub(super) fn init(options: &InitOptions) -> Result<u8, Failure> {
    if let Some(out) = options.out.as_deref().filter(|_| !options.force)
        && fs::symlink_metadata(out).is_ok()
    {
        return Err(is_there(out));
    }
    let wish = wish(options)?;
    let progress = progress(options.quiet);
    progress.set_message("looking");
    let origin = wish.url.origin().ascii_serialization();
    let ended = until_interrupted(async {
        draft(&wish)
            .await
            .map_err(|error| failure(&error, &origin, options))
    });
    progress.finish_and_clear();
    let draft = ended?;
    if !options.quiet {
        tell(&draft);
    }
    let written = match &options.out {
        None => io::stdout().lock().write_all(draft.text.as_bytes()),
        Some(out) => {
            write(out, &draft.text, options.force)?;
            Ok(())
        }
    };
    end(written, code(&draft, &origin))
}

fn is_there(out: &Path) -> Failure {
    Failure::input(
        "there is a file of this name",
        out.display(),
        "name another with --out, or replace it with --force",
    )
}

fn wish(options: &InitOptions) -> Result<Wish, Failure> {
    let users = match options.user.as_slice() {
        [] => Vec::new(),
        names => users(names, options.passwords.as_deref())?,
    };
    let text = |file: &Option<PathBuf>, flag: &str| {
        let read = file
            .as_deref()
            .map(|file| input::read_text(file).map_err(|error| (file, error)));
        read.transpose().map_err(|(file, error)| {
            let what = format!("cannot read the file of {flag}: {error}");
            Failure::input(what, file.display(), "name a description in JSON or YAML")
        })
    };
    let no_certificate =
        |why: &dyn std::fmt::Display| Failure::input(why, "--cacert", "name a certificate in PEM");
    let trust = options.cacert.as_deref().map(input::read).transpose();
    let trust = trust.map_err(|error| no_certificate(&error))?;
    let host = options.url.host_str().unwrap_or_default();
    let connect_to = options.connect_to.map(|to| (host, to));
    let way = draft::way(connect_to, trust.as_deref()).map_err(|error| no_certificate(&error))?;
    let pairs = users
        .into_iter()
        .map(|(user, password)| (user.to_string(), password));
    Ok(Wish {
        url: options.url.clone(),
        way,
        users: pairs.collect(),
        openapi: text(&options.openapi, "--openapi")?,
        asyncapi: text(&options.asyncapi, "--asyncapi")?,
    })
}

fn failure(error: &DraftError, origin: &str, options: &InitOptions) -> Failure {
    match error {
        DraftError::Address => Failure::input(error, "URL", "give it as http://127.0.0.1:3000"),
        DraftError::Tls(_) => Failure::world(error, "TLS", "repair the system's OpenSSL"),
        DraftError::NoAnswer(_) => Failure::world(
            error,
            origin,
            "start the system, or give the address at which it listens",
        ),
        DraftError::Description(kind) => {
            let file = if *kind == "OpenAPI" {
                &options.openapi
            } else {
                &options.asyncapi
            };
            let file = file.as_deref().unwrap_or_else(|| Path::new("-"));
            Failure::input(error, file.display(), "name a description in JSON or YAML")
        }
    }
}

/// What was asked and what came, on standard error: standard output may be the file.
fn tell(draft: &Draft) {
    complain(format!("{} requests and handshakes:", draft.asked.len()));
    for line in &draft.asked {
        complain(format!("  {line}"));
    }
}

fn write(out: &Path, text: &str, replaces: bool) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::world(error, out.display(), "name a place that can be written")
    };
    if replaces {
        return whole_file::write(out, text).map_err(|error| failed(&error));
    }
    // Whoever made a file of this name meanwhile keeps it.
    match fs::File::create_new(out) {
        Ok(mut file) => file
            .write_all(text.as_bytes())
            .map_err(|error| failed(&error)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(is_there(out)),
        Err(error) => Err(failed(&error)),
    }
}

/// 3 where the login was not granted, or nothing was recognised: the file needs its author.
fn code(draft: &Draft, origin: &str) -> u8 {
    match &draft.trial {
        Trial::Refused(words) => {
            complain(format!("undecided: the login was not granted: {words}"));
            Verdict::Undecided.exit_code()
        }
        _ if !draft.is_something => {
            complain(format!("undecided: nothing was recognised at {origin}"));
            Verdict::Undecided.exit_code()
        }
        Trial::Granted | Trial::NotTried => 0,
    }
}
