//! The library's front: a server, a scenario that is run against it, and what the judge found.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use evidence::{Finding, UserName, Verdict};
use probe::{ClientKind, Target};
use url::Url;

use crate::failure::Failure;
use crate::history::record;
use crate::report::history::Report;
use crate::scenario::content::Scenario;
use crate::scenario::error::ScenarioError;
use crate::scenario::file;
use crate::suite::case::Case;
use crate::suite::entry::entry;
use crate::suite::plan::Parts;
use crate::suite::players::Players;
use crate::suite::setting::Setting;
use crate::system::aim::Aim;
use crate::system::{files, start};

impl Scenario {
    /// Reads and checks a scenario file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or something in it cannot work: the error says where, and how to fix it.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        file::read(path.as_ref())
    }
}

/// A target file: how to talk to a server, and how to start it.
#[derive(Clone, Debug)]
pub struct TargetFile(Target);

impl TargetFile {
    /// Reads a target file. `airtight schema target` prints its format.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or it is no target file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Failure> {
        files::read_target(Some(path.as_ref())).map(Self)
    }
}

/// A server under test.
#[derive(Debug)]
pub struct Server(Setting);

impl Server {
    /// A server that runs already, with the names and passwords of its users.
    ///
    /// # Errors
    ///
    /// `url` is no URL.
    pub fn at<'a>(
        url: &str,
        target: TargetFile,
        users: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Failure> {
        let url = Url::parse(url).map_err(|error| {
            Failure::input(
                error,
                url,
                "give the server's address, as http://127.0.0.1:8080",
            )
        })?;
        let aim = Aim {
            url: Some(url),
            ..Aim::default()
        };
        let users = users.into_iter();
        let passwords = users.map(|(user, password)| (UserName::from(user), password.to_owned()));
        Self::aimed(&aim, target, Some(passwords.collect()))
    }

    /// A server that is started for each run as the target file says, with users of its own, and ended after it.
    ///
    /// # Errors
    ///
    /// The target file does not say how to start it.
    pub fn started_by(target: TargetFile) -> Result<Self, Failure> {
        Self::aimed(&Aim::default(), target, None)
    }

    fn aimed(
        aim: &Aim,
        TargetFile(mut target): TargetFile,
        passwords: Option<BTreeMap<UserName, String>>,
    ) -> Result<Self, Failure> {
        aim.check(&target, passwords.is_some())?;
        aim.point(&mut target);
        Ok(Self(Setting {
            target,
            passwords,
            fault: None,
            seed: rand::random(),
            parts: Parts::default(),
            players: Players::default(),
            folder: PathBuf::from("airtight-history"),
            shared: None,
        }))
    }

    /// Writes the histories into a folder below this one, in place of `airtight-history`.
    #[must_use]
    pub fn with_history_in(self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self(Setting { folder, ..self.0 })
    }

    /// Chooses everything random by this seed; each server has a new one otherwise.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self(Setting { seed, ..self.0 })
    }

    /// Runs a scenario, and judges the history that it leaves.
    ///
    /// The future needs a multi-threaded Tokio runtime with its clock and its network.
    ///
    /// # Errors
    ///
    /// It could not be found out what the server does: it did not start, it did not answer, or the history could not
    /// be written. A rule that the server breaks is no error but a violated finding of the judgement.
    pub async fn run(&self, scenario: &Scenario) -> Result<Judgement, Failure> {
        let Self(setting) = self;
        // Without an answer, every finding would be undecided, which sounds as if there were something to judge.
        start::knock(&setting.target).await?;
        let setting = Setting {
            folder: record::folder(&setting.folder, setting.seed)?,
            ..setting.clone()
        };
        let case = Case::of(scenario.clone(), ClientKind::Own);
        let entry = entry(&setting, &case).await?;
        let stopped = entry.error().map(str::to_owned);
        let stopped = stopped.filter(|_| !entry.is_violated());
        let judged = entry.into_report();
        if let Some(why) = stopped {
            let seen = judged.as_ref().map_or_else(
                || "start the server by hand, and try again".to_owned(),
                |(_, history)| format!("read in {} what was seen until then", history.display()),
            );
            return Err(Failure::told(&format!("error: {why}\n  = fix: {seen}")));
        }
        let judged = judged.map(|(report, history)| Judgement { report, history });
        judged.ok_or_else(|| Failure::world("nothing was judged", "the harness", "report this"))
    }
}

/// What the judge found in the history of a run. Its `Display` is the screen of `airtight recheck`: every finding with
/// its witnesses.
#[derive(Debug)]
pub struct Judgement {
    report: Report,
    history: PathBuf,
}

impl Judgement {
    /// The worst of the findings.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.report.verdict
    }

    /// The name of each property that was judged, and what was found.
    pub fn findings(&self) -> impl Iterator<Item = (&str, &Finding)> {
        let findings = self.report.findings.iter();
        findings.map(|judged| (judged.property, &judged.finding))
    }

    /// The file of the history: `airtight recheck FILE` judges it again.
    #[must_use]
    pub fn history(&self) -> &Path {
        &self.history
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut screen = Vec::new();
        self.report
            .write_terminal(&mut screen)
            .map_err(|_| fmt::Error)?;
        f.write_str(&String::from_utf8_lossy(&screen))
    }
}
