//! Logging in and out, and opening tabs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use targets::file::identity::Carrier;
use targets::file::socket::{Resume, ResumeBy};
use targets::language::step::{Act, Connect, Granted, Method, Step};
use tokio::sync::oneshot;
use wires::Client;

use crate::browser::{Browser, Holding, is_one_of};
use crate::connect::Back;
use crate::error::WalkError;
use crate::foreign::Foreign;
use crate::kept::Kept;
use crate::opening::{Way, is_connect};
use crate::resume::{Pause, come_back};
use crate::tab::Tab;
use crate::told::{Answer, Told};
use crate::walker::{Walker, Wayward};
use crate::witness::Errand;

impl Browser {
    /// Logs in. Where nobody does, the browser belongs to its user from the start.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn login(&self) -> Result<Told, WalkError> {
        let site = Arc::clone(self.site());
        let kept = self.begin_session();
        // A login may need a socket of its own, which is open as long as the session.
        let tab = Tab::of_login(self, &kept);
        let nobody = BTreeMap::new();
        let walker = Walker {
            browser: self,
            tab: (!site.target.sockets.is_empty()).then_some(&tab),
            kept: &kept,
            owners: &nobody,
            member: None,
            way: Wayward::default(),
            errand: Errand::Login,
            depth: 0,
        };
        let steps: &[Step] = site.target.login.as_deref().unwrap_or_default();
        let looks = steps.iter().take_while(|step| only_looks(step)).count();
        // One of them makes the browser its user's.
        let looks = looks.min(steps.len().saturating_sub(1));
        let (looks, asks) = steps.split_at(looks);
        let mut told = Told::from(walker.all(looks).await?);
        let is_done = asks.is_empty() || matches!(told.answer, Answer::No(_) | Answer::Unknown(_));
        self.is_guest(self.identity().filter(|_| !is_done));
        if !is_done {
            told = Told::from(walker.all(asks).await?);
        }
        let is_in = |answer: &Answer| !matches!(answer, Answer::No(_) | Answer::Unknown(_));
        if site.target.login.is_some()
            && is_in(&told.answer)
            && let Some(why) = self.nameless(&kept)
        {
            told.answer = Answer::Unknown(why);
        }
        if is_in(&told.answer) {
            let user = kept.get("user");
            self.belongs_to(user.as_ref().and_then(Value::as_str));
            if !tab.sockets().is_empty() {
                let (over, is_over) = oneshot::channel();
                let task = tokio::spawn(async move {
                    let _ = is_over.await;
                    tab.close().await;
                });
                self.hold(Holding { over, task });
            }
        }
        Ok(told)
    }

    /// Why the session that was granted has no identity, if it has none.
    fn nameless(&self, kept: &Kept) -> Option<String> {
        let session = self.site().target.session.as_ref()?;
        match &session.carrier {
            Carrier::Kept(name) => {
                let why = format!("the login was granted, and nothing was kept as `{name}`");
                kept.get(name).is_none().then_some(why)
            }
            Carrier::Cookie(_) if self.identity().is_some() => None,
            Carrier::Cookie(names) => {
                let name = names.first().map_or("", String::as_str);
                let rejected = self.jar(|jar| jar.why_rejected(name).map(str::to_owned));
                Some(rejected.map_or_else(
                    || format!("the login was granted, and no cookie `{name}` came"),
                    |why| format!("a browser rejects the cookie `{name}`: {why}"),
                ))
            }
        }
    }

    /// The value that carries the session, as far as there is one.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        let session = self.site().target.session.as_ref()?;
        match &session.carrier {
            Carrier::Kept(name) => {
                let value = self.session().get(name)?;
                Some(targets::language::template::as_text(&value))
            }
            Carrier::Cookie(names) => {
                let cookies = self.jar(|jar| jar.pairs(&self.site().base));
                let found = cookies.into_iter().find(|(name, _)| is_one_of(name, names));
                found.map(|(_, value)| value)
            }
        }
    }

    /// Logs out.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn logout(&self) -> Result<Told, WalkError> {
        let site = Arc::clone(self.site());
        let told = self.take_for(&site.target.logout, Errand::Logout).await?;
        if told.answer == Answer::Yes {
            self.leave().await;
            self.belongs_to(None);
        }
        Ok(told)
    }

    /// Ends the session as if its time had passed, where the file says how.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn expire(&self) -> Result<Option<Told>, WalkError> {
        let site = Arc::clone(self.site());
        let steps = site.target.session.as_ref();
        let steps = steps.map_or(&[][..], |session| session.expire.as_slice());
        if steps.is_empty() {
            return Ok(None);
        }
        self.take_for(steps, Errand::Other).await.map(Some)
    }

    /// Makes the user known to the target, where the file says how.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn register(&self) -> Result<Told, WalkError> {
        let site = Arc::clone(self.site());
        // There is no session yet: its names stand for what is known of the user.
        let kept = self.beginning();
        self.take_in(&kept, &site.target.users.register, Errand::Login)
            .await
    }

    /// Asks for a surface of the file; `None` where the file does not have it. Its `shows` counts as its `granted`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn surface(&self, name: &str, errand: Errand) -> Result<Option<Told>, WalkError> {
        let site = Arc::clone(self.site());
        let mut surfaces = site.target.surfaces.iter();
        let Some((_, Some(surface))) = surfaces.find(|(known, _)| known == name) else {
            return Ok(None);
        };
        let mut step = surface.step.clone();
        if step.granted.is_none() {
            step.granted = surface.shows.clone().map(Granted::When);
        }
        // What leads to it keeps what it needs.
        let steps: Vec<Step> = surface.before.iter().cloned().chain([step]).collect();
        self.take_for(&steps, errand).await.map(Some)
    }

    /// A tab that has opened nothing: it can do what needs no socket.
    #[must_use]
    pub fn tab(&self, name: &str) -> Tab {
        Tab::new(self, name)
    }

    /// Takes steps without a tab.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn take(&self, steps: &[Step]) -> Result<Told, WalkError> {
        self.take_for(steps, Errand::Other).await
    }

    async fn take_for(&self, steps: &[Step], errand: Errand) -> Result<Told, WalkError> {
        self.take_in(&self.session(), steps, errand).await
    }

    async fn take_in(
        &self,
        kept: &Arc<Kept>,
        steps: &[Step],
        errand: Errand,
    ) -> Result<Told, WalkError> {
        let nobody = BTreeMap::new();
        let walker = Walker {
            browser: self,
            tab: None,
            kept,
            owners: &nobody,
            member: None,
            way: Wayward::default(),
            errand,
            depth: 0,
        };
        walker.all(steps).await.map(Told::from)
    }

    /// Opens a tab: what a page's script does, in its order.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn open(&self, name: &str, way: &Way) -> Result<(Tab, Told), WalkError> {
        let tab = Tab::new(self, name);
        let usual = [plain_connect()];
        let steps = if self.just_connects() {
            &usual[..]
        } else {
            &self.site().target.open
        };
        let told = tab.take(steps, way, Back::default()).await?;
        let told = if matches!(told.answer, Answer::No(_)) {
            tab.past_the_page(steps, way, told).await?
        } else {
            told
        };
        if told.answer.may_be() {
            tab.tend();
        }
        Ok((tab, told))
    }

    /// Opens a tab with what is somebody else's in the place of what is its own: ids, and how far somebody has heard. With
    /// the number of an event it opens as one that comes back, where the file has other steps for that.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn open_with(
        &self,
        name: &str,
        way: &Way,
        foreign: &Foreign,
    ) -> Result<(Tab, Told), WalkError> {
        let tab = Tab::new(self, name);
        tab.borrow(foreign);
        let usual = [plain_connect()];
        let target = &self.site().target;
        let steps = if self.just_connects() {
            &usual[..]
        } else {
            &target.open
        };
        let resumes = target.sockets.iter().flat_map(|(_, socket)| &socket.resume);
        let again = { resumes }.find_map(|resume| resume.open.as_deref());
        let mut steps = steps.to_vec();
        if let Some(again) = again.filter(|_| foreign.has_number()) {
            steps.truncate(until_connect(&steps).unwrap_or(steps.len()));
            steps.extend_from_slice(again);
        }
        let back = Back {
            last_event_id: foreign.last_event_id.clone(),
            ..Back::default()
        };
        let told = tab.take(&steps, way, back).await?;
        if told.answer.may_be() {
            tab.tend();
        }
        Ok((tab, told))
    }

    /// Where the file does not say what a page does, it opens its socket.
    fn just_connects(&self) -> bool {
        let target = &self.site().target;
        target.open.is_empty() && !target.sockets.is_empty() && !self.only_joins_connect()
    }

    /// Whether the file says by which steps a tab comes back.
    #[must_use]
    pub fn says_how_to_come_back(&self) -> bool {
        let mut sockets = self.site().target.sockets.iter();
        sockets.any(|(_, socket)| socket.resume.iter().any(|resume| resume.open.is_some()))
    }

    /// Whether a tab has no socket until it joins a group.
    #[must_use]
    pub fn only_joins_connect(&self) -> bool {
        let target = &self.site().target;
        let mut groups = target.groups.iter();
        !connects(&target.open) && groups.any(|(_, group)| connects(&group.join))
    }

    /// Whether a tab asks the server for anything when it opens. Where it does not, as where the file has no socket,
    /// an opening proves nothing: nobody could have refused it.
    #[must_use]
    pub fn opening_asks(&self) -> bool {
        !self.site().target.open.is_empty() || self.just_connects()
    }
}

