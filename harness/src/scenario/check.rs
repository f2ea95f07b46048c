//! Walks the steps with a small model, so that what cannot work is told before anything runs.

use std::collections::{BTreeMap, BTreeSet};

use evidence::UserName;

use super::beside;
use super::model::{Model, TabState};
use super::place::{BrowserName, TabName, Who};
use super::template::{self, Reference};
use super::{ActionName, Expect, Http, Scenario, Step, StepKind, Wrong, wrong};

/// Steps that a run may come to when everything is unrolled.
const MAX_STEPS: u64 = 100_000;
/// Places that the check may look at: a second or two.
const MAX_WORK: usize = 2_000_000;

pub(super) fn check(scenario: &Scenario) -> Result<(), Wrong> {
    let line = scenario.steps.first().map_or(1, |step| step.line);
    let total = count(&scenario.steps);
    if total > MAX_STEPS {
        return wrong(
            line,
            format!("the steps come to {total}, and {MAX_STEPS} are the most"),
            "repeat less",
        );
    }
    let mut labels = Labels::new();
    named_once(&scenario.steps, &mut labels)?;
    let users: BTreeSet<&UserName> = scenario.users.iter().collect();
    let mut model = Model::new(&users);
    model.walk(&scenario.steps)?;
    beside::check(scenario, &labels, &model)
}

fn count(steps: &[Step]) -> u64 {
    let one = |step: &Step| match &step.kind {
        StepKind::Repeat { times, steps } => times.saturating_mul(count(steps)),
        StepKind::Together(steps) => count(steps),
        _ => 1,
    };
    steps.iter().map(one).fold(0, u64::saturating_add)
}

/// Who starts an action of a label, and at which line.
pub(super) type Labels<'a> = BTreeMap<&'a str, BTreeMap<&'a Who, u64>>;

/// No user has two actions of one label; the rounds of a `repeat` are one.
pub(super) fn named_once<'a>(steps: &'a [Step], labels: &mut Labels<'a>) -> Result<(), Wrong> {
    for step in steps {
        match &step.kind {
            StepKind::Repeat { steps, .. } | StepKind::Together(steps) => {
                named_once(steps, labels)?;
            }
            StepKind::Start { tab, label, .. } => {
                let (who, starters) = (&tab.browser.who, labels.entry(label).or_default());
                let first = match who {
                    Who::Everyone => starters.values().next(),
                    _ => starters.get(who).or_else(|| starters.get(&Who::Everyone)),
                };
                if let Some(first) = first {
                    return wrong(
                        step.line,
                        format!("`{who}` has an action `{label}` already, from line {first}"),
                        "give one of them a `name` of its own",
                    );
                }
                starters.insert(who, step.line);
            }
            _ => {}
        }
    }
    Ok(())
}

