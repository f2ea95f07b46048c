//! Steps at a tab: open, resume, emit, wait and listen.

use std::collections::BTreeMap;
use std::time::Duration;

use evidence::Place;
use probe::{OpenOptions, Opened, Tab, Transport, excerpt};
use serde_json::Value;

use super::{OpenTab, RunError, Runner, lock, word};
use crate::scenario::{ActionName, Expect, TabName, Who};

impl Runner {
    pub(super) async fn open(
        &self,
        name: TabName,
        transport: Transport,
        headers: &BTreeMap<String, String>,
        expect: Expect,
    ) -> Result<(), RunError> {
        let known = lock(&self.browsers).contains_key(&name.browser);
        if !known && name.browser.who != Who::Stranger {
            self.login(name.browser.clone(), None).await?;
        }
        let headers = headers
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.fill(value)?)))
            .collect::<Result<Vec<_>, RunError>>()?;
        let options = OpenOptions {
            client: self.client,
            transport,
            headers,
            resume: None,
        };
        self.open_with(name, options, expect).await
    }

    pub(super) async fn open_with(
        &self,
        name: TabName,
        options: OpenOptions,
        expect: Expect,
    ) -> Result<(), RunError> {
        let browser = self.browser(&name.browser);
        let opened_after = lock(&self.actions).len();
        match (
            Tab::open(&browser, &name.tab, options.clone()).await?,
            expect,
        ) {
            (Opened::Granted(tab), expect) => {
                lock(&self.tabs).insert(
                    name,
                    OpenTab {
                        tab,
                        options,
                        opened_after,
                    },
                );
                let met = expect == Expect::Granted;
                if met {
                    Ok(())
                } else {
                    self.expected(browser.place(), "the socket is refused", false, || {
                        "it was opened".to_owned()
                    })
                }
            }
            (Opened::Refused(_), Expect::Refused) => {
                self.expected(browser.place(), "the socket is refused", true, String::new)
            }
            (Opened::Refused(reason), Expect::Granted) => {
                self.expected(browser.place(), "the socket is opened", false, || reason)?;
                Err(RunError::Socket(name.to_string()))
            }
        }
    }

    pub(super) async fn resume(&self, name: TabName) -> Result<(), RunError> {
        let open = self.tab(&name)?;
        if !open.tab.has_left() {
            return Ok(open.tab.stall(false).await?);
        }
        let options = OpenOptions {
            resume: open.tab.last_number(),
            ..open.options
        };
        self.open_with(name, options, Expect::Granted).await
    }

    pub(super) async fn emit(
        &self,
        name: TabName,
        event: &str,
        data: &Value,
        expect: Option<Expect>,
    ) -> Result<(), RunError> {
        let data = self.fill_json(data)?;
        let answer = self.tab(&name)?.tab.emit(event, data).await?;
        let Some(expect) = expect else { return Ok(()) };
        let granted = answer.as_ref().is_some_and(probe::tab::granted);
        let met = answer.is_some() && granted == (expect == Expect::Granted);
        let found = || {
            answer.map_or_else(
                || "no acknowledgement".to_owned(),
                |answer| excerpt::start(&answer.to_string()),
            )
        };
        self.expected(
            self.browser(&name.browser).place(),
            &format!("`{event}` is {}", word(expect)),
            met,
            found,
        )
    }

    pub(super) async fn wait(
        &self,
        name: TabName,
        event: &str,
        within: Duration,
        count: usize,
        of: Option<&ActionName>,
    ) -> Result<(), RunError> {
        let marker = of
            .map(|action| self.action(action))
            .transpose()?
            .and_then(|(_, marker)| marker);
        let open = self.tab(&name)?;
        let came = open
            .tab
            .wait_for(event, marker.as_ref(), count, self.patience.of(within))
            .await;
        if came.is_err() {
            self.patience.is_disappointed();
        }
        let place = Place {
            tab: Some(name.tab.clone()),
            ..self.browser(&name.browser).place()
        };
        let claim = format!("{count} `{event}` within {within:?}");
        self.expected(place, &claim, came.is_ok(), || {
            format!("{} came", came.err().unwrap_or(0))
        })
    }

    pub(super) async fn last(
        &self,
        name: TabName,
        event: &str,
        among: &[String],
        quiet: Duration,
    ) -> Result<(), RunError> {
        let last = self.tab(&name)?.tab.last_of(among, quiet).await;
        let place = Place {
            tab: Some(name.tab.clone()),
            ..self.browser(&name.browser).place()
        };
        let claim = format!("of {} the last is `{event}`", among.join(", "));
        self.expected(place, &claim, last.as_deref() == Some(event), || {
            last.map_or_else(|| "none came".to_owned(), |last| format!("`{last}`"))
        })
    }

    pub(super) async fn quiet(
        &self,
        name: TabName,
        for_time: Duration,
        event: Option<&str>,
    ) -> Result<(), RunError> {
        let came = self.tab(&name)?.tab.listen(event, for_time).await;
        let place = Place {
            tab: Some(name.tab.clone()),
            ..self.browser(&name.browser).place()
        };
        let claim = format!(
            "no {} for {for_time:?}",
            event.map_or_else(|| "event".to_owned(), |event| format!("`{event}`"))
        );
        self.expected(place, &claim, came.is_none(), || {
            format!("`{}` came", came.unwrap_or_default())
        })
    }
}
