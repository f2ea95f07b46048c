//! A target file is walked from the first login to the logout.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use diagnostics::Diagnostic;
use targets::Target;
use thiserror::Error;
use url::Url;
use walk::{Site, WalkError, Way};

use crate::file::File;
use crate::finding::{Finding, Guess, Kind, Line, Notes};
use crate::seen::Eyes;
use crate::stage::{Stage, Trying, hurried};

/// What is tried.
pub struct Plan {
    /// The name and the text of the target file.
    pub file: File,
    /// What it says.
    pub target: Target,
    /// Where the target is.
    pub base: Url,
    /// How to get there.
    pub way: Way,
    /// Users with their passwords. The first two act.
    pub users: Vec<(String, String)>,
    /// How long nobody does anything.
    pub idle: Duration,
    /// How long an answer or an event may take where the file says nothing.
    pub patience: Duration,
}

/// Why nothing could be found out.
#[derive(Debug, Error)]
pub enum TrialError {
    /// Nobody is there.
    #[error(transparent)]
    NobodyThere(WalkError),
    /// What is to be trusted is no certificate.
    #[error("no certificate to trust: {0}")]
    Trust(reqwest::Error),
}

/// The way to a target: another address than the one that its name resolves to, and an authority to trust, in PEM.
///
/// # Errors
/// When the text is no certificate.
pub fn way(base: &Url, connect_to: Option<IpAddr>, trust: Option<&str>) -> Result<Way, TrialError> {
    let trust = trust.map(|pem| reqwest::Certificate::from_pem(pem.as_bytes()));
    let trust = trust.transpose().map_err(TrialError::Trust)?;
    let host = base.host_str().map(str::to_owned);
    let clients = move || {
        let mut client = reqwest::Client::builder();
        if let Some(trust) = &trust {
            client = client.add_root_certificate(trust.clone());
        }
        if let (Some(host), Some(address)) = (&host, connect_to) {
            // Port 0 means the port of the URL.
            client = client.resolve(host, SocketAddr::new(address, 0));
        }
        client
    };
    Ok(Way::from(Box::new(clients) as Box<_>))
}

/// How a trial went.
#[derive(Debug)]
pub struct Trial {
    /// What was tried, in its order.
    pub lines: Vec<Line>,
    /// What does not fit.
    pub findings: Vec<Finding>,
    /// What the file could say.
    pub guesses: Vec<Guess>,
    file: File,
}

/// What a trial as a whole says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fits {
    /// Nothing is to be mended.
    Yes,
    /// Something does not fit.
    No,
    /// Nothing came that would tell.
    Unknown,
}

impl Trial {
    /// Whether the file fits.
    #[must_use]
    pub fn fits(&self) -> Fits {
        let is = |kind: Kind| self.findings.iter().any(|finding| finding.kind == kind);
        match (is(Kind::Mistake), is(Kind::Open)) {
            (true, _) => Fits::No,
            (false, true) => Fits::Unknown,
            (false, false) => Fits::Yes,
        }
    }

    /// What does not fit, each with its line in the file unless that may hold a secret.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let findings = self.findings.iter();
        findings
            .map(|finding| self.file.shown(finding.wrong()))
            .collect()
    }

    /// Where something would stand: `file:line:column`, or the file.
    #[must_use]
    pub fn place(&self, guess: &Guess) -> String {
        self.file.place(guess.at).to_string()
    }
}

