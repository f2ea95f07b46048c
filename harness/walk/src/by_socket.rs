//! Steps that go over a socket: it is opened, and events and frames are sent and answered.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use targets::file::socket::{self as file, Each, FrameAck, Protocol};
use targets::language::came::Came;
use targets::language::place::Place;
use targets::language::predicate::{Fit, Predicate};
use targets::language::step::{Connect, Emit, Granted, Step};
use targets::language::template::Unset;
use wires::Outgoing;
use wires::frame::Frame;

use crate::connect::Opening;
use crate::error::WalkError;
use crate::heard::Heard;
use crate::kept::Names;
use crate::offer;
use crate::outcome::{Outcome, is_error, of_answer};
use crate::socket::OpenSocket;
use crate::walker::Walker;

/// How long a no is waited for where nothing ever says yes.
const NO: Duration = Duration::from_secs(1);

/// The event that is the opening of a socket itself.
const CONNECT: &str = "connect";

/// A socket that is open, before an event says whether it was granted.
struct Welcome<'a> {
    socket: &'a str,
    /// What a refused connection looks like.
    refused: Option<&'a Predicate>,
    /// What came to the connection itself.
    came: Came,
    /// What the tab had heard by then.
    moment: u64,
}

/// What goes over a socket.
pub(crate) struct Sent {
    /// In words, as `emit stop`.
    asked: String,
    value: Value,
    /// The number of the acknowledgement that it asks for.
    ack: Option<u64>,
    socket: Arc<OpenSocket>,
    /// What came before it.
    moment: u64,
}

