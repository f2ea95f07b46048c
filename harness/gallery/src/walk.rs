//! The walk: each target, sound and with each fault, by the commands that apply.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use sha2::{Digest, Sha256};

use crate::child;
use crate::errand::Errand;
use crate::error::GalleryError;
use crate::expected::Command;
use crate::ledger::Ledger;
use crate::picture::Picture;
use crate::row::{self, Held, Judgement, Of, Row};
use crate::seen::{Seen, seen};
use crate::shelf::{self, Shipped};
use crate::table;
use crate::task::{self, Form, Task};

/// What all targets are walked with.
pub(crate) struct Gallery {
    pub(crate) airtight: PathBuf,
    pub(crate) scenarios: PathBuf,
    pub(crate) work: PathBuf,
    pub(crate) form: Form,
    pub(crate) times: u32,
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
        let rows: Result<Vec<Vec<Row>>, GalleryError> =
            walked.into_iter().map(|(_, rows)| rows).collect();
        Ok(rows?.into_iter().flatten().collect())
    }

    fn target(&self, shipped: &Shipped) -> Result<Vec<Row>, GalleryError> {
        let tasks = task::of(shipped, self.form);
        tasks.iter().map(|task| self.row(shipped, task)).collect()
    }

    /// The row of a task, from an earlier walk if nothing has changed since.
    fn row(&self, shipped: &Shipped, task: &Task) -> Result<Row, GalleryError> {
        let key = self.key(shipped, task)?;
        let row = match self.ledger.row(&key) {
            Some(row) => row,
            None => {
                let row = self.repeated(shipped, task)?;
                self.ledger.keep(key, &row)?;
                row
            }
        };
        println!("{}", table::line(&row));
        Ok(row)
    }

    /// Plays a task as often as it is wanted. The row is that of the worst, and of all of the time.
    fn repeated(&self, shipped: &Shipped, task: &Task) -> Result<Row, GalleryError> {
        let mut worst = self.played(shipped, task)?;
        let mut n_as_listed = u32::from(worst.judgement == Judgement::AsListed);
        for _ in 1..self.times {
            let next = self.played(shipped, task)?;
            n_as_listed += u32::from(next.judgement == Judgement::AsListed);
            let seconds = worst.seconds + next.seconds;
            if next.judgement > worst.judgement {
                worst = next;
            }
            worst.seconds = seconds;
        }
        if self.times > 1 {
            worst.again = Some((n_as_listed, self.times));
        }
        Ok(worst)
    }

    fn played(&self, shipped: &Shipped, task: &Task) -> Result<Row, GalleryError> {
        let errand = &task.errand;
        let mut row = self.empty(shipped, task)?;
        if let Some(lock) = shipped.missing() {
            let why = format!(
                "{} is not installed: `make targets` does that",
                lock.display()
            );
            row.notes.push(why);
            return Ok(row);
        }
        let work = self.work.join(&shipped.name);
        child::emptied(&work).map_err(GalleryError::file("empty", &work))?;
        let words = errand.words(&self.scenarios, &work);
        let ended = child::run(&self.airtight, &words, &shipped.folder, errand.limit());
        let ended = ended.map_err(GalleryError::file("run", &self.airtight))?;
        row.seconds = ended.took.as_secs_f64();
        let said = match seen(row.by, &ended, &work.join("report.json")) {
            Ok(said) => said,
            Err(why) => {
                row.judgement = Judgement::Otherwise;
                row.notes.push(why);
                return Ok(row);
            }
        };
        row.applied = task.offers_all().then_some(said.played);
        let held = held(shipped, task, &said);
        row.verdict = said.verdict;
        row.judgement = held.judgement;
        row.property = held.property;
        row.rule = held.rule;
        row.notes = held.notes;
        let named = { task.violated.iter() }.find_map(|listed| row::naming(&said, listed));
        row.picture = named.and_then(|named| Picture::of(&work.join("history"), &named.shown_by));
        Ok(row)
    }

    fn empty(&self, shipped: &Shipped, task: &Task) -> Result<Row, GalleryError> {
        let scenarios = relative(&self.scenarios, &shipped.folder);
        Ok(Row {
            target: shipped.name.clone(),
            of: task.of,
            name: task.name.clone(),
            by: task.errand.command(),
            typed: task.errand.typed(&scenarios).join(" "),
            again: None,
            verdict: None,
            property: String::new(),
            rule: String::new(),
            seconds: 0.0,
            lines: shelf::lines(&shipped.folder.join(task.errand.target()))?,
            applied: None,
            judgement: Judgement::Unknown,
            notes: Vec::new(),
            picture: None,
        })
    }

    /// What a row depends on.
    fn key(&self, shipped: &Shipped, task: &Task) -> Result<String, GalleryError> {
        let mut hash = Sha256::new();
        let program =
            fs::metadata(&self.airtight).map_err(GalleryError::file("read", &self.airtight))?;
        hash.update(format!("{:?} {}", program.modified().ok(), program.len()));
        hash.update(&shipped.digest);
        hash.update(typed(&task.errand, &self.scenarios));
        hash.update(format!("{:?} {} {}", task.of, task.name, self.times));
        let digest = hash.finalize();
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Holds what was said against the list.
fn held(shipped: &Shipped, task: &Task, said: &Seen) -> Held {
    let sound = &shipped.expected.sound;
    let command = task.errand.command();
    match (task.of, &task.violated) {
        (Of::Mended, Some(listed)) => row::mended(said, listed),
        (_, Some(listed)) => row::broken(said, listed),
        (_, None) => {
            let applied = match command {
                _ if task.offers_all() => sound.applied,
                Command::Verify | Command::Run => 1,
                _ => 0,
            };
            row::sound(command, said, &sound.undecided, applied)
        }
    }
}

/// A folder as it is named from another one, if both stand in the same project.
fn relative(to: &Path, from: &Path) -> String {
    let up = from.ancestors().position(|above| above == to);
    match up {
        Some(up) => vec![".."; up].join("/"),
        None => to.to_string_lossy().into_owned(),
    }
}

fn typed(errand: &Errand, scenarios: &Path) -> String {
    errand.typed(&scenarios.to_string_lossy()).join(" ")
}