impl Model<'_> {
    pub(super) fn walk(&mut self, steps: &[Step]) -> Result<(), Wrong> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), Wrong> {
        let line = step.line;
        self.references(step)?;
        match &step.kind {
            StepKind::Login {
                browser,
                in_browser: None,
            } => self.each(browser, line, |model, browser| model.login(browser, line)),
            StepKind::Login {
                browser,
                in_browser: Some(old),
            } => {
                self.each(old, line, |_, _| Ok(()))?;
                self.each(browser, line, |model, browser| {
                    model.take_over(browser, old, line)
                })
            }
            StepKind::Logout(browser) => {
                self.each(browser, line, |model, browser| model.logout(browser, line))
            }
            StepKind::Open { tab, expect, .. } => {
                self.each_tab(tab, line, |model, tab| model.open(tab, *expect, line))
            }
            StepKind::Close(tab) | StepKind::Cut(tab) => {
                let from = [TabState::Open, TabState::Stalled];
                self.move_tab(tab, &from, TabState::Away, line)
            }
            StepKind::Stall(tab) => self.move_tab(tab, &[TabState::Open], TabState::Stalled, line),
            StepKind::Resume(tab) => {
                let from = [TabState::Away, TabState::Stalled];
                self.move_tab(tab, &from, TabState::Open, line)
            }
            StepKind::Start {
                tab,
                label,
                via,
                expect,
                ..
            } => self.each_tab(tab, line, |model, tab| {
                model.start(tab, label, *via, expect.unwrap_or(Expect::Granted), line)
            }),
            StepKind::Stop {
                tab, action, via, ..
            } => {
                self.started(action, line)?;
                self.each_tab(tab, line, |model, tab| model.acts(tab, *via, line))
            }
            StepKind::Emit { tab, .. } => {
                self.each_tab(tab, line, |model, tab| model.waits(tab, line))
            }
            StepKind::Http(http) => self.each(&http.browser, line, |model, browser| {
                model.visits(browser, line)
            }),
            StepKind::Upload { browser, .. } => {
                self.each(browser, line, |model, browser| model.visits(browser, line))
            }
            StepKind::Restart => {
                self.restart();
                Ok(())
            }
            StepKind::LogLacksSecrets => Ok(()),
            StepKind::Await { tab, of, .. } => {
                of.iter()
                    .try_for_each(|action| self.comes(tab, action, line))?;
                self.each_tab(tab, line, |model, tab| model.waits(tab, line))
            }
            StepKind::Last { tab, .. } => {
                self.each_tab(tab, line, |model, tab| model.waits(tab, line))
            }
            StepKind::Quiet { tab, .. } => {
                self.each_tab(tab, line, |model, tab| model.state(tab, line).map(|_| ()))
            }
            StepKind::Repeat { times, steps } => self.rounds(*times, steps),
            StepKind::Together(steps) => self.together(steps, line),
        }
    }

    /// What is right twice is right each time.
    pub(super) fn rounds(&mut self, times: u64, steps: &[Step]) -> Result<(), Wrong> {
        self.walk(steps)?;
        if times == 1 {
            return Ok(());
        }
        self.walk(steps).map_err(|wrong| Wrong {
            message: format!("in the second round, {}", wrong.message),
            ..wrong
        })
    }

    /// The order inside is free, so no step may rely on a sibling.
    fn together(&mut self, steps: &[Step], line: u64) -> Result<(), Wrong> {
        self.spend(steps.len().saturating_mul(self.size()), line)?;
        let before = self.clone();
        for step in steps {
            let mut alone = before.clone();
            alone.work = self.work;
            alone.step(step)?;
            self.work = alone.work;
        }
        self.walk(steps)
    }

    fn each(
        &mut self,
        browser: &BrowserName,
        line: u64,
        run: impl Fn(&mut Self, &BrowserName) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        match &browser.who {
            Who::Everyone => {
                self.spend(self.users.len(), line)?;
                let users = self.users;
                users.iter().try_for_each(|user| {
                    let browser = BrowserName {
                        who: Who::User((*user).clone()),
                        device: browser.device.clone(),
                    };
                    run(self, &browser)
                })
            }
            Who::Stranger => run(self, browser),
            Who::User(user) => {
                self.spend(1, line)?;
                self.known(user, line)?;
                run(self, browser)
            }
        }
    }

    fn each_tab(
        &mut self,
        tab: &TabName,
        line: u64,
        run: impl Fn(&mut Self, &TabName) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        self.each(&tab.browser, line, |model, browser| {
            let tab = TabName {
                browser: browser.clone(),
                tab: tab.tab.clone(),
            };
            run(model, &tab)
        })
    }

    fn move_tab(
        &mut self,
        tab: &TabName,
        from: &[TabState],
        to: TabState,
        line: u64,
    ) -> Result<(), Wrong> {
        self.each_tab(tab, line, |model, tab| model.moves(tab, from, to, line))
    }

    fn spend(&mut self, work: usize, line: u64) -> Result<(), Wrong> {
        self.work = self.work.saturating_add(work);
        if self.work <= MAX_WORK {
            return Ok(());
        }
        wrong(
            line,
            "the steps up to here are more than can be checked",
            "use fewer users, or repeat less",
        )
    }

    /// Whether what the action makes is made for who waits.
    fn comes(&self, tab: &TabName, action: &ActionName, line: u64) -> Result<(), Wrong> {
        self.started(action, line)?;
        let owner = Who::User(action.user.clone());
        if tab.browser.who == owner || (tab.browser.who == Who::Everyone && self.users.len() == 1) {
            return Ok(());
        }
        let (who, owner) = (&tab.browser.who, &action.user);
        wrong(
            line,
            format!("impossible wait: nothing of `{owner}` comes to `{who}`"),
            format!("wait at a tab of `{owner}`"),
        )
    }

    fn references(&self, step: &Step) -> Result<(), Wrong> {
        for text in texts(&step.kind) {
            let references = template::references(text).or_else(|bad| {
                wrong(
                    step.line,
                    format!("`{{{bad}` stands for nothing in `{text}`"),
                    "write {USER.ACTION}, {USER/DEVICE.session}, {USER/DEVICE/TAB.sid}, {session_cookie} or {random}, and {{ for a brace",
                )
            })?;
            for reference in &references {
                self.reference(reference, step.line)?;
            }
        }
        Ok(())
    }

    fn reference(&self, reference: &Reference, line: u64) -> Result<(), Wrong> {
        let (Reference::Session(tab) | Reference::Sid(tab)) = reference else {
            return match reference {
                Reference::Action(action) => self.started(action, line),
                _ => Ok(()),
            };
        };
        match &tab.browser.who {
            Who::User(user) => self.known(user, line)?,
            who => {
                return wrong(
                    line,
                    format!("`{who}` stands for no one session"),
                    "name one of `users`",
                );
            }
        }
        match reference {
            Reference::Sid(tab) => self.state(tab, line).map(|_| ()),
            _ => self.visits(&tab.browser, line),
        }
    }
}

/// Every text of a step in which references may stand.
fn texts(kind: &StepKind) -> Vec<&str> {
    match kind {
        StepKind::Open { headers, .. } => headers.values().map(String::as_str).collect(),
        StepKind::Start { parameters, .. } => {
            parameters.values().flat_map(template::strings).collect()
        }
        StepKind::Emit { data, .. } => template::strings(data),
        StepKind::Http(http) => of_request(http),
        _ => Vec::new(),
    }
}

fn of_request(http: &Http) -> Vec<&str> {
    let named = http.headers.values().chain(http.form.values());
    let mut texts: Vec<&str> = named
        .chain(&http.contains)
        .chain(&http.lacks)
        .map(String::as_str)
        .collect();
    texts.push(&http.path);
    texts.extend(http.json.iter().flat_map(template::strings));
    texts
}
