//! Steps at a tab: open, resume, emit, wait and listen.

use std::collections::BTreeMap;
use std::time::Duration;

use evidence::Place;
use probe::{OpenOptions, Opened, Tab, Transport, excerpt};
use serde_json::Value;

use super::waiting::late;
use super::{OpenTab, RunError, Runner, lock, word};
use crate::scenario::{Expect, TabName, Who};

/// How long a tab that reads again takes to come upon the server's close.
const UNREAD: Duration = Duration::from_millis(300);

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
        let opened = match Tab::open(&browser, &name.tab, options.clone()).await {
            Err(error) if let Some(why) = late(&error) => {
                let claim = match expect {
                    Expect::Granted => "the socket is opened",
                    Expect::Refused => "the socket is refused",
                };
                self.unseen(browser.place(), claim, why)?;
                return Err(RunError::Unseen);
            }
            opened => opened?,
        };
        match (opened, expect) {
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
            open.tab.stall(false).await?;
            // What it reads now is new, however long it had stood still.
            self.watch.anew();
            // The server may have closed it meanwhile: the close stands behind what was not read.
            if !open.tab.leaves_within(UNREAD).await {
                return Ok(());
            }
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
        let socket = &self.site.target.socket;
        let action = match &socket.stop {
            Some(stop) if stop == event => self.named_action(&name.browser, data)?,
            _ => None,
        };
        let data = self.fill_json(data)?;
        let tab = self.tab(&name)?.tab;
        let answer = tab.emit(event, data, action.clone()).await?;
        if let Some(action) = &action {
            let granted = { answer.as_ref() }.map(|answer| socket.grants(answer));
            self.stopped(&name.browser, action, granted);
        }
        let Some(expect) = expect else { return Ok(()) };
        let place = self.browser(&name.browser).place();
        let claim = format!("`{event}` is {}", word(expect));
        let Some(answer) = answer else {
            return self.unseen(place, &claim, "no acknowledgement".to_owned());
        };
        let granted = self.site.target.socket.grants(&answer);
        let met = granted == (expect == Expect::Granted);
        self.expected(place, &claim, met, || excerpt::start(&answer.to_string()))
    }

    pub(super) async fn quiet(
        &self,
        name: TabName,
        for_time: Duration,
        event: Option<&str>,
    ) -> Result<(), RunError> {
        let tab = self.tab(&name)?.tab;
        let mut late = self.late_at(&name, &tab).await;
        let expected_late = late.clone();
        let came = tab.listen(event, for_time, &mut late).await;
        let session = self.browser(&name.browser).place();
        let place = Place {
            tab: Some(name.tab.clone()),
            ..session.clone()
        };
        let claim = format!(
            "no {} for {for_time:?}",
            event.map_or_else(|| "event".to_owned(), |event| format!("`{event}`"))
        );
        // A tab that hears nothing proves no silence; that its session has ended is why one should.
        if came.is_none() && tab.has_left() && tab.is_of(&session) {
            let closed = closed_by_server(&tab);
            let found = format!("nothing came, and the tab is closed{closed}");
            return self.unseen(place, &claim, found);
        }
        if came.is_none()
            && !tab.has_left()
            && let Some(trouble) = self.watch.question().await
        {
            let found = format!("nothing came, and the target did not answer: {trouble}");
            return self.unseen(place, &claim, found);
        }
        // What was late for the step that waited for it is no more than that.
        if came.is_none()
            && let Some((event, _)) =
                { expected_late.iter() }.find(|(event, n)| late.get(*event) < Some(n))
        {
            let found = format!("`{event}` came, and a step before had waited in vain");
            return self.unseen(place, &claim, found);
        }
        if let (Some(came), Who::User(user)) = (&came, &name.browser.who)
            && lock(&self.unsure).contains(user)
        {
            let found =
                format!("`{came}` came; whether an action was started or stopped is unknown");
            return self.unseen(place, &claim, found);
        }
        self.expected(place, &claim, came.is_none(), || {
            format!("`{}` came", came.unwrap_or_default())
        })
    }
}

/// The server's close, to be said beside what did not come.
pub(super) fn closed_by_server(tab: &Tab) -> String {
    let how = tab.closed_by_server();
    how.map_or_else(String::new, |how| {
        format!("; the server closed the tab: {how}")
    })
}
