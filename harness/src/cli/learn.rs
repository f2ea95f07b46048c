//! `airtight learn`: what was seen on a target that is believed honest and no audience declares, for acceptance one by
//! one, as snapshot tests do.

use std::fs::File as Disk;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use evidence::{Marker, Verdict};

use super::interrupt::until_interrupted;
use super::progress::progress;
use super::scenarios::RunOptions;
use super::screen::{complain, end, end_with_reports};
use crate::failure::Failure;
use crate::learn::change::{Change, File, changes, write};
use crate::learn::entry::{Entry, gather, shown};
use crate::report::count::counted;
use crate::report::judged::printable;
use crate::report::outlet::write_all;
use crate::report::suite::Suite;
use crate::suite::plan::Parts;
use crate::suite::playing;
use crate::system::files::{read_target, target_text};

/// Letters of a frame that are shown.
const SHOWN: usize = 160;

/// What to learn from, and what to accept.
#[derive(Args)]
pub(super) struct LearnOptions {
    /// Scenario files, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Accept what this event or request carried, as `vote`, `say.vote` (of one action) or `GET /list`; `all` accepts
    /// everything; may be repeated. Without it you are asked, on a terminal, and nothing is accepted elsewhere.
    #[arg(long, value_name = "EVENT")]
    accept: Vec<String>,
    /// Write what is accepted into the target file. The file as it was is kept beside it, as FILE.old.
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    run: RunOptions,
}

/// What the run showed.
struct Lesson {
    entries: Vec<Entry>,
    /// A history in which isolation could be judged.
    is_decided: bool,
    /// Why one could not be.
    reasons: Vec<String>,
    /// How many sightings the findings did not keep.
    left_out: u64,
    /// Why scenarios did not run to their end.
    errors: Vec<String>,
}

/// Runs the scenarios, lists what is not declared, and returns the exit code.
pub(super) fn learn(options: LearnOptions) -> Result<u8, Failure> {
    let Some(path) = options.run.target().map(Path::to_owned) else {
        return Err(Failure::input(
            "nothing says which file is to learn",
            "--target",
            "name your target file, as --target mine.yaml",
        ));
    };
    if options.write {
        free(&old(&path))?;
    }
    let (name, text) = target_text(Some(&path))?;
    let target = read_target(Some(&path))?;
    let file = File {
        name: &name,
        text: &text,
        target: &target,
    };
    let reports = options.run.reports(&options.paths)?;
    let (plan, quiet) = options.run.plan(options.paths, Parts::default());
    let progress = progress(quiet);
    let ended = until_interrupted(playing::run(plan, |_, of| {
        progress.inc(1);
        progress.set_message(format!("{} of {of} scenarios", progress.position()));
    }));
    progress.finish_and_clear();
    let suite = ended?;
    let lesson = Lesson::of(&suite, file)?;
    let accepted = accept(&lesson, file, &options.accept)?;
    let ended = tell(&lesson, &accepted, file, options.write.then_some(&path));
    let reports = write_all(&reports, |format| suite.render(format));
    ended.and_then(|code| end_with_reports(Ok(()), reports, code))
}

impl Lesson {
    fn of(suite: &Suite, file: File<'_>) -> Result<Self, Failure> {
        let mut lesson = Self {
            entries: Vec::new(),
            is_decided: false,
            reasons: Vec::new(),
            left_out: 0,
            errors: Vec::new(),
        };
        for entry in suite.entries() {
            let of_it = |why: &str| format!("{}: {why}", entry.name());
            lesson.errors.extend(entry.error().map(of_it));
            let Some(history) = entry.history() else {
                continue;
            };
            let found = shown(history, file.target)?;
            lesson.is_decided |= found.verdict != Verdict::Undecided;
            if found.verdict == Verdict::Undecided {
                lesson.reasons.push(of_it(&found.reason));
            }
            lesson.left_out += found.left_out;
            gather(&mut lesson.entries, found, history);
        }
        Ok(lesson)
    }
}

/// Shows the entries, and gives those that are accepted.
fn accept<'a>(
    lesson: &'a Lesson,
    file: File<'_>,
    words: &[String],
) -> Result<Vec<&'a Entry>, Failure> {
    let asks = words.is_empty() && io::stdin().is_terminal() && io::stdout().is_terminal();
    let mut accepted = Vec::new();
    let mut goes_on = true;
    for (number, entry) in (1..).zip(&lesson.entries) {
        let change = changes(file, &[entry]).pop();
        let shown = show(number, entry, change.as_ref());
        end(io::stdout().write_all(shown.as_bytes()), 0)?;
        let Some(_) = change else { continue };
        let is_accepted = match asks && goes_on {
            true => match ask()? {
                Answer::Yes => true,
                Answer::No => false,
                Answer::Quit => {
                    goes_on = false;
                    false
                }
            },
            false => words.iter().any(|word| entry.is_named(word)),
        };
        accepted.extend(is_accepted.then_some(entry));
    }
    for word in words.iter().filter(|word| *word != "all") {
        if !lesson.entries.iter().any(|entry| entry.is_named(word)) {
            complain(format!("--accept {word}: nobody saw such a thing"));
        }
    }
    Ok(accepted)
}

enum Answer {
    Yes,
    No,
    Quit,
}

/// Asks until an answer is one.
fn ask() -> Result<Answer, Failure> {
    loop {
        let mut out = io::stdout();
        let asked = out.write_all(b"     may they see it? [y]es, [n]o, [q]uit: ");
        end(asked, 0)?;
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line).map_err(|error| {
            Failure::world(error, "the terminal", "say what is accepted with --accept")
        })?;
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(Answer::Yes),
            "n" | "no" => return Ok(Answer::No),
            "q" | "quit" => return Ok(Answer::Quit),
            _ if read == 0 => return Ok(Answer::Quit),
            _ => {}
        }
    }
}

