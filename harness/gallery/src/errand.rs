//! One call of `airtight` for a target.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::expected::{By, Command};

/// How many users work at once under load.
const USERS: &str = "20";

/// What is asked of one server, sound or with a fault.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    target: PathBuf,
    fault: Option<String>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// Which of the shipped scenarios apply; nothing is played.
    Check,
    /// All shipped scenarios, or those whose path has this in it.
    Verify(Option<String>),
    Run(Vec<PathBuf>),
    Explore {
        time: String,
        n_cases: u32,
        n_servers: u32,
    },
    Compare(Vec<PathBuf>),
    Load(String),
    Smoke,
}

/// Schedules and servers of a search that only its time ends, and of one of a few schedules.
const MANY: (u32, u32) = (100_000, 4);
const FEW: (u32, u32) = (2, 1);
/// The seed of the few. On a slow server some schedules wait for a minute, for which a short walk has no time; the whole
/// walk draws its own.
const SEED: &str = "4";

impl Errand {
    pub(crate) fn check() -> Self {
        Self::sound(What::Check)
    }

    /// All shipped scenarios, on the sound server.
    pub(crate) fn verify() -> Self {
        Self::sound(What::Verify(None))
    }

    /// One of them.
    pub(crate) fn verify_only(scenario: &str) -> Self {
        Self::sound(What::Verify(Some(scenario.to_owned())))
    }

    pub(crate) fn run(files: &[PathBuf]) -> Self {
        Self::sound(What::Run(files.to_vec()))
    }

    pub(crate) fn explore(time: &str) -> Self {
        Self::sound(searching(time, MANY))
    }

    pub(crate) fn compare(files: &[PathBuf]) -> Self {
        Self::sound(What::Compare(files.to_vec()))
    }

    pub(crate) fn load(time: &str) -> Self {
        Self::sound(What::Load(time.to_owned()))
    }

    pub(crate) fn smoke() -> Self {
        Self::sound(What::Smoke)
    }

    fn sound(what: What) -> Self {
        Self {
            target: PathBuf::from("target.yaml"),
            fault: None,
            what,
        }
    }

    /// The same search, of a few schedules on one server, always the same.
    pub(crate) fn of_few(mut self) -> Self {
        if let What::Explore { time, .. } = &self.what {
            self.what = searching(time, FEW);
        }
        self
    }

    /// The same with this fault open.
    pub(crate) fn with_fault(mut self, fault: &str) -> Self {
        self.fault = Some(fault.to_owned());
        self
    }

    /// The same of another target file.
    pub(crate) fn of(mut self, target: &Path) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// What a list names.
    pub(crate) fn by(by: &By) -> Self {
        Self::sound(match by {
            By::Verify(scenario) => What::Verify(Some(scenario.clone())),
            By::Run(file) => What::Run(vec![file.clone()]),
            By::Explore(time) => searching(time, MANY),
            By::Compare(file) => What::Compare(vec![file.clone()]),
            By::Load(time) => What::Load(time.clone()),
            By::Smoke => What::Smoke,
        })
    }

    /// Whether all shipped scenarios are offered to it.
    pub(crate) const fn offers_all(&self) -> bool {
        matches!(self.what, What::Check | What::Verify(None))
    }

    /// Its target file, in the target's folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    pub(crate) const fn command(&self) -> Command {
        match self.what {
            What::Check => Command::Check,
            What::Verify(_) => Command::Verify,
            What::Run(_) => Command::Run,
            What::Explore { .. } => Command::Explore,
            What::Compare(_) => Command::Compare,
            What::Load(_) => Command::Load,
            What::Smoke => Command::Smoke,
        }
    }

    /// How long it may take: several times what it takes on two busy cores.
    pub(crate) const fn limit(&self) -> Duration {
        match self.what {
            What::Verify(None) => Duration::from_mins(10),
            What::Explore { .. } => Duration::from_mins(6),
            _ => Duration::from_mins(4),
        }
    }

    /// As a stranger types it, in the target's folder.
    pub(crate) fn typed(&self, scenarios: &str) -> Vec<String> {
        let mut words = vec![self.command().word().to_owned()];
        let mut say = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
        match &self.what {
            What::Check => say(&[scenarios]),
            What::Verify(only) => {
                say(&["--scenarios", scenarios, "--client", "observer"]);
                if let Some(only) = only {
                    say(&["--only", only]);
                }
            }
            What::Run(files) | What::Compare(files) => {
                for file in files {
                    say(&[&file.to_string_lossy()]);
                }
            }
            What::Explore {
                time,
                n_cases,
                n_servers,
            } => {
                let (cases, jobs) = (n_cases.to_string(), n_servers.to_string());
                say(&["--time", time, "--cases", &cases, "--jobs", &jobs]);
                if (*n_cases, *n_servers) == FEW {
                    say(&["--seed", SEED]);
                }
            }
            What::Load(time) => say(&["--users", USERS, "--time", time]),
            What::Smoke => {}
        }
        say(&["--target", &self.target.to_string_lossy()]);
        if let Some(fault) = &self.fault {
            say(&["--fault", fault]);
        }
        words
    }

    /// The same with the places of what it writes.
    pub(crate) fn words(&self, scenarios: &Path, work: &Path) -> Vec<String> {
        let mut words = self.typed(&scenarios.to_string_lossy());
        let place = |name: &str| work.join(name).to_string_lossy().into_owned();
        match self.what {
            What::Check => {}
            What::Explore { .. } => words.extend(["--out".to_owned(), place("found")]),
            _ => words.extend([
                "--report".to_owned(),
                format!("json={}", place("report.json")),
            ]),
        }
        if !matches!(self.what, What::Smoke | What::Check) {
            words.extend(["--history".to_owned(), place("history")]);
        }
        words
    }
}

fn searching(time: &str, (n_cases, n_servers): (u32, u32)) -> What {
    What::Explore {
        time: time.to_owned(),
        n_cases,
        n_servers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_looked_for_by_the_command_that_the_list_names() {
        let typed = |by: By| Errand::by(&by).with_fault("x").typed("S").join(" ");
        assert_eq!(
            typed(By::Verify("isolation/lists".to_owned())),
            "verify --scenarios S --client observer --only isolation/lists --target target.yaml --fault x"
        );
        assert_eq!(
            typed(By::Run("a.yaml".into())),
            "run a.yaml --target target.yaml --fault x"
        );
        assert_eq!(
            typed(By::Load("20s".to_owned())),
            "load --users 20 --time 20s --target target.yaml --fault x"
        );
        assert_eq!(
            Errand::explore("5s").of_few().typed("S").join(" "),
            "explore --time 5s --cases 2 --jobs 1 --seed 4 --target target.yaml"
        );
        assert_eq!(typed(By::Smoke), "smoke --target target.yaml --fault x");
    }
}