/// Walks the file.
///
/// # Errors
/// When nobody is there.
pub async fn run(plan: Plan) -> Result<Trial, TrialError> {
    let target = hurried(plan.target, plan.patience);
    let site = Site::new(target, plan.base, plan.way).map_err(TrialError::NobodyThere)?;
    let mut trying = Trying {
        file: plan.file,
        site,
        users: plan.users,
        idle: plan.idle,
        patience: plan.patience,
        eyes: Arc::new(Eyes::default()),
        notes: Notes::default(),
        answers: BTreeMap::new(),
    };
    trying.knock().await.map_err(TrialError::NobodyThere)?;
    trying.register().await;
    let browsers = trying.logins().await;
    trying.wrong_login().await;
    let mut stage = trying.enter(browsers).await;
    trying.stranger(&mut stage).await;
    trying.stay_idle(&stage).await;
    let browsers = stage.browsers.clone();
    trying.identities(&browsers).await;
    trying.everything(&mut stage).await;
    trying.come_back(&stage).await;
    if let Some(browser) = stage.browsers.first().cloned() {
        trying.surfaces(&browser).await;
    }
    let browsers = stage.browsers.clone();
    trying.log_out(&browsers).await;
    stage.clear().await;
    trying.malformed();
    trying.places();
    trying.ambient();
    if trying.eyes.is_full() {
        let what = "more came than is kept: 100000 messages or 128 MiB";
        let fix = "try it on a target where less happens";
        trying.notes.finding(Finding::open(None, what, fix));
    }
    let Notes {
        lines,
        findings,
        guesses,
    } = trying.notes;
    Ok(Trial {
        lines,
        findings,
        guesses,
        file: trying.file,
    })
}

impl Trying {
    /// Every action, with its groups.
    async fn everything(&mut self, stage: &mut Stage) {
        let moment = self.eyes.now();
        let mut groups = self.groups(stage).await;
        self.eyes.quiet(self.patience).await;
        self.closed_since(moment, &["groups"]);
        if self.target().actions.is_empty() {
            let what = "the file names no action: nothing can be seen to come to anybody";
            let fix = "name what users do: `actions: {NAME: {do: {emit: [EVENT, \"{marker}\"]}, yields: {EVENT: {}}}}`";
            let at = self.file.spot(&["actions"]);
            self.notes.finding(Finding::open(at, what, fix));
        }
        let mut owners = Vec::new();
        for (name, action) in self.target().actions.clone() {
            if self.target().destructive.contains(&name) {
                self.notes.line(&name, "not done: `destructive` names it");
                continue;
            }
            if self.is_old(stage) {
                // What is said of it was said at the first time.
                let n_lines = self.notes.lines.len();
                stage.clear().await;
                let browsers = self.logins().await;
                *stage = self.enter(browsers).await;
                groups = self.groups(stage).await;
                self.notes.lines.truncate(n_lines);
            }
            if stage.tabs.is_empty() {
                self.notes.line(&name, "not done: no tab is open");
                continue;
            }
            let moment = self.eyes.now();
            let done = self.action(&name, &action, stage, &groups).await;
            self.settle(&action, &done).await;
            self.weigh(&name, &action, &done, stage, &mut owners);
            let answer = done.first().map(|done| &done.answer);
            self.granted(&name, &action, stage, answer).await;
            self.about(&name, &action, stage, &groups).await;
            self.closed_since(moment, &["actions", &name, "do"]);
        }
        self.owner(&owners);
    }

    /// Waits until nothing new comes, and longer where an event is due that has not come to anybody.
    async fn settle(&self, action: &targets::file::action::Action, done: &[crate::arrivals::Done]) {
        self.eyes.quiet(self.patience).await;
        let due: Vec<(&str, usize)> = { done.iter().filter(|done| done.is_owed()) }
            .flat_map(|done| {
                let events = action.yields.iter();
                let events = events.filter(|(_, yields)| {
                    yields.count.least != targets::file::yields::Amount::Number(0)
                });
                events.map(|(event, _)| (event.as_str(), done.moment))
            })
            .collect();
        let has_come = |seen: &[crate::seen::Seen]| {
            due.iter().all(|(event, moment)| {
                let mut new = seen.iter().skip(*moment);
                new.any(|seen| seen.event() == Some(event))
            })
        };
        if !due.is_empty() && self.eyes.until(self.patience, has_come).await {
            self.eyes.quiet(self.patience).await;
        }
    }
}
