//! Takes steps, one after the other, until one is not granted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reading::spot::Spot;
use serde_json::Value;
use targets::file::socket::{Socket, Transport};
use targets::language::came::Came;
use targets::language::step::{Act, Follow, Keep, Send, Step};

use crate::browser::Browser;
use crate::connect::Back;
use crate::error::WalkError;
use crate::kept::{Kept, Names};
use crate::outcome::Outcome;
use crate::site::PATIENCE;
use crate::socket::OpenSocket;
use crate::tab::Tab;
use crate::witness::{Errand, Membership, Sight};

/// Who takes the steps, and what they know.
#[derive(Clone)]
pub(crate) struct Walker<'a> {
    pub(crate) browser: &'a Browser,
    pub(crate) tab: Option<&'a Tab>,
    /// Where what is kept goes.
    pub(crate) kept: &'a Arc<Kept>,
    /// Users, sessions, tabs and groups that parameters name.
    pub(crate) owners: &'a BTreeMap<String, Arc<Kept>>,
    /// The membership whose steps these are.
    pub(crate) member: Option<&'a str>,
    pub(crate) way: Wayward,
    pub(crate) errand: Errand,
    /// How many joins it is inside of.
    pub(crate) depth: usize,
}

/// Joins inside of each other; a group whose `join` joins itself would never end.
const DEEPEST: usize = 8;

/// What a scenario asks of an opening beside the file.
#[derive(Clone, Default)]
pub(crate) struct Wayward {
    pub(crate) transport: Option<Transport>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) back: Back,
    /// Nobody has logged in: there may be no token to send.
    pub(crate) is_strangers: bool,
}

/// How steps ended.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) outcome: Outcome,
    /// The step that was taken last.
    pub(crate) at: Spot,
    /// What came to it.
    pub(crate) came: Came,
    /// The number of what the tab had heard last when the target said so.
    pub(crate) heard: u64,
}

impl<'a> Walker<'a> {
    /// Takes all of them.
    pub(crate) async fn all(
        &self,
        steps: impl IntoIterator<Item = &Step>,
    ) -> Result<Walked, WalkError> {
        let mut last = Walked {
            outcome: Outcome::Granted,
            at: Spot::default(),
            came: Came::default(),
            heard: 0,
        };
        for step in steps {
            let heard = last.heard;
            last = self.repeated(step).await?;
            last.heard = last.heard.max(heard);
            if matches!(last.outcome, Outcome::Refused(_) | Outcome::Open(_)) {
                break;
            }
        }
        Ok(last)
    }

    /// Takes a step, and takes it again where no answer comes and the file says so.
    async fn repeated(&self, step: &Step) -> Result<Walked, WalkError> {
        let mut left = step.repeat.map_or(0, |repeat| repeat.times);
        let after = step.repeat.map(|repeat| repeat.after);
        let patience = self.browser.site().target.patience.unwrap_or(PATIENCE);
        let patience = step.within.unwrap_or(patience);
        loop {
            let within = after.filter(|_| left > 0).unwrap_or(patience);
            // Steps inside of steps are joins.
            let walked = Box::pin(self.one(step, within)).await;
            let is_unanswered = match &walked {
                Ok(walked) => matches!(walked.outcome, Outcome::Open(_)),
                Err(error) => matches!(error, WalkError::NoAnswer { .. }),
            };
            if !is_unanswered || left == 0 {
                return walked;
            }
            left -= 1;
        }
    }

    async fn one(&self, step: &Step, within: Duration) -> Result<Walked, WalkError> {
        let cookies = self.browser.jar(|jar| jar.pairs(&self.browser.site().base));
        let mut names = Names {
            kept: self.kept,
            counter: self.tab.map_or(self.kept.as_ref(), |tab| tab.kept()),
            owners: self.owners,
            cookies: &cookies,
            socket_id: None,
            own: BTreeMap::new(),
            leaves_out: self.way.is_strangers,
        };
        let sid = self
            .socket(step.on.as_deref())
            .and_then(|socket| socket.sid.clone());
        names.socket_id = sid.as_deref();
        for (name, keep) in &step.keep {
            if let Keep::Value(value) = keep {
                self.kept.keep(name, value.value(&mut names)?);
            }
        }
        let mut heard = 0;
        let (outcome, came) = match &step.act {
            None => (Outcome::Granted, Came::default()),
            Some(Act::Request(request)) => self.request(step, request, &mut names, within).await?,
            Some(Act::Connect(connect)) => {
                let (outcome, came, moment) =
                    self.connect(step, connect, &mut names, within).await?;
                heard = moment;
                (outcome, came)
            }
            Some(Act::Emit(emit)) => {
                let (told, number) = self.emit(step, emit, &mut names, within).await?;
                heard = number;
                told
            }
            Some(Act::Send(Send(json))) => {
                let value = json.value(&mut names)?;
                let socket = self.need_socket(step)?;
                let sent = self.send_frame(socket, value).await?;
                let (told, number) = self.answer(step, sent, &mut names, within).await?;
                heard = number;
                told
            }
            Some(Act::Await(predicate)) => {
                let (told, number) = self.wait(predicate, &mut names, within).await?;
                heard = number;
                told
            }
            Some(Act::Close) => {
                self.close(step).await;
                (Outcome::Granted, Came::default())
            }
            Some(Act::Join(follow)) => self.follow(follow, true, &mut names).await?,
            Some(Act::Leave(follow)) => self.follow(follow, false, &mut names).await?,
        };
        let outcome = self.keep(step, outcome, &came);
        self.deliver(step, &outcome, &came);
        Ok(Walked {
            outcome,
            at: step.at,
            came,
            heard,
        })
    }

