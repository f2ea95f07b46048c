//! Steps of a browser: login, logout, actions, requests; and the restart of the server.

use std::collections::BTreeMap;

use evidence::{ActionId, Marker, Place};
use futures_util::future::join_all;
use probe::{Ask, Body, Browser, Login, Started, Tab, Target, excerpt};
use rand::RngExt;
use serde_json::Value;

use super::failing::is_silence;
use super::waiting::late;
use super::{RunError, Runner, StartedAction, Starting, lock, word};
use crate::scenario::template::{self, Reference};
use crate::scenario::{ActionName, BrowserName, Expect, Http, Mark, TabName, Via, Who};

impl Runner {
    pub(super) async fn login(
        &self,
        name: BrowserName,
        old: Option<&BrowserName>,
    ) -> Result<(), RunError> {
        let browser = match old {
            Some(old) => self.browser(old),
            None => self.browser(&name),
        };
        let Who::User(user) = &name.who else {
            return Err(RunError::Unknown(name.to_string()));
        };
        let password = self
            .passwords
            .get(user)
            .ok_or_else(|| RunError::Unknown(user.to_string()))?;
        let login = browser.login(user, password).await;
        if !matches!(login, Ok(Login::Granted)) {
            lock(&self.nameless).insert(name.clone());
        }
        let login = match login {
            Err(error) if let Some(why) = late(&error) => {
                self.unseen(browser.place(), &format!("`{user}` is logged in"), why)?;
                return Err(RunError::Unseen);
            }
            login => login?,
        };
        match login {
            Login::Granted => {
                lock(&self.browsers).insert(name, browser);
                Ok(())
            }
            Login::Refused(said) => Err(RunError::Login(user.clone(), said)),
            Login::Nameless(why) => Err(RunError::Nameless(user.clone(), why)),
        }
    }

    pub(super) async fn logout(&self, name: BrowserName) -> Result<(), RunError> {
        let browser = self.browser(&name);
        let place = browser.place();
        let granted = match browser.logout().await {
            Err(error) if is_silence(&error) => {
                // Nobody can tell whether the session is over: what it sees or misses from here on shows nothing.
                lock(&self.nameless).insert(name.clone());
                let own: Vec<Tab> = lock(&self.tabs)
                    .iter()
                    .filter(|(tab, _)| tab.browser == name)
                    .map(|(_, open)| open.tab.clone())
                    .collect();
                join_all(own.iter().map(Tab::close)).await;
                let why = late(&error).unwrap_or_else(|| error.to_string());
                return self.unseen(place, "logout is granted", why);
            }
            granted => granted?,
        };
        self.expected(place, "logout is granted", granted, || {
            "it was refused".to_owned()
        })
    }

    pub(super) async fn start(
        &self,
        name: TabName,
        starting: Starting<'_>,
    ) -> Result<(), RunError> {
        let Starting {
            kind,
            label,
            via,
            mark,
            parameters,
            expect,
        } = starting;
        if !self.site.target.actions.kinds.contains_key(kind) {
            return Err(RunError::Kind(kind.to_owned()));
        }
        let Value::Object(given) = self.fill_json(&Value::Object(parameters.clone()))? else {
            return Ok(());
        };
        let all = self.site.target.unmarked_parameters(kind, &given);
        if expect == Expect::Granted
            && let Some(parameter) = self.site.target.uncounted(kind, &all)
        {
            let kind = kind.to_owned();
            return Err(RunError::Uncounted { kind, parameter });
        }
        let browser = self.browser(&name.browser);
        let place = browser.place();
        let Who::User(user) = &name.browser.who else {
            return Err(RunError::Unknown(name.to_string()));
        };
        let marker = match mark {
            Mark::Marked => Some(Marker::new(user, lock(&self.random).random())),
            Mark::Unmarked => None,
        };
        let started = match (via, &marker) {
            (_, None) => match browser.start_unmarked(kind, &given).await {
                Err(error) if let Some(why) = late(&error) => Started::Unanswered(why),
                started => started?,
            },
            (Via::Http, Some(marker)) => browser.start(kind, &given, marker.clone()).await?,
            (Via::Socket, Some(marker)) => {
                let tab = self.tab(&name)?.tab;
                tab.start(kind, &given, marker.clone()).await?
            }
        };
        if let Started::Granted(id) = &started {
            let action = ActionName {
                user: user.clone(),
                label: label.to_owned(),
            };
            let yields = self.site.target.yields(kind, &all);
            lock(&self.actions).push(StartedAction {
                name: action,
                id: id.clone(),
                marker,
                yields,
            });
        }
        let claim = format!("`{kind}` is {}", word(expect));
        if let Started::Unanswered(why) = &started {
            lock(&self.unsure).insert(user.clone());
            self.unseen(place, &claim, why.clone())?;
            return Err(RunError::Unseen);
        }
        let met = matches!(
            (&started, expect),
            (Started::Granted(_), Expect::Granted) | (Started::Refused(_), Expect::Refused)
        );
        self.expected(place, &claim, met, || match &started {
            Started::Granted(_) => "it was granted".to_owned(),
            Started::Refused(said) => format!("it was refused: {said}"),
            Started::Unanswered(why) => why.clone(),
        })?;
        if met || expect == Expect::Refused {
            Ok(())
        } else {
            Err(RunError::NoAction(label.to_owned()))
        }
    }

