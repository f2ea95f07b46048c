//! Tabs are opened, two in one session and one in another, and stay idle for a while.

use std::sync::Arc;
use std::time::Duration;

use targets::file::identity::Strangers;
use tokio::time::Instant;
use walk::{Browser, OpenWay, Tab, Told, WalkError, Witness};

use crate::amiss::Around;
use crate::finding::Finding;
use crate::login::{ended, is_in, step};
use crate::seen::{Seen, What, named};
use crate::shape::listed;
use crate::stage::{Stage, Trying};

/// Where Socket.IO usually is.
const SOCKET_IO: &str = "/socket.io/";

/// How long a tab has to be closed for another one of its user.
const REPLACED: Duration = Duration::from_millis(500);

/// How long an idle tab must have stayed for the file to say so: most closes for nothing come sooner.
const LONG: Duration = Duration::from_secs(10);

impl Trying {
    /// Everybody opens tabs: the first user two in one session and one in the other, if they may be in two places.
    pub(crate) async fn enter(&mut self, browsers: Vec<Browser>) -> Stage {
        let mut stage = Stage {
            tabs: Vec::new(),
            browsers,
            since: Instant::now(),
        };
        for number in 0..stage.browsers.len() {
            let browser = stage.browsers[number].clone();
            let has_second = number == 0 && self.has_second_place();
            let names: &[&str] = if has_second { &["1", "2"] } else { &["1"] };
            for name in names {
                let moment = self.eyes.now();
                let opened = self.open_tab(&browser, name).await;
                let user = browser.whereabouts().user;
                if opened.is_some() {
                    self.replaced(&mut stage, user.as_deref(), moment).await;
                }
                if opened.is_none() && user.is_some_and(|user| stage.tab_of(&user).is_some()) {
                    let hint =
                        "if a user is at one place at a time, write `without: [second place]`";
                    self.notes.line("tab", hint);
                }
                stage.tabs.extend(opened);
            }
        }
        stage
    }

    /// A tab that the target closed for a newer one of its user.
    async fn replaced(&mut self, stage: &mut Stage, user: Option<&str>, moment: usize) {
        let is_own = |tab: &Tab| tab.whereabouts().user.as_deref() == user;
        if !stage.tabs.iter().any(is_own) {
            return;
        }
        let is_closed =
            |seen: &Seen| matches!(seen.what, What::Closed(_)) && seen.at.user.as_deref() == user;
        let look = |seen: &[Seen]| seen.iter().skip(moment).any(is_closed);
        self.eyes.until(REPLACED, look).await;
        let seen = self.eyes.since(moment);
        let Some(seen) = seen.iter().find(|seen| is_closed(seen)) else {
            return;
        };
        let What::Closed(how) = &seen.what else {
            return;
        };
        let at = named(&seen.at);
        self.notes
            .line("tab", format!("{at} was closed by the target: {how}"));
        let what = format!("{at} was closed when its user opened another tab: {how}");
        let fix = "if a user is at one place at a time, write `without: [second place]`";
        let already = self.notes.findings.iter().any(|known| known.fix == fix);
        if !already {
            self.notes.finding(Finding::mistake(None, what, fix));
        }
        stage.tabs.retain(|tab| !is_own(tab) || tab.is_open());
    }

    async fn open_tab(&mut self, browser: &Browser, name: &str) -> Option<Tab> {
        let steps = self.target().open.clone();
        let at = format!("{}/{name}", named(&browser.whereabouts()));
        let opened = browser.open(name, &OpenWay::default()).await;
        match opened {
            Ok((tab, told)) if is_in(&told.answer) => {
                self.notes.line("tab", format!("{at}: open"));
                Some(tab)
            }
            Ok((tab, told)) => {
                self.notes.line("tab", format!("{at}: {}", ended(&told)));
                let answers = self.socket_io(browser, &told).await;
                let events = self.eyes.events(tab.whereabouts());
                let finding =
                    self.around_tab(&events, answers, |around| around.amiss(&steps, &told));
                finding
                    .into_iter()
                    .for_each(|finding| self.notes.finding(finding));
                tab.close().await;
                None
            }
            Err(error) => {
                self.notes.line("tab", format!("{at}: {error}"));
                let finding = self.around_tab(&[], None, |around| around.failed(&error));
                self.notes.finding(finding);
                None
            }
        }
    }

    fn around_tab<T>(
        &self,
        events: &[String],
        socket_io: Option<&str>,
        look: impl FnOnce(&Around<'_>) -> T,
    ) -> T {
        look(&Around {
            file: &self.file,
            way: &["open"],
            what: "the tab",
            fields: &[],
            events,
            socket_io,
        })
    }

    /// Where a server of Socket.IO answers, when the file's path leads nowhere.
    async fn socket_io(&self, browser: &Browser, told: &Told) -> Option<&'static str> {
        if told.came.status != Some(404) {
            return None;
        }
        let asked = step("{get: /socket.io/, query: {EIO: 4, transport: polling}, within: 5s}")?;
        let told = browser.take(&[asked]).await.ok()?;
        let is_there = told.came.body.is_some_and(|body| body.starts_with("0{"));
        is_there.then_some(SOCKET_IO)
    }

