//! What is done about an action that was begun: it is read, and it is stopped; and a tab that is cut comes back.

use targets::file::action::Action;
use targets::language::step::Step;
use walk::{OpenWay, Tab, Told, WalkError};

use crate::actions::Acted;
use crate::amiss::Around;
use crate::arrivals::standing;
use crate::groups::Groups;
use crate::login::{ended, is_in};
use crate::seen::named;
use crate::stage::{Stage, Trying};

impl Trying {
    /// Begins an action once more, reads what it shows, and stops it, where the file says how. It is not weighed: what is
    /// stopped owes nothing.
    pub(crate) async fn about(
        &mut self,
        name: &str,
        action: &Action,
        stage: &Stage,
        groups: &Groups,
    ) {
        if action.read.is_empty() && action.way.stop.is_empty() {
            return;
        }
        let mut tabs = self.users.iter().filter_map(|(user, _)| stage.tab_of(user));
        let Some(tab) = tabs.next().cloned() else {
            return;
        };
        // Why it cannot be begun was said when it was done.
        let Some(Acted { act, sought }) = self.again(name, action, &tab, stage, groups).await
        else {
            return;
        };
        if !action.read.is_empty() {
            let told = tab.read(action, &act, false).await;
            let shown = told.as_ref().map(|told| sought.stands(&told.came));
            let more = match shown.as_deref() {
                Ok([_, ..]) => {
                    format!("; its marker at {}", standing(&shown.unwrap_or_default()))
                }
                _ => String::new(),
            };
            self.told_about(name, "read", (&action.read, &tab), (&told, &more));
        }
        if !action.way.stop.is_empty() {
            tab.at_its_pace().await;
            let told = tab.stop(action, None, &act).await;
            self.told_about(name, "stop", (&action.way.stop, &tab), (&told, ""));
        }
        self.eyes.quiet(self.patience).await;
    }

    /// How reading or stopping went.
    fn told_about(
        &mut self,
        name: &str,
        how: &str,
        (steps, tab): (&[Step], &Tab),
        (told, more): (&Result<Told, WalkError>, &str),
    ) {
        let own = ["actions", name, how];
        let way = match self.file.node(&own) {
            Some(_) => &own[..],
            None => &["each action", how],
        };
        let what = format!("the {how} of `{name}`");
        let line = self.went((way, &what), steps, tab, told);
        let at = named(tab.whereabouts());
        self.notes.line(name, format!("{at}: {how}: {line}{more}"));
    }

    /// How steps ended, in words. What does not fit is noted.
    fn went(
        &mut self,
        (way, what): (&[&str], &str),
        steps: &[Step],
        tab: &Tab,
        told: &Result<Told, WalkError>,
    ) -> String {
        let events = self.eyes.events(tab.whereabouts());
        let around = Around {
            file: &self.file,
            way,
            what,
            fields: &[],
            events: &events,
            socket_io: None,
        };
        let (line, finding) = match told {
            Ok(told) => (ended(told), around.amiss(steps, told)),
            Err(error) => (error.to_string(), Some(around.failed(error))),
        };
        finding
            .into_iter()
            .for_each(|finding| self.notes.finding(finding));
        line
    }

    /// A tab is cut, and comes back as the file says.
    pub(crate) async fn come_back(&mut self, stage: &Stage) {
        let mut tabs = stage.tabs.iter();
        let Some(tab) = { tabs.find(|tab| tab.is_open() && tab.has_socket()) }.cloned() else {
            return;
        };
        let back = match tab.cut().await {
            Ok(()) => tab.come_back(&OpenWay::default()).await,
            Err(error) => Err(error),
        };
        let own = ["socket", "resume"];
        let way = match self.file.node(&own) {
            Some(_) => &own[..],
            None => &["open"],
        };
        let steps = self.target().open.clone();
        let line = self.went((way, "the tab that comes back"), &steps, &tab, &back);
        let is_back = back.is_ok_and(|told| is_in(&told.answer));
        let line = match is_back {
            true => "cut, and came back".to_owned(),
            false => format!("cut, and did not come back: {line}"),
        };
        let at = named(tab.whereabouts());
        self.notes.line("resume", format!("{at}: {line}"));
    }
}