impl Walker<'_> {
    pub(crate) async fn connect(
        &self,
        step: &Step,
        connect: &Connect,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<(Outcome, Came, u64), WalkError> {
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
            at: step.at,
            member: self.member,
            transport: self.way.transport,
            headers: &self.way.headers,
            client: tab.client(),
            back: self.way.back.clone(),
        };
        let (came, moment) = opening.open(names, within).await?;
        if let Some(Granted::When(granted)) = &step.granted
            && granted.events().next().is_some()
            && granted.events().all(|event| event != CONNECT)
            && !is_error(step, &came)
        {
            let opened = Welcome {
                socket: name,
                refused: socket.refused.as_ref(),
                came,
                moment,
            };
            return self.welcome(step, granted, opened, names, within).await;
        }
        let mut outcome = of_answer(target, step, &came, names)?;
        if let Some(refused) = &socket.refused
            && refused.fits(&came, names)? == Fit::Yes
        {
            outcome = Outcome::Refused(came.told());
        }
        Ok((outcome, came, moment))
    }

    /// A socket is open, and an event says whether it was granted.
    async fn welcome(
        &self,
        step: &Step,
        granted: &Predicate,
        opened: Welcome<'_>,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<(Outcome, Came, u64), WalkError> {
        let Some(tab) = self.tab else {
            return Err(WalkError::NoSocket(opened.socket.to_owned()));
        };
        let too_fast = self.browser.site().target.too_fast.as_ref();
        let mut number = opened.moment;
        let look = |heard: &Heard| {
            if heard.socket != opened.socket {
                return None;
            }
            number = heard.number;
            let mut came = heard.came.clone();
            came.status = came.status.or(opened.came.status);
            let mut fits = |predicate: &Predicate| -> Result<bool, Unset> {
                Ok(predicate.fits(&came, names)? == Fit::Yes)
            };
            let noes = step.refused.as_ref().into_iter().chain(opened.refused);
            let is_no = noes
                .map(&mut fits)
                .find(|found| !matches!(found, Ok(false)));
            let told = match (is_no.unwrap_or(Ok(false)), fits(granted)) {
                (Err(unset), _) | (_, Err(unset)) => return Some(Err(unset)),
                (Ok(true), _) => Outcome::Refused(came.told()),
                (_, Ok(true)) => Outcome::Granted,
                _ if matches!(too_fast.map(fits), Some(Ok(true))) => Outcome::TooFast(came.told()),
                _ if came.close.is_some() => Outcome::Refused(came.told()),
                _ => return None,
            };
            Some(Ok((told, came)))
        };
        match tab.wait(opened.moment, within, look).await {
            Some(Ok((outcome, came))) => Ok((outcome, came, number)),
            Some(Err(unset)) => Err(unset.into()),
            None => {
                let why = format!("nothing that came within {within:?} says yes or no");
                Ok((Outcome::Open(why), opened.came, opened.moment))
            }
        }
    }

    pub(crate) async fn emit(
        &self,
        step: &Step,
        emit: &Emit,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<((Outcome, Came), u64), WalkError> {
        let socket = self.need_socket(step)?;
        let event = emit.event.text(names)?;
        let mut arguments = Vec::new();
        for argument in &emit.arguments {
            arguments.push(match argument.value(names) {
                Err(_) if names.leaves_out => Value::Null,
                value => value?,
            });
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
            names
                .own
                .insert("event".to_owned(), Value::from(event.as_str()));
            let data = arguments.into_iter().next().unwrap_or(Value::Null);
            names.own.insert("data".to_owned(), data);
            let value = frame.value(names)?;
            let mut sent = self.send_frame(socket, value).await?;
            sent.asked = format!("emit {event}");
            return self.answer(step, sent, names, within).await;
        }
        let ack = step.wants_ack().then(|| socket.next_ack(&event));
        let moment = self.tab.map_or(0, |tab| tab.log(|log| log.now()));
        let value = arguments.first().cloned().unwrap_or(Value::Null);
        let outgoing = Outgoing::Event {
            namespace: socket.namespace.clone(),
            name: event.clone(),
            arguments,
            id: ack,
        };
        let sent = socket.speaker.send(outgoing).await;
        offer::sent(&format!("emit {event}"), sent)?;
        let sent = Sent {
            asked: format!("emit {event}"),
            value,
            ack,
            socket,
            moment,
        };
        self.answer(step, sent, names, within).await
    }

    pub(crate) async fn send_frame(
        &self,
        socket: Arc<OpenSocket>,
        value: Value,
    ) -> Result<Sent, WalkError> {
        let moment = self.tab.map_or(0, |tab| tab.log(|log| log.now()));
        let text = targets::language::template::as_text(&value);
        let sent = socket
            .speaker
            .send(Outgoing::Frame(Frame::text(text)))
            .await;
        offer::sent("send", sent)?;
        Ok(Sent {
            asked: "send".to_owned(),
            value,
            ack: None,
            socket,
            moment,
        })
    }

    /// Waits for what answers something that went over a socket.
    pub(crate) async fn answer(
        &self,
        step: &Step,
        sent: Sent,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<((Outcome, Came), u64), WalkError> {
        let described = self.described(&sent.socket.name);
        let frame = described.and_then(|socket| socket.frame.as_ref());
        let own = Came {
            sent: Some(as_message(frame, &sent.value)),
            ..Came::default()
        };
        self.keep_sent(step, &own);
        let target = &self.browser.site().target;
        let waits = waits(step) || target.too_fast.is_some();
        let (Some(tab), true) = (self.tab, waits) else {
            return Ok(((of_answer(target, step, &own, names)?, own), 0));
        };
        let within = match &step.granted {
            Some(Granted::After(time)) => *time,
            Some(Granted::When(_)) => within,
            _ if step.takes_delivery() => within,
            Some(Granted::None | Granted::Heard { .. }) | None => within.min(NO),
        };
        let frame_ack = frame.and_then(|frame| frame.ack.as_ref());
        if step.wants_ack()
            && let Some(ack) = frame_ack
            && of_frame(&ack.sent, own.sent.as_ref()).is_none()
        {
            let place = &ack.sent;
            let why =
                format!("what was sent has nothing at {place}, by which `ack` knows its answer");
            return Ok(((Outcome::Open(why), own), 0));
        }
        let mut number = 0;
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
            number = heard.number;
            let told = of_answer(target, step, &came, names);
            match told {
                // Where nothing says yes, only a no ends the wait.
                Ok(Outcome::Open(_) | Outcome::Sent | Outcome::Asked) => None,
                Ok(outcome) => Some(Ok((outcome, came))),
                Err(unset) => Some(Err(unset)),
            }
        };
        match tab.wait(sent.moment, within, look).await {
            Some(Ok(found)) => {
                self.see_told(&sent.asked, &found.0);
                Ok((found, number))
            }
            Some(Err(unset)) => Err(unset.into()),
            None if matches!(step.granted, Some(Granted::After(_))) => {
                Ok(((Outcome::Granted, own), 0))
            }
            None if !matches!(step.granted, Some(Granted::When(_))) && !step.takes_delivery() => {
                Ok(((of_answer(target, step, &own, names)?, own), 0))
            }
            None => {
                let why = format!("nothing that came within {within:?} says yes or no");
                Ok(((Outcome::Open(why), own), 0))
            }
        }
    }

    pub(crate) async fn close(&self, step: &Step) {
        let Some(tab) = self.tab else { return };
        tab.end_streams();
        if let Some(socket) = self.socket(step.on.as_deref()) {
            socket.speaker.close().await;
        }
    }
}

