//! Takes steps, one after the other, until one is not granted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reading::spot::Spot;
use serde_json::Value;
use targets::file::socket::{FrameAck, Protocol, Socket, Transport};
use targets::language::came::Came;
use targets::language::place::Place;
use targets::language::predicate::{Fit, Predicate};
use targets::language::step::{Act, Connect, Emit, Follow, Granted, Keep, Send, Step};
use wires::Outgoing;
use wires::frame::Frame;

use crate::browser::Browser;
use crate::connect::{Back, Opening};
use crate::error::WalkError;
use crate::heard::Heard;
use crate::kept::{Kept, Names};
use crate::outcome::{Outcome, of_answer};
use crate::request;
use crate::site::PATIENCE;
use crate::stream;
use crate::tab::{OpenSocket, Tab};
use crate::witness::Sight;

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
}

/// What a scenario asks of an opening beside the file.
#[derive(Clone, Default)]
pub(crate) struct Wayward {
    pub(crate) transport: Option<Transport>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) back: Back,
}

/// How steps ended.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) outcome: Outcome,
    /// The step that was taken last.
    pub(crate) at: Spot,
    /// What came to it.
    pub(crate) came: Came,
}

/// What goes over a socket.
struct Sent {
    value: Value,
    /// The number of the acknowledgement that it asks for.
    ack: Option<u64>,
    socket: Arc<OpenSocket>,
    /// What came before it.
    moment: u64,
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
        };
        for step in steps {
            last = self.repeated(step).await?;
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
        let patience = step.within.unwrap_or(PATIENCE);
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
        let (outcome, came) = match &step.act {
            None => (Outcome::Granted, Came::default()),
            Some(Act::Request(request)) => self.request(step, request, &mut names, within).await?,
            Some(Act::Connect(connect)) => self.connect(step, connect, &mut names, within).await?,
            Some(Act::Emit(emit)) => self.emit(step, emit, &mut names, within).await?,
            Some(Act::Send(Send(json))) => {
                let value = json.value(&mut names)?;
                let socket = self.need_socket(step)?;
                let sent = self.send_frame(socket, value).await?;
                self.answer(step, sent, &mut names, within).await?
            }
            Some(Act::Await(predicate)) => self.wait(predicate, &mut names, within).await?,
            Some(Act::Close) => {
                self.close(step).await;
                (Outcome::Granted, Came::default())
            }
            Some(Act::Join(follow)) => self.follow(follow, true, &mut names).await?,
            Some(Act::Leave(follow)) => self.follow(follow, false, &mut names).await?,
        };
        let outcome = self.keep(step, outcome, &came);
        Ok(Walked {
            outcome,
            at: step.at,
            came,
        })
    }

    /// Keeps what came. A yes without what was to be kept of it is none.
    fn keep(&self, step: &Step, outcome: Outcome, came: &Came) -> Outcome {
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

    /// What was sent is kept at once: an answer may be told by it.
    fn keep_sent(&self, step: &Step, came: &Came) {
        for (name, keep) in &step.keep {
            if let Keep::Place(place) = keep
                && place.is_sent()
                && let Some(value) = place.first(came)
            {
                self.kept.keep(name, value);
            }
        }
    }

    fn socket(&self, on: Option<&str>) -> Option<Arc<OpenSocket>> {
        self.tab?.socket(on, self.member)
    }

    fn need_socket(&self, step: &Step) -> Result<Arc<OpenSocket>, WalkError> {
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
    fn described(&self, name: &str) -> Option<&'a Socket> {
        let sockets = &self.browser.site().target.sockets;
        let found = sockets.iter().find(|(known, _)| known == name);
        found.map(|(_, socket)| socket)
    }

    async fn request(
        &self,
        step: &Step,
        request: &targets::language::step::Request,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<(Outcome, Came), WalkError> {
        let streams = self.tab.is_some();
        let moment = self.tab.map_or(0, |tab| tab.log(|log| log.now()));
        let answered = request::send(self.browser, request, names, within, streams).await?;
        let mut came = answered.came;
        came.sent = answered.sent;
        self.keep_sent(step, &came);
        let sight = Sight::Answered {
            asked: &answered.asked,
            came: &came,
            raw: &answered.raw,
        };
        match self.tab {
            Some(tab) => tab.see(&sight),
            None => self.browser.see(&self.browser.whereabouts(), &sight),
        }
        let mut outcome = of_answer(step, &came, names)?;
        if let (Some(tab), Some(response)) = (self.tab, answered.stream) {
            let frame = self.browser.site().target.frame.clone();
            let hearing = tokio::spawn(stream::hear(tab.clone(), response, frame));
            tab.add_stream(hearing.abort_handle());
            // The yes may be one of its messages.
            if let (Some(Granted::When(predicate)), Outcome::Refused(_) | Outcome::Open(_)) =
                (&step.granted, &outcome)
                && predicate.events().next().is_some()
            {
                let look = |heard: &Heard| self.told(step, heard, &came, names);
                let found = tab.wait(moment, within, look).await;
                if let Some((told, heard)) = found {
                    return Ok((told, heard));
                }
                outcome = Outcome::Open("no message of the answer says so".to_owned());
            }
        }
        Ok((outcome, came))
    }

    async fn connect(
        &self,
        step: &Step,
        connect: &Connect,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<(Outcome, Came), WalkError> {
        let target = &self.browser.site().target;
        let on = step.on.as_deref();
        let mut sockets = target.sockets.iter();
        let found = sockets.find(|(name, _)| on.is_none_or(|on| on == name));
        let (Some((name, socket)), Some(tab)) = (found, self.tab) else {
            return Err(WalkError::NoSocket(on.unwrap_or("the tab").to_owned()));
        };
        let opening = Opening {
            tab,
            name,
            socket,
            connect,
            member: self.member,
            transport: self.way.transport,
            headers: &self.way.headers,
            back: self.way.back.clone(),
        };
        let came = opening.open(names, within).await?;
        let mut outcome = of_answer(step, &came, names)?;
        if let Some(refused) = &socket.refused
            && refused.fits(&came, names)? == Fit::Yes
        {
            outcome = Outcome::Refused(came.told());
        }
        Ok((outcome, came))
    }

    async fn emit(
        &self,
        step: &Step,
        emit: &Emit,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<(Outcome, Came), WalkError> {
        let socket = self.need_socket(step)?;
        let event = emit.event.text(names)?;
        let mut arguments = Vec::new();
        for argument in &emit.arguments {
            arguments.push(argument.value(names)?);
        }
        let described = self.described(&socket.name);
        let write = described.filter(|described| described.protocol == Protocol::WebSocket);
        if let Some(described) = write {
            let frame = described
                .frame
                .as_ref()
                .and_then(|frame| frame.write.as_ref());
            let Some(frame) = frame else {
                return Err(WalkError::Unsendable(format!("the event `{event}`")));
            };
            for (key, value) in &emit.with {
                let (key, value) = (key.text(names)?, value.value(names)?);
                names.own.insert(key, value);
            }
            names.own.insert("event".to_owned(), Value::from(event));
            let data = arguments.into_iter().next().unwrap_or(Value::Null);
            names.own.insert("data".to_owned(), data);
            let value = frame.value(names)?;
            let sent = self.send_frame(socket, value).await?;
            return self.answer(step, sent, names, within).await;
        }
        let ack = step.wants_ack().then(|| socket.next_ack());
        let moment = self.tab.map_or(0, |tab| tab.log(|log| log.now()));
        let value = arguments.first().cloned().unwrap_or(Value::Null);
        let outgoing = Outgoing::Event {
            namespace: socket.namespace.clone(),
            name: event.clone(),
            arguments,
            id: ack,
        };
        let sent = socket.speaker.send(outgoing).await;
        sent.map_err(|error| WalkError::NoAnswer {
            asked: format!("emit {event}"),
            why: error.to_string(),
        })?;
        let sent = Sent {
            value,
            ack,
            socket,
            moment,
        };
        self.answer(step, sent, names, within).await
    }

    async fn send_frame(&self, socket: Arc<OpenSocket>, value: Value) -> Result<Sent, WalkError> {
        let moment = self.tab.map_or(0, |tab| tab.log(|log| log.now()));
        let text = targets::language::template::as_text(&value);
        let sent = socket
            .speaker
            .send(Outgoing::Frame(Frame::text(text)))
            .await;
        sent.map_err(|error| WalkError::NoAnswer {
            asked: "send".to_owned(),
            why: error.to_string(),
        })?;
        Ok(Sent {
            value,
            ack: None,
            socket,
            moment,
        })
    }

    /// Waits for what answers something that went over a socket.
    async fn answer(
        &self,
        step: &Step,
        sent: Sent,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<(Outcome, Came), WalkError> {
        let own = Came {
            sent: Some(sent.value.clone()),
            ..Came::default()
        };
        self.keep_sent(step, &own);
        let (Some(tab), true) = (self.tab, waits(step)) else {
            return Ok((of_answer(step, &own, names)?, own));
        };
        let within = match &step.granted {
            Some(Granted::After(time)) => *time,
            _ => within,
        };
        let described = self.described(&sent.socket.name);
        let frame_ack = described.and_then(|socket| socket.frame.as_ref()?.ack.as_ref());
        let look = |heard: &Heard| {
            if heard.socket != sent.socket.name {
                return None;
            }
            let is_ack = match (sent.ack, heard.acknowledges) {
                (Some(own), Some(other)) if own == other => true,
                // Somebody else's.
                (_, Some(_)) => return None,
                _ => frame_ack.is_some_and(|ack| is_same(ack, &heard.came, &own)),
            };
            let mut came = heard.came.clone();
            came.sent.clone_from(&own.sent);
            if is_ack && came.ack.is_none() {
                came.ack = Some(came.arguments.clone());
            }
            let told = of_answer(step, &came, names);
            match told {
                Ok(Outcome::Open(_)) => None,
                Ok(outcome) => Some(Ok((outcome, came))),
                Err(unset) => Some(Err(unset)),
            }
        };
        match tab.wait(sent.moment, within, look).await {
            Some(Ok(found)) => Ok(found),
            Some(Err(unset)) => Err(unset.into()),
            None if matches!(step.granted, Some(Granted::After(_))) => Ok((Outcome::Granted, own)),
            None => {
                let why = format!("nothing that came within {within:?} says yes or no");
                Ok((Outcome::Open(why), own))
            }
        }
    }

    /// What a message of a streamed answer means.
    fn told(
        &self,
        step: &Step,
        heard: &Heard,
        first: &Came,
        names: &mut Names<'_>,
    ) -> Option<(Outcome, Came)> {
        let mut came = heard.came.clone();
        came.status = first.status;
        came.headers.clone_from(&first.headers);
        came.sent.clone_from(&first.sent);
        match of_answer(step, &came, names) {
            Ok(Outcome::Granted) => Some((Outcome::Granted, came)),
            _ => None,
        }
    }

    /// The newest such event since the tab opened, if it fits, else the next.
    async fn wait(
        &self,
        predicate: &Predicate,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<(Outcome, Came), WalkError> {
        let Some(tab) = self.tab else {
            return Err(WalkError::NoSocket("an await".to_owned()));
        };
        let events: Vec<&str> = predicate.events().collect();
        let (moment, newest) = tab.log(|log| (log.now(), log.newest(&events)));
        if let Some(newest) = newest
            && predicate.fits(&newest.came, names)? == Fit::Yes
        {
            return Ok((Outcome::Granted, newest.came.clone()));
        }
        let mut seen = None;
        let look = |heard: &Heard| match predicate.fits(&heard.came, names) {
            Ok(Fit::Yes) => Some(Ok(heard.came.clone())),
            Ok(Fit::No(why)) => {
                let is_close = heard.came.close.is_some();
                seen = Some(why);
                is_close.then(|| Ok(heard.came.clone()))
            }
            Err(unset) => Some(Err(unset)),
        };
        match tab.wait(moment, within, look).await {
            Some(Ok(came)) if came.close.is_some() && !predicate.wants_close() => {
                Ok((Outcome::Refused(came.told()), came))
            }
            Some(Ok(came)) => Ok((Outcome::Granted, came)),
            Some(Err(unset)) => Err(unset.into()),
            None => {
                let why = seen.map_or_else(
                    || format!("no such event came within {within:?}"),
                    |why| {
                        format!(
                            "no such event came within {within:?}; of the last that came: {why}"
                        )
                    },
                );
                Ok((Outcome::Open(why), Came::default()))
            }
        }
    }

    async fn close(&self, step: &Step) {
        let Some(tab) = self.tab else { return };
        tab.end_streams();
        if let Some(socket) = self.socket(step.on.as_deref()) {
            socket.speaker.close().await;
        }
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
        let kept = Kept::inside(self.kept);
        kept.keep("group", Value::from(name.as_str()));
        let member = format!("{}/{name}", follow.group);
        let walker = Walker {
            kept: &kept,
            member: Some(&member),
            ..self.clone()
        };
        let steps = if joins { &group.join } else { &group.leave };
        let walked = Box::pin(walker.all(steps)).await?;
        Ok((walked.outcome, walked.came))
    }
}

/// Whether an answer is worth waiting for.
fn waits(step: &Step) -> bool {
    match &step.granted {
        Some(Granted::When(_) | Granted::After(_)) => true,
        Some(Granted::None | Granted::Heard { .. }) | None => step.refused.is_some(),
    }
}

/// Whether a frame answers what was sent: the same value stands in both.
fn is_same(ack: &FrameAck, came: &Came, own: &Came) -> bool {
    if ack.event.is_some() && ack.event != came.event {
        return false;
    }
    let sent = Came {
        frame: own.sent.clone(),
        ..Came::default()
    };
    let value = |place: &Place, came: &Came| {
        let frame = Came {
            frame: came.frame.clone(),
            ..Came::default()
        };
        place.first(&frame)
    };
    let (theirs, ours) = (value(&ack.same, came), value(&ack.same, &sent));
    ours.is_some() && theirs == ours
}
