//! The state that the steps before have left: browsers, tabs and actions, and whether a step fits it.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::nearest;
use evidence::UserName;

use crate::language::names::{ActionName, BrowserName, TabName, Who, in_yaml};
use crate::language::values::{Expect, Via};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

#[derive(Clone, Debug, PartialEq, Eq)]
enum BrowserState {
    In,
    Out,
    /// Somebody else has logged in there, and it has another name now.
    Taken(BrowserName),
}

/// Where a tab that was opened once stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TabState {
    Open,
    Stalled,
    Away,
    /// Its session is over.
    Ended,
}

/// What a step makes of a tab: it must be in one of these states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) from: &'static [TabState],
    pub(crate) to: TabState,
}

/// What is there at a step.
#[derive(Clone, Debug)]
pub(crate) struct Model<'a> {
    pub(crate) users: &'a BTreeSet<&'a UserName>,
    browsers: BTreeMap<BrowserName, BrowserState>,
    tabs: BTreeMap<TabName, TabState>,
    actions: BTreeSet<ActionName>,
    /// What the check has cost so far, in places looked at.
    pub(crate) work: usize,
    /// Whether the step is in a `repeat` and taken once more.
    pub(crate) is_again: bool,
    /// Whether the step is in a `together`, where nothing helps that stands above it inside.
    pub(crate) is_beside_others: bool,
}

impl<'a> Model<'a> {
    pub(crate) const fn new(users: &'a BTreeSet<&'a UserName>) -> Self {
        Self {
            users,
            browsers: BTreeMap::new(),
            tabs: BTreeMap::new(),
            actions: BTreeSet::new(),
            work: 0,
            is_again: false,
            is_beside_others: false,
        }
    }

    /// How much a copy costs.
    pub(crate) fn size(&self) -> usize {
        1 + self.browsers.len() + self.tabs.len() + self.actions.len()
    }

    pub(crate) fn known(&self, user: &UserName, at: Spot) -> Result<(), Wrong> {
        if self.users.contains(user) {
            return Ok(());
        }
        let users = self.users.iter().map(|user| user.as_str());
        let fix = match nearest(user.as_str(), users) {
            Some(near) => format!("write `{}`, or add the name to `users`", in_yaml(near)),
            None => "add the name to `users`".to_owned(),
        };
        wrong(at, format!("there is no user `{user}`"), fix)
    }

    /// Where a step that is missing must be added. `this` is this line, as the fix calls it.
    fn above(&self, this: &str) -> String {
        if self.is_beside_others {
            "above `together`, because its steps run at the same time".to_owned()
        } else {
            format!("above {this}")
        }
    }

    pub(crate) fn login(&mut self, browser: &BrowserName, at: Spot) -> Result<(), Wrong> {
        not_a_stranger(browser, "log in", at)?;
        match self.browsers.get(browser) {
            Some(BrowserState::In) => wrong(
                at,
                format!("`{browser}` is logged in already"),
                if self.is_again {
                    "log out at the end of the round, or log in before the first round"
                } else {
                    "log out first, or remove this line"
                },
            ),
            Some(BrowserState::Taken(now)) => taken(browser, now, at),
            None | Some(BrowserState::Out) => {
                self.browsers.insert(browser.clone(), BrowserState::In);
                Ok(())
            }
        }
    }

    /// A login as somebody else in the browser `old`, which is called `browser` from here on.
    pub(crate) fn take_over(
        &mut self,
        (browser, at): (&BrowserName, Spot),
        (old, old_at): (&BrowserName, Spot),
    ) -> Result<(), Wrong> {
        not_a_stranger(browser, "log in", at)?;
        self.logged_in(old, old_at)?;
        if self.browsers.contains_key(browser) {
            return wrong(
                old_at,
                format!("there is a browser `{browser}` already"),
                "use a device that this user does not have",
            );
        }
        self.end(old, BrowserState::Taken(browser.clone()));
        self.browsers.insert(browser.clone(), BrowserState::In);
        Ok(())
    }

