//! Walks the steps with a small model, so that what cannot work is told before anything runs.

use std::collections::BTreeMap;

use evidence::UserName;

use super::place::{BrowserName, TabName, Who};
use super::template::{self, Reference};
use super::{ActionName, Expect, Scenario, Step, StepKind, Via, Wrong, wrong};

/// Steps that a run may come to when everything is unrolled.
const MAX_STEPS: u64 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TabState {
    Open,
    Stalled,
    Away,
    /// Its session is over.
    Ended,
}

#[derive(Clone, Debug)]
struct Model<'a> {
    users: &'a [UserName],
    /// Whether somebody is logged in there.
    browsers: BTreeMap<BrowserName, bool>,
    tabs: BTreeMap<TabName, TabState>,
    /// Where each action is first started.
    actions: BTreeMap<ActionName, u64>,
}

pub(crate) fn check(scenario: &Scenario) -> Result<(), Wrong> {
    let line = scenario.steps.first().map_or(1, |step| step.line);
    let total = count(&scenario.steps);
    if total > MAX_STEPS {
        return wrong(
            line,
            format!("the steps come to {total}, and {MAX_STEPS} are the most"),
            "repeat less",
        );
    }
    let mut model = Model {
        users: &scenario.users,
        browsers: BTreeMap::new(),
        tabs: BTreeMap::new(),
        actions: BTreeMap::new(),
    };
    model.walk(&scenario.steps)
}

fn count(steps: &[Step]) -> u64 {
    let one = |step: &Step| match &step.kind {
        StepKind::Repeat { times, steps } => times.saturating_mul(count(steps)),
        StepKind::Together(steps) => count(steps),
        _ => 1,
    };
    steps.iter().map(one).fold(0, u64::saturating_add)
}