impl Tab {
    /// Opens its sockets again, as the file says that a tab comes back, with what it had kept.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn come_back(&self, way: &Way) -> Result<Told, WalkError> {
        let target = &self.browser().site().target;
        let usual = [plain_connect()];
        if way.client != Client::Own && self.needs_recovery() {
            return Err(way.client.cannot("recover a session").into());
        }
        let back = come_back(self);
        let again = match until_connect(&target.open) {
            Some(at) => &target.open[at..],
            None if self.browser().only_joins_connect() => &[],
            None => &usual[..],
        };
        let resumes = target.sockets.iter().flat_map(|(_, socket)| &socket.resume);
        let open = { resumes }.find_map(|resume| resume.open.as_deref());
        // What it had is said as it was when it was cut, and what is newer is seen after what it missed.
        let _pause = Pause::of(self);
        self.take(open.unwrap_or(again), way, back).await
    }

    /// Whether the file knows no other way of coming back than recovery. Without it a server would be called to account
    /// for what nobody asked it for.
    fn needs_recovery(&self) -> bool {
        let target = &self.browser().site().target;
        let resumes = target.sockets.iter().flat_map(|(_, socket)| &socket.resume);
        let mut replaying = resumes.filter(|resume| !matches!(resume.by, ResumeBy::Nothing));
        let first = replaying.next();
        first.is_some_and(|first| {
            let recovers = |resume: &Resume| matches!(resume.by, ResumeBy::ConnectionState);
            recovers(first) && replaying.all(recovers)
        })
    }

    /// Whether the file says that a tab that comes back gets what it missed.
    #[must_use]
    pub fn replays(&self) -> bool {
        let target = &self.browser().site().target;
        let mut resumes = target.sockets.iter().flat_map(|(_, socket)| &socket.resume);
        resumes.any(|resume| !matches!(resume.by, ResumeBy::Nothing))
    }
}

/// How many of these steps come before the one that opens a socket, if one does.
fn until_connect(steps: &[Step]) -> Option<usize> {
    let mut steps = steps.iter();
    steps.position(is_connect)
}

/// Whether one of these steps opens a socket.
#[must_use]
pub fn connects(steps: &[Step]) -> bool {
    steps.iter().any(is_connect)
}

/// The connection of a page whose file says nothing of it.
fn plain_connect() -> Step {
    let connect = Connect {
        path: None,
        namespace: None,
        query: Vec::new(),
        auth: None,
        headers: Vec::new(),
        subprotocols: Vec::new(),
    };
    Step {
        at: reading::spot::Spot::default(),
        act: Some(Act::Connect(Box::new(connect))),
        on: None,
        granted: None,
        refused: None,
        keep: Vec::new(),
        repeat: None,
        within: None,
        delivers: None,
        joins: false,
    }
}

/// Whether a step of a login only looks at a page, and does not say who asks.
fn only_looks(step: &Step) -> bool {
    let Some(Act::Request(request)) = &step.act else {
        return false;
    };
    let mut says_who = false;
    step.each_name_before(&mut |_| says_who = true);
    request.method == Method::Get && request.query.is_empty() && !says_who
}