    pub(super) async fn stop(
        &self,
        name: TabName,
        action: &ActionName,
        via: Via,
        expect: Expect,
    ) -> Result<(), RunError> {
        let (id, _) = self.action(action)?;
        let browser = self.browser(&name.browser);
        let claim = format!(
            "stopping `{}` of {} is {}",
            action.label,
            action.user,
            word(expect)
        );
        let mut refused = "refused".to_owned();
        let granted = match via {
            Via::Http => match browser.stop(&id).await {
                Err(error) if late(&error).is_some() => None,
                answer => {
                    let status = answer?.status;
                    refused = format!("refused with status {status}");
                    Some(status == self.site.target.actions.stop.granted)
                }
            },
            Via::Socket => self.tab(&name)?.tab.stop(&id).await?,
        };
        self.stopped(&name.browser, &id, granted);
        let Some(granted) = granted else {
            return self.unseen(browser.place(), &claim, "no answer in time".to_owned());
        };
        self.expected(
            browser.place(),
            &claim,
            granted == (expect == Expect::Granted),
            || {
                if granted {
                    "granted".to_owned()
                } else {
                    refused
                }
            },
        )
    }

    /// An action that its owner has stopped owes only what it had made; without an answer nobody knows what it
    /// makes.
    pub(super) fn stopped(&self, by: &BrowserName, id: &ActionId, granted: Option<bool>) {
        let mut actions = lock(&self.actions);
        let is_it = |started: &&mut StartedAction| {
            started.id == *id && by.who == Who::User(started.name.user.clone())
        };
        let Some(started) = actions.iter_mut().rev().find(is_it) else {
            return;
        };
        match granted {
            Some(true) => started.yields.clear(),
            Some(false) => {}
            None => {
                lock(&self.unsure).insert(started.name.user.clone());
            }
        }
    }

    /// The action that a JSON value names, by its template.
    pub(super) fn named_action(
        &self,
        asker: &BrowserName,
        json: &Value,
    ) -> Result<Option<ActionId>, RunError> {
        let mut named = Vec::new();
        names_in(json, &mut named)?;
        Ok(of_somebody(&lock(&self.actions), named, asker))
    }