impl Model<'_> {
    fn walk(&mut self, steps: &[Step]) -> Result<(), Wrong> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), Wrong> {
        let line = step.line;
        match &step.kind {
            StepKind::Login {
                browser,
                in_browser,
            } => self.each(browser, line, |model, browser| {
                model.login(browser, in_browser.as_ref(), line)
            }),
            StepKind::Logout(browser) => {
                self.each(browser, line, |model, browser| model.logout(browser, line))
            }
            StepKind::Open {
                tab,
                headers,
                expect,
                ..
            } => {
                self.texts(headers.values().map(String::as_str), line)?;
                self.each_tab(tab, line, |model, tab| model.open(tab, *expect, line))
            }
            StepKind::Close(tab) | StepKind::Cut(tab) => self.move_tab(
                tab,
                line,
                &[TabState::Open, TabState::Stalled],
                TabState::Away,
            ),
            StepKind::Stall(tab) => self.move_tab(tab, line, &[TabState::Open], TabState::Stalled),
            StepKind::Resume(tab) => self.move_tab(
                tab,
                line,
                &[TabState::Away, TabState::Stalled],
                TabState::Open,
            ),
            StepKind::Start {
                tab,
                label,
                via,
                parameters,
                ..
            } => {
                self.texts(parameters.values().flat_map(template::strings), line)?;
                self.each_tab(tab, line, |model, tab| model.start(tab, label, *via, line))
            }
            StepKind::Stop {
                tab, action, via, ..
            } => {
                self.action(action, line)?;
                self.each_tab(tab, line, |model, tab| model.acts(tab, *via, line))
            }
            StepKind::Emit { tab, data, .. } => {
                self.texts(template::strings(data).into_iter(), line)?;
                self.each_tab(tab, line, |model, tab| model.acts(tab, Via::Socket, line))
            }
            StepKind::Http(http) => {
                let texts = http
                    .headers
                    .values()
                    .chain(http.form.values())
                    .map(String::as_str);
                let json = http.json.iter().flat_map(template::strings);
                let more = http.contains.iter().chain(&http.lacks).map(String::as_str);
                self.texts(
                    texts.chain(json).chain(more).chain([http.path.as_str()]),
                    line,
                )?;
                self.each(&http.browser, line, |model, browser| {
                    model.visits(browser, line)
                })
            }
            StepKind::Upload { browser, .. } => {
                self.each(browser, line, |model, browser| model.visits(browser, line))
            }
            StepKind::Restart => {
                self.tabs
                    .values_mut()
                    .filter(|state| **state != TabState::Ended)
                    .for_each(|state| *state = TabState::Away);
                Ok(())
            }
            StepKind::Await { tab, of, .. } => {
                of.iter().try_for_each(|action| self.action(action, line))?;
                self.each_tab(tab, line, |model, tab| model.waits(tab, line))
            }
            StepKind::Quiet { tab, .. } => self.each_tab(tab, line, |model, tab| {
                if model.tabs.contains_key(tab) {
                    Ok(())
                } else {
                    never_opened(tab, line)
                }
            }),
            StepKind::Repeat { times, steps } => {
                self.walk(steps)?;
                if *times > 1 { self.walk(steps) } else { Ok(()) }
            }
            StepKind::Together(steps) => {
                // The order inside is free, so no step may rely on a sibling.
                let before = self.clone();
                steps
                    .iter()
                    .try_for_each(|step| before.clone().step(step))?;
                self.walk(steps)
            }
        }
    }

    fn each(
        &mut self,
        browser: &BrowserName,
        line: u64,
        run: impl Fn(&mut Self, &BrowserName) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        match &browser.who {
            Who::Everyone => {
                let device = browser.device.clone();
                self.users.iter().try_for_each(|user| {
                    run(
                        self,
                        &BrowserName {
                            who: Who::User(user.clone()),
                            device: device.clone(),
                        },
                    )
                })
            }
            Who::Stranger => run(self, browser),
            Who::User(user) => {
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
            run(
                model,
                &TabName {
                    browser: browser.clone(),
                    tab: tab.tab.clone(),
                },
            )
        })
    }

    fn known(&self, user: &UserName, line: u64) -> Result<(), Wrong> {
        if self.users.contains(user) {
            return Ok(());
        }
        wrong(
            line,
            format!("there is no user `{user}`"),
            "add the name to `users`",
        )
    }

    fn is_in(&self, browser: &BrowserName) -> bool {
        self.browsers.get(browser).copied().unwrap_or(false)
    }

    fn login(
        &mut self,
        browser: &BrowserName,
        old: Option<&BrowserName>,
        line: u64,
    ) -> Result<(), Wrong> {
        if browser.who == Who::Stranger {
            return wrong(line, "a stranger cannot log in", "log in as one of `users`");
        }
        if let Some(old) = old {
            if !self.is_in(old) {
                return wrong(
                    line,
                    format!("nobody is logged in at `{old}`"),
                    format!("add `- login: {old}` above this line"),
                );
            }
            if self.browsers.contains_key(browser) {
                return wrong(
                    line,
                    format!("there is a browser `{browser}` already"),
                    "use a device that this user does not have",
                );
            }
            self.browsers.insert(old.clone(), false);
            self.end(old);
        } else if self.is_in(browser) {
            return wrong(
                line,
                format!("`{browser}` is logged in already"),
                "log out first, or remove this line",
            );
        }
        self.browsers.insert(browser.clone(), true);
        Ok(())
    }

    fn logout(&mut self, browser: &BrowserName, line: u64) -> Result<(), Wrong> {
        if !self.is_in(browser) {
            return before_login(browser, line);
        }
        self.browsers.insert(browser.clone(), false);
        self.end(browser);
        Ok(())
    }

    fn end(&mut self, browser: &BrowserName) {
        self.tabs
            .iter_mut()
            .filter(|(tab, _)| tab.browser == *browser)
            .for_each(|(_, state)| *state = TabState::Ended);
    }

    fn open(&mut self, tab: &TabName, expect: Expect, line: u64) -> Result<(), Wrong> {
        if tab.browser.who == Who::Stranger {
            if expect == Expect::Granted {
                return wrong(
                    line,
                    "a stranger's socket must be refused",
                    "add `expect: refused`",
                );
            }
            return Ok(());
        }
        if matches!(self.tabs.get(tab), Some(TabState::Open | TabState::Stalled)) {
            return wrong(
                line,
                format!("`{tab}` is open already"),
                "name another tab, as USER/DEVICE/2",
            );
        }
        if !self.is_in(&tab.browser) {
            let elsewhere = self
                .browsers
                .iter()
                .any(|(browser, is_in)| *is_in && browser.who == tab.browser.who);
            let was_here = self.browsers.contains_key(&tab.browser);
            if was_here && expect == Expect::Refused {
                return Ok(());
            }
            if !elsewhere || was_here {
                return before_login(&tab.browser, line);
            }
            self.browsers.insert(tab.browser.clone(), true);
        }
        if expect == Expect::Granted {
            self.tabs.insert(tab.clone(), TabState::Open);
        }
        Ok(())
    }

    fn move_tab(
        &mut self,
        tab: &TabName,
        line: u64,
        from: &[TabState],
        to: TabState,
    ) -> Result<(), Wrong> {
        self.each_tab(tab, line, |model, tab| match model.tabs.get(tab).copied() {
            None => never_opened(tab, line),
            Some(state) if from.contains(&state) => {
                model.tabs.insert(tab.clone(), to);
                Ok(())
            }
            Some(state) => wrong(
                line,
                format!("`{tab}` is {}", name_of(state)),
                "remove this line, or bring the tab there first",
            ),
        })
    }

    fn acts(&mut self, tab: &TabName, via: Via, line: u64) -> Result<(), Wrong> {
        if tab.browser.who != Who::Stranger && !self.is_in(&tab.browser) {
            return before_login(&tab.browser, line);
        }
        if via == Via::Http {
            return Ok(());
        }
        match self.tabs.get(tab) {
            None => never_opened(tab, line),
            Some(TabState::Open) => Ok(()),
            Some(state) => wrong(
                line,
                format!("`{tab}` is {}", name_of(*state)),
                "open it first",
            ),
        }
    }

    fn start(&mut self, tab: &TabName, label: &str, via: Via, line: u64) -> Result<(), Wrong> {
        self.acts(tab, via, line)?;
        let Who::User(user) = &tab.browser.who else {
            return Ok(());
        };
        let name = ActionName {
            user: user.clone(),
            label: label.to_owned(),
        };
        match self.actions.insert(name, line) {
            Some(first) if first != line => wrong(
                line,
                format!("`{user}` has an action `{label}` already, from line {first}"),
                "give one of them a `name` of its own",
            ),
            _ => Ok(()),
        }
    }

    fn visits(&mut self, browser: &BrowserName, line: u64) -> Result<(), Wrong> {
        // Who has logged out goes on as a stranger in the same browser: that is how an old cookie is tried.
        if browser.who == Who::Stranger || self.browsers.contains_key(browser) {
            Ok(())
        } else {
            before_login(browser, line)
        }
    }

    fn waits(&self, tab: &TabName, line: u64) -> Result<(), Wrong> {
        match self.tabs.get(tab) {
            None => never_opened(tab, line),
            Some(TabState::Open) => Ok(()),
            Some(state) => wrong(
                line,
                format!("`{tab}` is {} and gets nothing", name_of(*state)),
                "wait at a tab that is open, or use `quiet`",
            ),
        }
    }

    fn action(&self, action: &ActionName, line: u64) -> Result<(), Wrong> {
        self.known(&action.user, line)?;
        if self.actions.contains_key(action) {
            return Ok(());
        }
        let (user, label) = (&action.user, &action.label);
        wrong(
            line,
            format!("`{user}` has started no action `{label}`"),
            format!("add `- start: {{as: {user}, action: {label}}}` above this line"),
        )
    }

    fn texts<'t>(&self, texts: impl Iterator<Item = &'t str>, line: u64) -> Result<(), Wrong> {
        for text in texts {
            let references = template::references(text).or_else(|bad| {
                wrong(line, format!("`{{{bad}}}` stands for nothing"), "write {USER.ACTION}, {USER/DEVICE.session}, {USER/DEVICE/TAB.sid} or {random}; {{ is a brace")
            })?;
            references
                .iter()
                .try_for_each(|reference| match reference {
                    Reference::Action(action) => self.action(action, line),
                    Reference::Session(tab) if self.browsers.contains_key(&tab.browser) => Ok(()),
                    Reference::Session(tab) => before_login(&tab.browser, line),
                    Reference::Sid(tab) if self.tabs.contains_key(tab) => Ok(()),
                    Reference::Sid(tab) => never_opened(tab, line),
                    Reference::Random => Ok(()),
                })?;
        }
        Ok(())
    }
}

fn before_login(browser: &BrowserName, line: u64) -> Result<(), Wrong> {
    let (who, place) = (
        &browser.who,
        if browser.device == "desktop" {
            browser.who.to_string()
        } else {
            browser.to_string()
        },
    );
    wrong(
        line,
        format!("user `{who}` acts before logging in"),
        format!("add `- login: {place}` above this line"),
    )
}

fn never_opened(tab: &TabName, line: u64) -> Result<(), Wrong> {
    wrong(
        line,
        format!("the tab `{tab}` was never opened"),
        format!("add `- open: {tab}` above this line"),
    )
}

const fn name_of(state: TabState) -> &'static str {
    match state {
        TabState::Open => "open",
        TabState::Stalled => "stalled",
        TabState::Away => "closed",
        TabState::Ended => "over: its session has ended",
    }
}
