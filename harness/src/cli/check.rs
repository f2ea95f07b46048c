//! `airtight check`: reads scenario files and a target file, and says what is wrong with them. Nothing is run or opened.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use probe::Target;

use super::screen::{complain, end};
use super::target_file::{parsed, read};
use crate::failure::Failure;
use crate::report::count::counted;
use crate::scenario::file;
use crate::suite::applicable;
use crate::suite::files::files;

/// Reads both. With both, it also says which scenarios the target gives an occasion.
pub(super) fn run(paths: &[PathBuf], target: Option<&Path>) -> Result<u8, Failure> {
    let (mut code, mut applied_to) = (0, None);
    if let Some(path) = target {
        let (name, text) = read(path)?;
        match parsed(&name, &text) {
            Some(target) => {
                let n_actions = counted(target.actions.len() as u64, "action");
                end(writeln!(io::stdout().lock(), "{name}: ok, {n_actions}"), 0)?;
                applied_to = Some(target);
            }
            None => code = 2,
        }
    }
    if paths.is_empty() {
        return Ok(code);
    }
    scenarios(paths, applied_to.as_ref()).map(|other| code.max(other))
}

fn scenarios(paths: &[PathBuf], target: Option<&Target>) -> Result<u8, Failure> {
    let found = files(paths)?;
    if found.is_empty() {
        let named: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        return Err(Failure::input(
            "there is no scenario here",
            named.join(" "),
            "name scenario files, or a folder of them",
        ));
    }
    let (mut code, mut n_applied) = (0, 0);
    // A reader that has seen enough does not end the check.
    let mut written = Ok(());
    let mut say = |line: String| {
        if written.is_ok() {
            written = writeln!(io::stdout().lock(), "{line}");
        }
    };
    for path in &found {
        match file::read(path) {
            Ok(scenario) => {
                let why_not =
                    target.and_then(|target| applicable::why_not(target, None, &scenario));
                n_applied += usize::from(why_not.is_none());
                say(ok(path, scenario.steps.len(), why_not.map(|why| why.why())));
            }
            Err(error) => {
                complain(error.0.styled());
                code = 2;
            }
        }
    }
    if let Some(target) = target.filter(|_| found.len() > 1) {
        let name = &target.name;
        say(format!(
            "{n_applied} of {} scenarios apply to {name}",
            found.len()
        ));
    }
    end(written, code)
}

pub(super) fn ok(path: &Path, n_steps: usize, why_not: Option<String>) -> String {
    let n_steps = counted(n_steps as u64, "step");
    let why_not = why_not.map_or_else(String::new, |why| format!("; it does not apply: {why}"));
    format!("{}: ok, {n_steps}{why_not}", path.display())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_target_file_is_checked_and_nothing_is_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("mine.yaml");
        let check = |text: &str| {
            fs::write(&file, text).expect("written");
            run(&[], Some(&file)).expect("read")
        };
        let right = "target: x\nbase: http://127.0.0.1:9\nlogin: none\nactions: {}\n";
        assert_eq!(check(right), 0);
        assert_eq!(
            check(&right.replace("login: none", "login: {psot: /in}")),
            2
        );
        let missing = run(&[], Some(&folder.path().join("other.yaml"))).expect_err("no file");
        assert_eq!(missing.exit_code(), 2);
    }

    #[test]
    fn a_scenario_without_an_occasion_says_why() {
        let target =
            "target: x\nbase: http://127.0.0.1:9\nlogin: none\nsocket: none\nactions: {}\n";
        let target = targets::read("mine.yaml", target).expect("read");
        let text = "scenario: x\nrules: [ISO04]\nusers: [alice]\nsteps:\n  - login: alice\n  - open: alice\n  - start: {as: alice, action: any}\nexpect: [no_foreign_events]\n";
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.yaml");
        fs::write(&path, text).expect("written");
        let scenario = file::read(&path)
            .map_err(|error| error.0.to_string())
            .expect("read");
        let why = applicable::why_not(&target, None, &scenario).map(|why| why.why());
        let line = ok(&path, scenario.steps.len(), why);
        let says = "ok, 3 steps; it does not apply: the target file does not say; one of these lines would settle it: \
            `actions: {NAME: {do: …}}` or `without: [any]`";
        assert!(line.ends_with(says), "{line}");
    }
}
