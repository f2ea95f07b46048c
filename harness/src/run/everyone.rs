//! A place of `everyone` stands for that place of each user: a step of it is taken for all of them at once.

use std::future::Future;

use futures_util::{StreamExt, stream};

use super::error::RunError;
use super::failing;
use super::state::Run;
use crate::language::names::{BrowserName, TabName, Who};

/// Users that act at the same moment where a step says `everyone`.
const AT_ONCE: usize = 128;

impl Run {
    /// Runs `act` for the browser, or for everyone's at once.
    pub(crate) async fn each<F: Future<Output = Result<(), RunError>>>(
        &self,
        browser: &BrowserName,
        act: impl Fn(BrowserName) -> F,
    ) -> Result<(), RunError> {
        if browser.who != Who::Everyone {
            return self.one(browser.clone(), &act).await;
        }
        let users = self.cast.passwords.keys();
        let all: Vec<_> = users.map(|user| self.one(browser.of(user), &act)).collect();
        // One that fails does not end what the others do.
        let ended = stream::iter(all).buffer_unordered(AT_ONCE);
        failing::worst(ended.collect().await)
    }

    /// Runs `act` for the tab, or for everyone's at once.
    pub(crate) async fn each_tab<F: Future<Output = Result<(), RunError>>>(
        &self,
        tab: &TabName,
        act: impl Fn(TabName) -> F,
    ) -> Result<(), RunError> {
        let act = |browser| {
            act(TabName {
                browser,
                tab: tab.tab.clone(),
            })
        };
        self.each(&tab.browser, act).await
    }

    async fn one<F: Future<Output = Result<(), RunError>>>(
        &self,
        browser: BrowserName,
        act: &impl Fn(BrowserName) -> F,
    ) -> Result<(), RunError> {
        if self.doubts.doubts_browser(&browser) {
            return Err(RunError::Unknown(format!("the login of {browser}")));
        }
        act(browser).await
    }
}