/// An entry, with what the file would say.
fn show(number: usize, entry: &Entry, change: Option<&Change>) -> String {
    let example = &entry.example;
    let of = match &entry.action {
        Some(action) => format!("{} of the action `{action}`", entry.carrier),
        None => entry.carrier.to_string(),
    };
    let times = counted(entry.times, "time");
    let mut shown = format!("{number:>3}  {of} came to {}, {times}\n", entry.stands);
    let acting = example.acting.as_ref();
    let acted = acting.map_or_else(String::new, |acting| format!("{acting} acted, "));
    shown += &format!(
        "     {acted}{} got: {}\n     #{} of {}: {}\n",
        example.seen_at,
        cut(&printable(&example.frame), &example.says),
        example.seq,
        example.history.display(),
        example.says
    );
    match (change, entry.is_no_audience) {
        (Some(change), _) => {
            shown += &format!("     to accept it: {}\n", line(change));
        }
        (None, why) => {
            let why = why.unwrap_or("the file declares it already");
            shown += &format!("     no audience would allow it: {why}\n");
        }
    }
    shown
}

/// The change as a line of the file.
fn line(change: &Change) -> String {
    let owed = match change.is_not_owed {
        true => " (not everybody got it, so it is owed to nobody)",
        false => "",
    };
    let by_hand = change.by_hand.as_ref();
    let by_hand = by_hand.map_or_else(String::new, |why| format!("; {why}"));
    format!(
        "{}: action `{}`: {}{owed}{by_hand}",
        change.at, change.action, change.says
    )
}

/// The part of a frame around the marker that the finding names.
fn cut(frame: &str, says: &str) -> String {
    let marker = Marker::find_all(says.as_bytes()).next();
    let at = marker.and_then(|marker| frame.find(marker.as_str()));
    let letters = frame.chars().count();
    let before = at.map_or(0, |at| frame[..at].chars().count());
    let skipped = before.saturating_sub(SHOWN / 2);
    let part: String = frame.chars().skip(skipped).take(SHOWN).collect();
    let (begin, end) = (skipped > 0, skipped + SHOWN < letters);
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    format!("{}{part}{}", dots(begin), dots(end))
}

/// Says what was accepted, writes it where that was asked for, and gives the exit code.
fn tell(
    lesson: &Lesson,
    accepted: &[&Entry],
    file: File<'_>,
    path: Option<&PathBuf>,
) -> Result<u8, Failure> {
    let all = changes(file, accepted);
    let (edited, left) = write(file.text, &all);
    let mut said = String::new();
    if !all.is_empty() {
        said += "\naccepted:\n";
    }
    for change in &all {
        said += &format!("  {}\n", line(change));
    }
    for change in &left {
        said += &format!(
            "  cannot be set in place without changing more of the file; write it by hand: {}\n",
            change.says
        );
    }
    let mut is_unwritten = false;
    if let Some(path) = path.filter(|_| !all.is_empty()) {
        is_unwritten = !left.is_empty();
        if edited != file.text {
            keep(path, file.text, &edited)?;
            let kept = old(path);
            said += &format!(
                "written into {}; as it was: {}\n",
                file.name,
                kept.display()
            );
        }
    }
    let n_left = lesson.entries.len() - accepted.len();
    said += &format!(
        "\n{} that no audience declares, {} accepted, {n_left} not\n",
        counted(lesson.entries.len() as u64, "thing"),
        accepted.len()
    );
    if lesson.left_out > 0 {
        said += &format!(
            "{} more were seen than are kept: learn again after these\n",
            lesson.left_out
        );
    }
    let is_undecided = !lesson.is_decided && lesson.errors.is_empty();
    if is_undecided {
        said += "undecided: no scenario gave a chance to see anything\n";
        for reason in &lesson.reasons {
            said += &format!("  {reason}\n");
        }
    }
    for error in &lesson.errors {
        complain(error);
    }
    let is_open = n_left > 0 || is_unwritten || lesson.left_out > 0;
    let code = match (is_open, lesson.errors.is_empty(), is_undecided) {
        (true, ..) => 1,
        (false, false, _) => 4,
        (false, true, true) => 3,
        (false, true, false) => 0,
    };
    end(io::stdout().write_all(said.as_bytes()), code)
}

/// Beside the file, as it was.
fn old(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".old");
    PathBuf::from(name)
}

fn free(old: &Path) -> Result<(), Failure> {
    match old.symlink_metadata() {
        Ok(_) => Err(Failure::input(
            "there is a file of this name, which is not overwritten",
            old.display(),
            "move it away, or learn without --write",
        )),
        Err(_) => Ok(()),
    }
}

/// Writes the file, and keeps it beside as it was.
fn keep(path: &Path, text: &str, edited: &str) -> Result<(), Failure> {
    let old = old(path);
    free(&old)?;
    let failed = |error: &dyn std::fmt::Display, at: &Path| {
        Failure::world(error, at.display(), "name a place that can be written")
    };
    // Whoever made a file of this name meanwhile keeps it.
    let mut kept = Disk::create_new(&old).map_err(|error| failed(&error, &old))?;
    kept.write_all(text.as_bytes())
        .and_then(|()| kept.sync_all())
        .map_err(|error| failed(&error, &old))?;
    whole_file::write(path, edited).map_err(|error| failed(&error, path))
}