    pub(super) async fn http(&self, name: BrowserName, http: &Http) -> Result<(), RunError> {
        let filled = |map: &BTreeMap<String, String>| {
            map.iter()
                .map(|(name, value)| Ok((name.clone(), self.fill(value)?)))
                .collect::<Result<Vec<_>, RunError>>()
        };
        let body = match &http.json {
            Some(json) => Body::Json(self.fill_json(json)?),
            None if http.form.is_empty() => Body::Nothing,
            None => Body::Form(filled(&http.form)?),
        };
        let path = self.fill(&http.path)?;
        // A body says which action is meant only where it is known to mean one.
        let mut named = Vec::new();
        if self.site.target.stops(http.method, &path) {
            let json = http.json.iter();
            { json }.try_for_each(|json| names_in(json, &mut named))?;
            for text in http.form.values() {
                named.extend(names(text)?);
            }
        }
        let in_body = of_somebody(&lock(&self.actions), named, &name);
        let ask = Ask {
            method: http.method.to_owned(),
            action: asked_for(
                &lock(&self.actions),
                &self.site.target,
                &name,
                (&http.path, &path),
            )?
            .or(in_body),
            // Where the target file has no word for it, a status of 200 to 299 says yes.
            granted: self.site.target.granted(http.method, &path),
            path,
            headers: filled(&http.headers)?,
            body,
        };
        let browser = self.browser(&name);
        let asked = format!("{} {}", http.method, http.path);
        let answer = browser.request(&ask).await;
        if let Some(action) = &ask.action
            && self.site.target.stops(&ask.method, &ask.path)
        {
            let granted = { answer.as_ref().ok() }.map(|answer| ask.is_granted_by(answer));
            self.stopped(&name, action, granted);
        }
        let answer = match answer {
            Err(error) if let Some(why) = late(&error) => {
                return self.unseen(browser.place(), &format!("{asked} is answered"), why);
            }
            answer => answer?,
        };
        self.status(&browser, &asked, &http.expect, answer.status)?;
        for (text, wanted) in http
            .contains
            .iter()
            .map(|text| (text, true))
            .chain(http.lacks.iter().map(|text| (text, false)))
        {
            let text = self.fill(text)?;
            let found = answer.body.contains(&text);
            if answer.cut && !found {
                let why = "the answer is longer than 16 MiB".to_owned();
                let claim = format!("{asked} is read to its end");
                self.unseen(browser.place(), &claim, why)?;
                continue;
            }
            let met = found == wanted;
            let claim = format!(
                "{asked} {} `{text}`",
                if wanted { "contains" } else { "lacks" }
            );
            self.expected(browser.place(), &claim, met, || {
                excerpt::around(&answer.body, &text)
            })?;
        }
        Ok(())
    }

    pub(super) async fn upload(
        &self,
        name: BrowserName,
        bytes: usize,
        expect: &[u16],
    ) -> Result<(), RunError> {
        let upload = self
            .site
            .target
            .upload
            .clone()
            .ok_or(RunError::NotInTarget("upload"))?;
        let browser = self.browser(&name);
        let ask = Ask {
            method: "POST".to_owned(),
            path: upload.path,
            body: Body::File(upload.field, bytes),
            granted: Some(upload.granted),
            ..Ask::default()
        };
        let answer = match browser.request(&ask).await {
            Err(error) if let Some(why) = late(&error) => {
                return self.unseen(browser.place(), "upload is answered", why);
            }
            answer => answer?,
        };
        self.status(&browser, "upload", expect, answer.status)
    }

    pub(super) fn status(
        &self,
        browser: &Browser,
        asked: &str,
        expect: &[u16],
        status: u16,
    ) -> Result<(), RunError> {
        if expect.is_empty() {
            return Ok(());
        }
        let wanted: Vec<String> = expect.iter().map(u16::to_string).collect();
        let claim = format!("{asked} answers {}", wanted.join(" or "));
        self.expected(browser.place(), &claim, expect.contains(&status), || {
            status.to_string()
        })
    }

    /// Looks for everything secret that the run has used in what the server has written so far.
    pub(super) async fn log_lacks_secrets(&self) -> Result<(), RunError> {
        let log = self
            .server
            .lock()
            .await
            .as_ref()
            .ok_or(RunError::Log)?
            .log();
        let found = {
            let (browsers, actions) = (lock(&self.browsers), lock(&self.actions));
            let sessions = browsers.iter().flat_map(|(name, browser)| {
                let what = format!("a session of {name}");
                let values = browser.session_values().into_iter();
                values.map(move |value| (what.clone(), value))
            });
            let markers = actions.iter().filter_map(|action| {
                let what = format!("the text of {}.{}", action.name.user, action.name.label);
                Some((what, action.marker.as_ref()?.to_string()))
            });
            let passwords = self
                .passwords
                .iter()
                .map(|(user, password)| (format!("the password of {user}"), password.clone()));
            let mut all = sessions.chain(markers).chain(passwords);
            all.find(|(_, secret)| log.contains(secret.as_str()))
        };
        let place = Place {
            user: None,
            session: "the log".to_owned(),
            tab: None,
        };
        let claim = "the server's log lacks secrets";
        self.expected(place, claim, found.is_none(), || {
            // The secret itself stays out of the history.
            found.map(|(what, _)| what).unwrap_or_default()
        })
    }