/// Whether an answer is worth waiting for.
fn waits(step: &Step) -> bool {
    match &step.granted {
        Some(Granted::When(_) | Granted::After(_)) => true,
        Some(Granted::None | Granted::Heard { .. }) | None => {
            step.refused.is_some() || step.takes_delivery()
        }
    }
}

/// What was sent, with places in it as what comes has them: without the sign that ends a message in its frame.
fn as_message(frame: Option<&file::Frame>, sent: &Value) -> Value {
    let Some(Each::Split(split)) = frame.and_then(|frame| frame.each.as_ref()) else {
        return sent.clone();
    };
    let message = sent
        .as_str()
        .and_then(|text| text.strip_suffix(split.as_str()));
    let parsed = message.and_then(|message| serde_json::from_str(message).ok());
    parsed.unwrap_or_else(|| sent.clone())
}

/// Whether a frame answers what was sent: the same value stands in both.
fn is_same(ack: &FrameAck, came: &Came, own: &Came) -> bool {
    if ack.event.is_some() && ack.event != came.event {
        return false;
    }
    let theirs = of_frame(&ack.same, came.frame.as_ref());
    let ours = of_frame(&ack.sent, own.sent.as_ref());
    ours.is_some() && theirs == ours
}

/// What stands at a place of a frame.
fn of_frame(place: &Place, frame: Option<&Value>) -> Option<Value> {
    place.first(&Came {
        frame: frame.cloned(),
        ..Came::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ack(text: &str) -> FrameAck {
        let socket = format!("protocol: websocket, path: /ws, frame: {{ack: {text}}}");
        let actions = "actions: {say: {do: {post: /say, json: ['{marker}']}}}";
        let target = format!("target: x\nlogin: none\nsocket: {{{socket}}}\n{actions}\n");
        let target = targets::parse(&target).expect("a target");
        let frame = target.sockets[0].1.frame.clone().expect("a frame");
        frame.ack.expect("an acknowledgement")
    }

    fn answers(ack: &FrameAck, came: Value, sent: Value) -> bool {
        let came = Came {
            frame: Some(came),
            ..Came::default()
        };
        let own = Came {
            sent: Some(sent),
            ..Came::default()
        };
        is_same(ack, &came, &own)
    }

    #[test]
    fn what_was_sent_has_places_without_the_sign_at_its_end() {
        let target = "target: x\nlogin: none\nsocket: {protocol: websocket, path: /ws, frame: {each: {split: \"\\x1e\"}}}\nactions: {}\n";
        let target = targets::parse(target).expect("a target");
        let frame = target.sockets[0].1.frame.as_ref();
        let sent = json!("{\"id\":7}\u{1e}");
        assert_eq!(as_message(frame, &sent), json!({"id": 7}));
        assert_eq!(as_message(None, &sent), sent);
        assert_eq!(as_message(frame, &json!("hello")), json!("hello"));
    }

    #[test]
    fn an_answer_is_known_by_what_it_shares_with_what_was_sent() {
        let same = ack("{same: /id}");
        assert!(answers(&same, json!({"id": 7}), json!({"id": 7})));
        assert!(!answers(&same, json!({"id": 8}), json!({"id": 7})));
        let elsewhere = ack("{same: /reply_to, sent: /id}");
        assert!(answers(
            &elsewhere,
            json!({"reply_to": 7}),
            json!({"id": 7})
        ));
        assert!(!answers(&elsewhere, json!({"id": 7}), json!({"id": 7})));
        // Two frames without it have nothing in common.
        assert!(!answers(&elsewhere, json!({}), json!({})));
    }
}