    pub(crate) fn logout(&mut self, browser: &BrowserName, at: Spot) -> Result<(), Wrong> {
        self.logged_in(browser, at)?;
        self.end(browser, BrowserState::Out);
        Ok(())
    }

    fn end(&mut self, browser: &BrowserName, state: BrowserState) {
        self.browsers.insert(browser.clone(), state);
        self.tabs
            .iter_mut()
            .filter(|(tab, _)| tab.browser == *browser)
            .for_each(|(_, state)| *state = TabState::Ended);
    }

    pub(crate) fn restart(&mut self) {
        self.tabs
            .values_mut()
            .filter(|state| **state != TabState::Ended)
            .for_each(|state| *state = TabState::Away);
    }

    pub(crate) fn open(&mut self, tab: &TabName, expect: Expect, at: Spot) -> Result<(), Wrong> {
        let browser = &tab.browser;
        if browser.who == Who::Stranger {
            if expect == Expect::Granted {
                self.tabs.insert(tab.clone(), TabState::Open);
            }
            return Ok(());
        }
        if matches!(self.tabs.get(tab), Some(TabState::Open | TabState::Stalled)) {
            return wrong(
                at,
                format!("`{tab}` is open already"),
                if self.is_again {
                    "close it or log out at the end of the round, or open it before the first round"
                } else {
                    "name another tab, as USER/DEVICE/2"
                },
            );
        }
        match self.browsers.get(browser) {
            Some(BrowserState::Out) if expect == Expect::Refused => return Ok(()),
            // A user who is logged in somewhere logs in at a new device by opening a tab there.
            None if self.has_a_login(&browser.who) => {
                self.browsers.insert(browser.clone(), BrowserState::In);
            }
            _ => self.logged_in(browser, at)?,
        }
        if expect == Expect::Granted {
            self.tabs.insert(tab.clone(), TabState::Open);
        }
        Ok(())
    }

    fn has_a_login(&self, who: &Who) -> bool {
        // Browsers are in the order of their users, and the shortest device comes first.
        let first = BrowserName {
            who: who.clone(),
            device: String::new(),
        };
        self.browsers
            .range(first..)
            .take_while(|(browser, _)| browser.who == *who)
            .any(|(_, state)| *state == BrowserState::In)
    }

    pub(crate) fn change(
        &mut self,
        tab: &TabName,
        Change { from, to }: Change,
        at: Spot,
    ) -> Result<(), Wrong> {
        let state = self.state(tab, at)?;
        if !from.contains(&state) {
            return self.unfit(tab, state, at);
        }
        self.tabs.insert(tab.clone(), to);
        Ok(())
    }

    /// The state of a tab that was ever opened.
    pub(crate) fn state(&self, tab: &TabName, at: Spot) -> Result<TabState, Wrong> {
        if !self.tabs.contains_key(tab) {
            not_a_stranger(&tab.browser, "have a socket that nothing has opened", at)?;
        }
        self.tabs.get(tab).copied().map_or_else(
            || {
                wrong(at, format!("the tab `{tab}` was never opened"), {
                    let tab = in_yaml(&tab.to_string());
                    format!("add `- open: {tab}` {}", self.above("this line"))
                })
            },
            Ok,
        )
    }

    pub(crate) fn acts(&self, tab: &TabName, via: Via, at: Spot) -> Result<(), Wrong> {
        if tab.browser.who != Who::Stranger {
            self.logged_in(&tab.browser, at)?;
        }
        if via == Via::Http {
            return Ok(());
        }
        self.waits(tab, at)
    }

    /// The server closes the tab, unless it has ended with its session.
    pub(crate) fn closed_by_server(&mut self, tab: &TabName, at: Spot) -> Result<(), Wrong> {
        match self.state(tab, at)? {
            TabState::Ended => {}
            TabState::Open => {
                self.tabs.insert(tab.clone(), TabState::Away);
            }
            state => return self.unfit(tab, state, at),
        }
        Ok(())
    }