    pub(super) async fn restart(&self) -> Result<(), RunError> {
        // Its end is the scenario's doing, and no close of the server's own.
        lock(&self.tabs)
            .values()
            .for_each(|open| open.tab.ends_soon());
        let mut server = self.server.lock().await;
        let mut local = server.take().ok_or(RunError::Restart)?;
        // It blocks until the old process has ended and the new one is ready.
        let restarted = tokio::task::spawn_blocking(move || local.restart().map(|()| local)).await;
        *server = Some(restarted.map_err(|_| RunError::Restart)??);
        self.site.forget_connections()?;
        Ok(())
    }
}

/// The action that a path asks for: the one that its template names, somebody else's first; where none is
/// named, one whose id is written out where the target's paths have it.
fn asked_for(
    actions: &[StartedAction],
    target: &Target,
    asker: &BrowserName,
    (template, path): (&str, &str),
) -> Result<Option<ActionId>, RunError> {
    let named = names(template)?;
    if !named.is_empty() {
        return Ok(of_somebody(actions, named, asker));
    }
    let written = target.id_in_path(path);
    let mut all = actions.iter();
    let found = all.find(|started| Some(started.id.as_str()) == written);
    Ok(found.map(|started| started.id.clone()))
}

/// Of these actions the one that is asked for: somebody else's before the asker's own.
fn of_somebody(
    actions: &[StartedAction],
    mut named: Vec<ActionName>,
    asker: &BrowserName,
) -> Option<ActionId> {
    named.sort_by_key(|action| asker.who == Who::User(action.user.clone()));
    let name = named.first()?;
    let found = actions.iter().rev().find(|started| started.name == *name)?;
    Some(found.id.clone())
}

/// The actions that a template names.
fn names(template: &str) -> Result<Vec<ActionName>, RunError> {
    let references = template::references(template).map_err(RunError::Unknown)?;
    let actions = references
        .into_iter()
        .filter_map(|reference| match reference {
            Reference::Action(action) => Some(action),
            _ => None,
        });
    Ok(actions.collect())
}

/// The same in all texts of a JSON value.
fn names_in(json: &Value, named: &mut Vec<ActionName>) -> Result<(), RunError> {
    match json {
        Value::String(text) => named.extend(names(text)?),
        Value::Array(items) => items.iter().try_for_each(|item| names_in(item, named))?,
        Value::Object(entries) => entries
            .values()
            .try_for_each(|item| names_in(item, named))?,
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use evidence::UserName;

    use super::*;

    const REFERENCE: &str = include_str!("../../../scenarios/targets/reference.yaml");

    #[test]
    fn an_asked_for_action_is_the_one_that_is_named() {
        let target = Target::parse(REFERENCE).expect("good");
        let started = |user: &str, label: &str, id: &str| StartedAction {
            name: ActionName {
                user: UserName::from(user),
                label: label.to_owned(),
            },
            id: ActionId::from(id),
            marker: None,
            yields: BTreeMap::new(),
        };
        let actions = [
            started("alice", "counts", "1"),
            started("bob", "counts", "12"),
            started("alice", "again", "3"),
            started("alice", "again", "4"),
        ];
        let bob = BrowserName {
            who: Who::User(UserName::from("bob")),
            device: "desktop".to_owned(),
        };
        let check = |template: &str, path: &str, id: Option<&str>| {
            let found = asked_for(&actions, &target, &bob, (template, path)).expect("known");
            assert_eq!(found.as_ref().map(ActionId::as_str), id, "{template}");
        };
        // Alice's 1 stands in each of these, and nobody asks for it.
        check("/api/actions/{bob.counts}", "/api/actions/12", Some("12"));
        check("/api/actions/12", "/api/actions/12", Some("12"));
        check("/api/v1/rooms/7", "/api/v1/rooms/7", None);
        check("/rooms/1?page=1", "/rooms/1?page=1", None);
        check("/api/actions", "/api/actions", None);
        // Here somebody does.
        check("/api/actions/1", "/api/actions/1", Some("1"));
        check("/v1/{alice.counts}", "/v1/1", Some("1"));
        check("/{bob.counts}/{alice.counts}", "/12/1", Some("1"));
        // Of one name it is the last, as in the path.
        check("/x/{alice.again}", "/x/4", Some("4"));
        check("/x/{alice.session}", "/x/1", None);
    }
}
