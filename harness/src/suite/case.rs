//! One scenario with one client, and which of them a plan chooses.

use probe::ClientKind;

use super::files::files;
use super::plan::SuitePlan;
use crate::failure::Failure;
use crate::scenario::content::Scenario;
use crate::scenario::file;
use crate::steps::step_trait::{all_tabs, any_needs_observer};

/// One scenario with one client.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) scenario: Scenario,
    pub(crate) client: ClientKind,
    /// It is played if it can be, and is no loss otherwise.
    pub(crate) is_extra: bool,
}

impl Case {
    /// The scenario with this client, or with the observer where no other can take all its steps, or none of its steps
    /// is taken in a tab: then no client would be used, and must not be said to have played.
    pub(crate) fn of(scenario: Scenario, client: ClientKind) -> Self {
        let has_tab = scenario.all_steps().flat_map(all_tabs).next().is_some();
        let client = if !has_tab || scenario.all_steps().any(any_needs_observer) {
            ClientKind::Own
        } else {
            client
        };
        Self {
            scenario,
            client,
            is_extra: false,
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.scenario.path == other.scenario.path && self.client == other.client
    }

    /// The name of its history's file.
    pub(super) fn file_name(&self) -> String {
        let path = self.scenario.path.with_extension("");
        let words: Vec<String> = path
            .components()
            .filter_map(|part| part.as_os_str().to_str())
            .filter(|part| !matches!(*part, "/" | "." | ".."))
            .map(str::to_owned)
            .collect();
        let tail = words.len().saturating_sub(2);
        let client = self.client.word();
        format!("{}.{client}.jsonl", words[tail..].join("-"))
    }
}

/// Every scenario under the paths, checked before anything runs.
pub(super) fn cases(plan: &SuitePlan) -> Result<Vec<Case>, Failure> {
    let mut cases: Vec<Case> = Vec::new();
    for path in files(&plan.paths)? {
        let scenario = file::read(&path).map_err(|error| Failure::wrong_input(*error.0))?;
        let shown = path.display().to_string();
        let chosen = plan.only.is_empty()
            || plan.only.iter().any(|only| {
                shown.contains(only)
                    || scenario.rules.contains(only)
                    || scenario.sentence.contains(only)
            });
        if !chosen || (plan.neighbours_only && scenario.beside.is_empty()) {
            continue;
        }
        let asked = plan.clients.asked.iter().map(|client| (client, false));
        let also = plan.clients.also.iter().map(|client| (client, true));
        for (client, is_extra) in asked.chain(also) {
            let case = Case::of(scenario.clone(), *client);
            if !cases.iter().any(|other| case.is(other)) {
                cases.push(Case { is_extra, ..case });
            }
        }
    }
    if cases.is_empty() {
        let only = if plan.only.is_empty() {
            "the paths".to_owned()
        } else {
            format!("--only {}", plan.only.join(" --only "))
        };
        let fix = if plan.neighbours_only {
            "name scenarios with `beside`, or a folder of them"
        } else {
            "name scenario files, or a folder of them"
        };
        return Err(Failure::input("there is no scenario to run", only, fix));
    }
    Ok(cases)
}
