//! Runs pairs of a fault and a scenario, each on a system of its own, and keeps what each fault broke.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use futures_util::{StreamExt, stream};

use super::faults::{Fault, Faults};
use super::pair::Pair;
use super::plan::{Progress, SelftestPlan};
use super::suite_run::SuiteRun;
use crate::failure::Failure;
use crate::report::fault_row::Kill;
use crate::report::suite::short_name;
use crate::scenario::content::Scenario;
use crate::scenario::file;
use crate::suite::applicable::never_applies;
use crate::suite::files::files;
use crate::suite::plan::SuitePlan;
use crate::suite::playing;
use crate::system::files::read_target;

/// The faults and scenarios of a plan, and what has been seen of them.
pub(super) struct Trial<'a> {
    suite: &'a SuitePlan,
    faults: BTreeMap<String, &'a Fault>,
    paths: BTreeMap<String, PathBuf>,
    pub(super) scenarios: BTreeMap<String, Scenario>,
    pub(super) kills: BTreeMap<String, Kill>,
    n_runs: BTreeMap<Pair, u32>,
    /// The faults that were reported as ended.
    reported: BTreeSet<String>,
}

impl<'a> Trial<'a> {
    pub(super) fn of(plan: &'a SelftestPlan, all: &'a Faults) -> Result<Self, Failure> {
        let target = read_target(plan.suite.target.as_deref())?;
        let (mut paths, mut scenarios) = (BTreeMap::new(), BTreeMap::new());
        for path in files(&plan.suite.paths)? {
            let scenario = file::read(&path).map_err(|error| Failure::wrong_input(*error.0))?;
            if never_applies(&target, &scenario) {
                continue;
            }
            scenarios.insert(short_name(&path), scenario);
            paths.insert(short_name(&path), path);
        }
        let chosen = all.chosen(&plan.only)?;
        let kill = |(id, fault): &(&String, &Fault)| ((*id).clone(), Kill::of(id, &fault.named_by));
        Ok(Self {
            suite: &plan.suite,
            kills: chosen.iter().map(kill).collect(),
            faults: chosen
                .into_iter()
                .map(|(id, fault)| (id.clone(), fault))
                .collect(),
            paths,
            scenarios,
            n_runs: BTreeMap::new(),
            reported: BTreeSet::new(),
        })
    }

    /// Each fault with each scenario.
    pub(super) fn pairs(&self) -> BTreeSet<Pair> {
        let pairs = Pair::every(self.faults.keys(), || self.paths.keys());
        pairs.into_iter().collect()
    }

    pub(super) fn is_named(&self, fault: &str) -> bool {
        self.kills.get(fault).is_some_and(|kill| kill.named)
    }

    /// Whether any fault broke this claim.
    pub(super) fn is_broken(&self, scenario: &str, property: &str) -> bool {
        let mut kills = self.kills.values();
        kills.any(|kill| kill.breaks(scenario, property))
    }

    /// Runs each pair once, so many at a time. `seen` is given what each said, and returns whether
    /// its pair needs no further run. A fault whose pairs all need none is reported.
    pub(super) async fn run(
        &mut self,
        pairs: &BTreeSet<Pair>,
        jobs: usize,
        mut seen: impl FnMut(&Self, &Pair, SuiteRun) -> bool,
        tell: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), Failure> {
        let suite = self.suite;
        let mut runs = Vec::new();
        let mut open: BTreeMap<&str, usize> = BTreeMap::new();
        for pair in pairs {
            let fault = self.faults.get(&pair.fault).copied();
            if let (Some(fault), Some(path)) = (fault, self.paths.get(&pair.scenario)) {
                let under_fault = SuitePlan {
                    paths: vec![path.clone()],
                    jobs: 1,
                    fault: Some(pair.fault.clone()),
                    // One scenario under two faults at once is two histories.
                    history: suite.history.join(&pair.fault),
                    ..suite.clone()
                };
                *open.entry(&pair.fault).or_default() += 1;
                runs.push(async move {
                    let ran = playing::run(under_fault, |_, _| {}).await;
                    ran.map(|ran| (pair, SuiteRun::of(&ran, Some(fault))))
                });
            }
        }
        let n_runs = runs.len();
        let mut ended = stream::iter(runs).buffer_unordered(jobs.max(1));
        let mut n_ended = 0;
        while let Some(run) = ended.next().await {
            let (pair, said) = run?;
            self.keep(pair, &said);
            let is_all = seen(self, pair, said);
            n_ended += 1;
            tell(Progress::Runs(n_ended, n_runs));
            let id = pair.fault.as_str();
            let left = open.get_mut(id).filter(|_| is_all);
            if let Some(left) = left {
                *left -= 1;
                if *left == 0 {
                    self.report(id, tell);
                }
            }
        }
        Ok(())
    }

    /// Reports the faults that have not been reported yet.
    pub(super) fn report_others(&mut self, tell: &mut impl FnMut(Progress<'_>)) {
        let ids: Vec<String> = self.kills.keys().cloned().collect();
        for id in ids {
            self.report(&id, tell);
        }
    }

    fn report(&mut self, id: &str, tell: &mut impl FnMut(Progress<'_>)) {
        if let Some(kill) = self.kills.get(id)
            && self.reported.insert(id.to_owned())
        {
            tell(Progress::Fault(kill, self.kills.len()));
        }
    }

    fn keep(&mut self, pair: &Pair, said: &SuiteRun) {
        let n_runs = self.n_runs.entry(pair.clone()).or_default();
        *n_runs += 1;
        let Some(kill) = self.kills.get_mut(&pair.fault) else {
            return;
        };
        kill.add(said.cells.clone());
        if !kill.named {
            kill.looks = kill.looks.max(*n_runs);
        }
        kill.named |= said.names();
        kill.not_run.retain(|name| *name != pair.scenario);
        kill.not_run.extend(said.not_run.iter().cloned());
    }
}