    /// A browser in which nobody has logged in opens a tab.
    pub(crate) async fn stranger(&mut self, stage: &mut Stage) {
        if self.target().login.is_none() || self.target().sockets.is_empty() {
            return;
        }
        let witness: Arc<dyn Witness> = Arc::clone(&self.eyes) as Arc<dyn Witness>;
        let browser = Browser::new(&self.site, "stranger", None, &witness);
        let opened = browser.open("1", &OpenWay::default()).await;
        let (told, is_there) = match opened {
            Ok((tab, told)) => {
                let is_there = is_in(&told.answer) && tab.is_open();
                let line = match is_there {
                    true => "open".to_owned(),
                    false => ended(&told),
                };
                if is_there {
                    stage.tabs.push(tab);
                } else {
                    tab.close().await;
                }
                (line, is_there)
            }
            // What a page sends may need a login.
            Err(error @ WalkError::Unset(_)) => (format!("not possible: {error}"), false),
            Err(error) => (error.to_string(), false),
        };
        self.notes.line("tab", format!("a stranger: {told}"));
        if is_there && self.target().strangers == Strangers::Refused {
            let at = self.file.spot(&["strangers"]);
            let because = "a tab without a login stayed open; as the file stands, what would come to it is a leak";
            self.notes.guess(at, "strangers: welcome", because);
        }
    }

    /// Nobody does anything.
    pub(crate) async fn stay_idle(&mut self, stage: &Stage) {
        let sockets = self.target().sockets.len();
        if sockets == 0 || stage.tabs.is_empty() {
            return;
        }
        // A session that ends meanwhile ends its tabs, and rightly.
        let lasts = self
            .target()
            .session
            .as_ref()
            .and_then(|session| session.lasts);
        let idle = lasts.map_or(self.idle, |lasts| self.idle.min(lasts / 2));
        let moment = self.eyes.now();
        let begun = Instant::now();
        let is_closed = self
            .eyes
            .until(idle, |seen| {
                let mut new = seen.iter().skip(moment);
                new.any(|seen| matches!(seen.what, What::Closed(_)))
            })
            .await;
        let came = self.eyes.since(moment);
        let mut names: Vec<String> = Vec::new();
        for event in came.iter().filter_map(|seen| seen.event()) {
            if !names.iter().any(|known| known == event) {
                names.push(event.to_owned());
            }
        }
        let closed = came.iter().find_map(|seen| match &seen.what {
            What::Closed(how) => Some((named(&seen.at), how.clone(), seen.when - begun)),
            _ => None,
        });
        let heard = listed(&names, "nothing");
        match closed.filter(|_| is_closed) {
            None => {
                let all = if lasts.is_some_and(|lasts| lasts / 2 < self.idle) {
                    " (half of what a session lasts)"
                } else {
                    ""
                };
                let told = format!("{}{all}: all tabs stayed open; {heard} came", short(idle));
                self.notes.line("idle", told);
                if idle >= LONG && self.target().stays.is_none() {
                    let says = format!("stays: {}s", idle.as_secs());
                    let because = "all idle tabs stayed open for so long".to_owned();
                    self.notes.guess(None, says, because);
                }
            }
            Some((at, how, after)) => {
                let after = short(after);
                self.notes.line(
                    "idle",
                    format!("{at} was closed by the target after {after}: {how}"),
                );
                self.closed_while_idle(&how, &after, &names);
            }
        }
    }

    fn closed_while_idle(&mut self, how: &str, after: &str, events: &[String]) {
        let at = self.file.node(&["socket"]).map(|node| {
            let every = node.setting("every").or_else(|| node.setting("answers"));
            every.map_or_else(|| node.key(), |every| every.key())
        });
        let fix = match events.last() {
            Some(last) => format!(
                "write what the page's script answers: `answers: {{{last}: STEP}}`, or sends by itself: `every: {{TIME: STEP}}`"
            ),
            None => {
                "write what the page's script sends by itself, as `every: {1s: {emit: [alive]}}`"
                    .to_owned()
            }
        };
        let what = format!("an idle tab is closed by the target after {after}: {how}");
        self.notes.finding(Finding::mistake(at, what, fix));
    }

    /// Tabs that the target closed while an action was done, or groups were joined.
    pub(crate) fn closed_since(&mut self, moment: usize, way: &[&str]) {
        let name = way.get(1).or(way.first()).copied().unwrap_or_default();
        let seen = self.eyes.since(moment);
        let first = seen.iter().find_map(|seen| match &seen.what {
            What::Closed(how) if seen.at.user.is_some() => Some((named(&seen.at), how)),
            _ => None,
        });
        if let Some((at, how)) = first {
            self.notes
                .line(name, format!("{at} was closed by the target: {how}"));
            let what = format!("the target closed a tab while `{name}` was done: {how}");
            let fix = "correct what is sent, and read in the target's log why it closed it";
            let at = self.file.spot(way);
            self.notes.finding(Finding::mistake(at, what, fix));
        }
    }

    /// What came and is no packet of the protocol.
    pub(crate) fn malformed(&mut self) {
        let seen = self.eyes.since(0);
        let first = seen.iter().find_map(|seen| match &seen.what {
            What::Malformed(why) => Some((named(&seen.at), why)),
            _ => None,
        });
        if let Some((at, why)) = first {
            let what = format!("what came to {at} is no packet: {why}");
            let fix = "compare `protocol`, `parser` and `frame` with what the page's script speaks";
            let at = self.file.spot(&["socket"]);
            self.notes.finding(Finding::mistake(at, what, fix));
        }
    }

    /// Whether the tabs may not last until the next action has ended.
    pub(crate) fn is_old(&self, stage: &Stage) -> bool {
        let lasts = self
            .target()
            .session
            .as_ref()
            .and_then(|session| session.lasts);
        lasts.is_some_and(|lasts| stage.since.elapsed() > lasts / 2)
    }
}

/// A time in a word.
fn short(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.3} s", time.as_secs_f64()).replace(".000", "")
    }
}