    /// Whether the tab gets what comes.
    pub(crate) fn waits(&self, tab: &TabName, at: Spot) -> Result<(), Wrong> {
        match self.state(tab, at)? {
            TabState::Open => Ok(()),
            state => self.unfit(tab, state, at),
        }
    }

    pub(crate) fn start(
        &mut self,
        tab: &TabName,
        label: &str,
        via: Via,
        expect: Expect,
        at: Spot,
    ) -> Result<(), Wrong> {
        not_a_stranger(&tab.browser, "start an action", at)?;
        self.acts(tab, via, at)?;
        if let (Who::User(user), Expect::Granted) = (&tab.browser.who, expect) {
            let (user, label) = (user.clone(), label.to_owned());
            self.actions.insert(ActionName { user, label });
        }
        Ok(())
    }

    pub(crate) fn started(&self, action: &ActionName, at: Spot) -> Result<(), Wrong> {
        self.known(&action.user, at)?;
        if self.actions.contains(action) {
            return Ok(());
        }
        let (user, label) = (&action.user, &action.label);
        wrong(
            at,
            format!("`{user}` has started no action `{label}`"),
            format!(
                "add `- start: {{as: {}, action: {}}}` {}",
                in_yaml(user.as_str()),
                in_yaml(label),
                self.above("this line")
            ),
        )
    }

    /// Whether a browser may send a request. A user who has logged out continues in the same browser as a stranger:
    /// that is how an old cookie is tried.
    pub(crate) fn visits(&self, browser: &BrowserName, at: Spot) -> Result<(), Wrong> {
        let out = self.browsers.get(browser) == Some(&BrowserState::Out);
        if out || browser.who == Who::Stranger {
            Ok(())
        } else {
            self.logged_in(browser, at)
        }
    }

    /// Whether it has a session of its own.
    pub(crate) fn is_in(&self, browser: &BrowserName, at: Spot) -> Result<(), Wrong> {
        self.logged_in(browser, at)
    }

    fn logged_in(&self, browser: &BrowserName, at: Spot) -> Result<(), Wrong> {
        let who = &browser.who;
        let place = if browser.device == "desktop" {
            who.to_string()
        } else {
            browser.to_string()
        };
        let (place, above) = (in_yaml(&place), self.above("this line"));
        let fix = format!("add `- login: {place}` {above}");
        match self.browsers.get(browser) {
            Some(BrowserState::In) => Ok(()),
            Some(BrowserState::Taken(now)) => taken(browser, now, at),
            Some(BrowserState::Out) => {
                wrong(at, format!("user `{who}` acts after logging out"), fix)
            }
            None => wrong(at, format!("user `{who}` acts before logging in"), fix),
        }
    }

    fn unfit<T>(&self, tab: &TabName, state: TabState, at: Spot) -> Result<T, Wrong> {
        let (is, fix) = match state {
            TabState::Open => ("open", "remove this line".to_owned()),
            TabState::Stalled | TabState::Away => (
                if state == TabState::Away {
                    "closed"
                } else {
                    "stalled"
                },
                {
                    let (tab, above) = (in_yaml(&tab.to_string()), self.above("it"));
                    format!("remove this line, or add `- resume: {tab}` {above}")
                },
            ),
            TabState::Ended => (
                "over: its session has ended",
                "open a tab of a new session, or show its silence by `quiet`".to_owned(),
            ),
        };
        wrong(at, format!("the tab `{tab}` is {is}"), fix)
    }
}

fn not_a_stranger(browser: &BrowserName, what: &str, at: Spot) -> Result<(), Wrong> {
    if browser.who != Who::Stranger {
        return Ok(());
    }
    wrong(
        at,
        format!("a stranger cannot {what}"),
        "name one of `users`",
    )
}

fn taken<T>(browser: &BrowserName, now: &BrowserName, at: Spot) -> Result<T, Wrong> {
    wrong(
        at,
        format!("the browser `{browser}` was taken over"),
        format!("write `{now}`, its name since then"),
    )
}
