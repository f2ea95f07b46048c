//! The walk: each target, sound and with each fault, by the commands that apply.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use sha2::{Digest, Sha256};

use crate::child;
use crate::error::GalleryError;
use crate::errand::Errand;
use crate::expected::{Command, Fault};
use crate::ledger::Ledger;
use crate::row::{self, Held, Judgement, Row};
use crate::seen::{Seen, seen};
use crate::shelf::Shipped;
use crate::table;

/// What the short form plays of the scenarios.
const SHORT_SCENARIO: &str = "isolation/two-users";
/// How long a sound server is searched, and is under load: in the short form, and in the whole one.
const SHORT: &str = "5s";
const WHOLE: &str = "20s";
/// How many lines of a finding are shown.
const PICTURE: usize = 16;

/// How much is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Short,
    Whole,
}

/// What all targets are walked with.
pub(crate) struct Gallery {
    pub(crate) airtight: PathBuf,
    pub(crate) scenarios: PathBuf,
    pub(crate) work: PathBuf,
    pub(crate) form: Form,
    pub(crate) ledger: Ledger,
}

impl Gallery {
    /// Walks the targets, several at a time, and prints each row as it comes. The rows stand in the targets' order.
    pub(crate) fn walk(&self, shelf: &[Shipped], jobs: usize) -> Result<Vec<Row>, GalleryError> {
        println!("{}", table::HEAD);
        let left = Mutex::new(shelf.iter().enumerate());
        let walked = Mutex::new(Vec::new());
        thread::scope(|scope| {
            let worker = || {
                loop {
                    let next = left.lock().ok().and_then(|mut left| left.next());
                    let Some((at, shipped)) = next else { return };
                    let rows = self.target(shipped);
                    if let Ok(mut walked) = walked.lock() {
                        walked.push((at, rows));
                    }
                }
            };
            for _ in 0..jobs {
                scope.spawn(worker);
            }
        });
        let mut walked = walked.into_inner().unwrap_or_default();
        walked.sort_by_key(|(at, _)| *at);
        let rows: Result<Vec<Vec<Row>>, GalleryError> = walked.into_iter().map(|(_, rows)| rows).collect();
        Ok(rows?.into_iter().flatten().collect())
    }

    fn target(&self, shipped: &Shipped) -> Result<Vec<Row>, GalleryError> {
        let mut rows = Vec::new();
        for errand in self.of_the_sound_one(shipped) {
            rows.push(self.row(shipped, &errand, None)?);
        }
        let is_walked = |fault: &&Fault| self.form == Form::Whole || fault.short;
        for fault in shipped.expected.faults.iter().filter(is_walked) {
            let errand = Errand::broken(&fault.fault, &fault.by);
            rows.push(self.row(shipped, &errand, Some(fault))?);
        }
        Ok(rows)
    }

    fn of_the_sound_one(&self, shipped: &Shipped) -> Vec<Errand> {
        let sound = &shipped.expected.sound;
        if self.form == Form::Short {
            return vec![
                Errand::verify_only(SHORT_SCENARIO),
                Errand::explore(SHORT),
                Errand::load(SHORT),
            ];
        }
        let mut errands = vec![Errand::verify()];
        if !sound.run.is_empty() {
            errands.push(Errand::run(&sound.run));
        }
        errands.push(Errand::explore(WHOLE));
        if !sound.compare.is_empty() {
            errands.push(Errand::compare(&sound.compare));
        }
        errands.push(Errand::load(WHOLE));
        if sound.smoke {
            errands.push(Errand::smoke());
        }
        errands
    }

    /// The row of one call, from an earlier walk if nothing has changed since.
    fn row(
        &self,
        shipped: &Shipped,
        errand: &Errand,
        fault: Option<&Fault>,
    ) -> Result<Row, GalleryError> {
        let key = self.key(shipped, errand)?;
        let row = match self.ledger.row(&key) {
            Some(row) => row,
            None => {
                let row = self.walked(shipped, errand, fault)?;
                self.ledger.keep(key, &row)?;
                row
            }
        };
        println!("{}", table::line(&row));
        Ok(row)
    }

    fn walked(
        &self,
        shipped: &Shipped,
        errand: &Errand,
        fault: Option<&Fault>,
    ) -> Result<Row, GalleryError> {
        let command = errand.command();
        let mut row = Row {
            target: shipped.name.clone(),
            fault: errand.fault.clone(),
            by: command,
            verdict: None,
            property: String::new(),
            rule: String::new(),
            seconds: 0.0,
            lines: shipped.lines,
            applied: None,
            judgement: Judgement::Unknown,
            notes: Vec::new(),
            picture: String::new(),
        };
        if let Some(lock) = shipped.missing() {
            let why = format!("{} is not installed: `make targets` does that", lock.display());
            row.notes.push(why);
            return Ok(row);
        }
        let work = self.work.join(&shipped.name);
        child::emptied(&work).map_err(GalleryError::file("empty", &work))?;
        let words = errand.words(&self.scenarios, &work);
        let ended = child::run(&self.airtight, &words, &shipped.folder, errand.limit());
        let ended = ended.map_err(GalleryError::file("run", &self.airtight))?;
        row.seconds = ended.took.as_secs_f64();
        let said = match seen(command, &ended, &work.join("report.json")) {
            Ok(said) => said,
            Err(why) => {
                row.judgement = Judgement::Otherwise;
                row.notes.push(why);
                return Ok(row);
            }
        };
        let is_whole = command == Command::Verify && fault.is_none() && self.form == Form::Whole;
        row.applied = is_whole.then_some(said.played);
        let held = self.held(shipped, command, &said, fault);
        row.verdict = said.verdict;
        row.judgement = held.judgement;
        row.property = held.property;
        row.rule = held.rule;
        row.notes = held.notes;
        if fault.is_some() {
            row.picture = ended.out.lines().take(PICTURE).collect::<Vec<_>>().join("\n");
        }
        Ok(row)
    }

    fn held(
        &self,
        shipped: &Shipped,
        command: Command,
        said: &Seen,
        fault: Option<&Fault>,
    ) -> Held {
        let sound = &shipped.expected.sound;
        let applied = match (command, self.form) {
            (Command::Verify, Form::Whole) => sound.applied,
            (Command::Verify | Command::Run, _) => 1,
            _ => 0,
        };
        match fault {
            Some(fault) => row::broken(said, fault),
            None => row::sound(command, said, &sound.undecided, applied),
        }
    }

    /// What a row depends on.
    fn key(&self, shipped: &Shipped, errand: &Errand) -> Result<String, GalleryError> {
        let mut hash = Sha256::new();
        let program = fs::metadata(&self.airtight).map_err(GalleryError::file("read", &self.airtight))?;
        hash.update(format!("{:?} {}", program.modified().ok(), program.len()));
        hash.update(&shipped.digest);
        hash.update(typed(errand, &self.scenarios));
        let digest = hash.finalize();
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn typed(errand: &Errand, scenarios: &Path) -> String {
    errand.typed(&scenarios.to_string_lossy()).join(" ")
}