    /// Keeps what came. A yes without what was to be kept of it is none.
    fn keep(&self, step: &Step, outcome: Outcome, came: &Came) -> Outcome {
        let outcome = outcome.or_too_fast();
        if matches!(outcome, Outcome::Refused(_) | Outcome::Open(_)) {
            return outcome;
        }
        for (name, keep) in &step.keep {
            let Keep::Place(place) = keep else { continue };
            let Some(value) = place.first(came) else {
                let why = format!(
                    "nothing to keep as `{name}` stands at {place}: {}",
                    came.told()
                );
                return Outcome::Open(why);
            };
            self.kept.keep(name, value);
        }
        outcome
    }

    /// What an answer delivers is heard in the tab, as if it had come over its socket.
    fn deliver(&self, step: &Step, outcome: &Outcome, came: &Came) {
        let (Some(delivers), Some(tab)) = (&step.delivers, self.tab) else {
            return;
        };
        if matches!(outcome, Outcome::Refused(_) | Outcome::Open(_)) {
            return;
        }
        let socket = self.socket(step.on.as_deref());
        let socket = socket.map_or_else(String::new, |socket| socket.name.clone());
        for (came, raw) in delivers.all(came) {
            tab.deliver(&socket, came, &raw.to_string());
        }
        tab.release();
    }

    /// What was sent is kept at once: an answer may be told by it.
    pub(crate) fn keep_sent(&self, step: &Step, came: &Came) {
        for (name, keep) in &step.keep {
            if let Keep::Place(place) = keep
                && place.is_sent()
                && let Some(value) = place.first(came)
            {
                self.kept.keep(name, value);
            }
        }
    }

    pub(crate) fn socket(&self, on: Option<&str>) -> Option<Arc<OpenSocket>> {
        self.tab?.socket(on, self.member)
    }

    pub(crate) fn need_socket(&self, step: &Step) -> Result<Arc<OpenSocket>, WalkError> {
        let place = self.browser.whereabouts();
        let who = || {
            format!(
                "{}/{}",
                place.user.as_deref().unwrap_or("a stranger"),
                place.session
            )
        };
        self.socket(step.on.as_deref())
            .ok_or_else(|| WalkError::NoSocket(who()))
    }

    /// What the file says of a socket.
    pub(crate) fn described(&self, name: &str) -> Option<&'a Socket> {
        let sockets = &self.browser.site().target.sockets;
        let found = sockets.iter().find(|(known, _)| known == name);
        found.map(|(_, socket)| socket)
    }

    /// Joins or leaves a group of the file.
    async fn follow(
        &self,
        follow: &Follow,
        joins: bool,
        names: &mut Names<'_>,
    ) -> Result<(Outcome, Came), WalkError> {
        let name = follow.name.text(names)?;
        let target = &self.browser.site().target;
        let Some(group) = target.group(&follow.group) else {
            return Err(WalkError::Unsendable(format!(
                "the group `{}`",
                follow.group
            )));
        };
        if self.depth >= DEEPEST {
            let what = format!("a join of `{}` inside of {DEEPEST} joins", follow.group);
            return Err(WalkError::Unsendable(what));
        }
        let kept = Kept::inside(self.kept);
        kept.keep("group", Value::from(name.as_str()));
        let member = format!("{}/{name}", follow.group);
        let walker = Walker {
            kept: &kept,
            member: Some(&member),
            depth: self.depth + 1,
            ..self.clone()
        };
        let steps = if joins { &group.join } else { &group.leave };
        let walked = Box::pin(walker.as_member(&follow.group, &name, joins, steps)).await?;
        Ok((walked.outcome, walked.came))
    }

    /// Joins or leaves a group, and lets the witness know how far that has come.
    pub(crate) async fn as_member(
        &self,
        group: &str,
        name: &str,
        joins: bool,
        steps: &[Step],
    ) -> Result<Walked, WalkError> {
        let see = |is: Membership| {
            if let Some(tab) = self.tab {
                tab.see(&Sight::Member { group, name, is });
            }
        };
        see(if joins {
            Membership::Asking
        } else {
            Membership::Leaving
        });
        let walked = self.all(steps).await?;
        match (&walked.outcome, joins) {
            (Outcome::Granted, true) => see(Membership::Joined),
            (Outcome::Granted, false) => see(Membership::Left),
            (Outcome::Refused(_), true) => see(Membership::Refused),
            (Outcome::Refused(_), false)
            | (Outcome::Sent | Outcome::Asked | Outcome::TooFast(_) | Outcome::Open(_), _) => {}
        }
        Ok(walked)
    }

    /// Lets the witness know what an answer over a socket meant.
    pub(crate) fn see_told(&self, asked: &str, outcome: &Outcome) {
        if !matches!(self.errand, Errand::Stop | Errand::Read) {
            return;
        }
        let (Some(tab), Outcome::Granted | Outcome::Refused(_)) = (self.tab, outcome) else {
            return;
        };
        let about = self.about();
        tab.see(&Sight::Told {
            asked,
            errand: self.errand,
            about: about.as_deref(),
            granted: *outcome == Outcome::Granted,
        });
    }

    /// The id of the action that a stop or a reading is about.
    pub(crate) fn about(&self) -> Option<String> {
        let is_about = matches!(self.errand, Errand::Stop | Errand::Read);
        let id = is_about.then(|| self.kept.get("id"))??;
        Some(targets::language::template::as_text(&id))
    }
}
