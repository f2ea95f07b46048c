//! A place of `everyone` stands for that place of each user: what is checked of it is checked of each.

use super::state::{Change, Model};
use crate::language::names::{BrowserName, TabName, Who};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

/// Places that one check may look at: a second or two of work.
const MAX_WORK: usize = 2_000_000;

impl Model<'_> {
    /// Checks the browser, or everyone's.
    pub(crate) fn each(
        &mut self,
        browser: &BrowserName,
        at: Spot,
        check: impl Fn(&mut Self, &BrowserName) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        match &browser.who {
            Who::Everyone => {
                self.spend(self.users.len(), at)?;
                let users = self.users;
                users
                    .iter()
                    .try_for_each(|user| check(self, &browser.of(user)))
            }
            Who::Stranger => check(self, browser),
            Who::User(user) => {
                self.spend(1, at)?;
                self.known(user, at)?;
                check(self, browser)
            }
        }
    }

    /// Checks the tab, or everyone's.
    pub(crate) fn each_tab(
        &mut self,
        tab: &TabName,
        at: Spot,
        check: impl Fn(&mut Self, &TabName) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        self.each(&tab.browser, at, |model, browser| {
            let tab = TabName {
                browser: browser.clone(),
                tab: tab.tab.clone(),
            };
            check(model, &tab)
        })
    }

    /// Changes the state of the tab, or of everyone's.
    pub(crate) fn change_each(
        &mut self,
        tab: &TabName,
        change: Change,
        at: Spot,
    ) -> Result<(), Wrong> {
        self.each_tab(tab, at, |model, tab| model.change(tab, change, at))
    }

    /// Counts the work of the check, which ends when there was too much of it.
    pub(crate) fn spend(&mut self, work: usize, at: Spot) -> Result<(), Wrong> {
        self.work = self.work.saturating_add(work);
        if self.work <= MAX_WORK {
            return Ok(());
        }
        wrong(
            at,
            "the steps up to here are more than can be checked",
            "use fewer users, or repeat less",
        )
    }
}
