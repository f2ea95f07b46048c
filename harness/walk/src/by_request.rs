//! Steps that are requests.

use std::time::Duration;

use targets::Target;
use targets::file::socket::Protocol;
use targets::language::came::Came;
use targets::language::step::{Granted, Request, Step};
use targets::language::template::as_text;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::error::WalkError;
use crate::heard::Heard;
use crate::kept::Names;
use crate::outcome::{Outcome, of_answer};
use crate::request;
use crate::stream;
use crate::walker::Walker;
use crate::witness::{Errand, Sight};

/// How long an answer that has ended is still waited for: its yes may come over the socket.
const AFTER_ITS_END: Duration = Duration::from_secs(1);

/// Whether the whole answer to an action is a message like those of a stream: events of Socket.IO come by their socket.
fn are_messages(target: &Target) -> bool {
    let mut sockets = target.sockets.iter();
    target.frame.is_some() || sockets.all(|(_, socket)| socket.protocol != Protocol::SocketIo)
}

fn is_json(body: &str) -> bool {
    body.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<serde_json::Value>(body).is_ok()
}

/// What a message of a streamed answer says within its time; or else whether the answer is over.
async fn told_by<T>(
    hearing: &mut JoinHandle<()>,
    waiting: impl Future<Output = Option<T>>,
) -> Result<T, bool> {
    tokio::pin!(waiting);
    let (found, is_over) = tokio::select! {
        biased;
        found = &mut waiting => (found, false),
        _ = hearing => (timeout(AFTER_ITS_END, waiting).await.ok().flatten(), true),
    };
    found.ok_or(is_over)
}

/// What it means that no message of a streamed answer says yes: as of an answer that comes whole and is not as `granted`
/// says.
fn unsaid(step: &Step, is_over: bool) -> Outcome {
    let why = "no message of the answer says so".to_owned();
    match step.refused {
        None if is_over => Outcome::Refused(why),
        _ => Outcome::Open(why),
    }
}

impl Walker<'_> {
    pub(crate) async fn request(
        &self,
        step: &Step,
        request: &Request,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<(Outcome, Came), WalkError> {
        let streams = self.tab.is_some();
        let moment = self.tab.map_or(0, |tab| tab.log(|log| log.now()));
        let answered = request::send(self.browser, request, names, within, streams).await?;
        let mut came = answered.came;
        came.sent = answered.sent;
        self.keep_sent(step, &came);
        let target = &self.browser.site().target;
        let mut outcome = of_answer(target, step, &came, names)?;
        let about = self.about();
        // Where answers have no form of their own, theirs is that of the socket.
        let of_socket = || {
            let mut sockets = target.sockets.iter();
            sockets.find_map(|(_, socket)| socket.frame.clone())
        };
        let frame = target.frame.clone().or_else(of_socket);
        let is_whole = answered.stream.is_none() && self.errand == Errand::Act;
        let message = { came.body.as_deref() }
            .filter(|body| is_whole && are_messages(target) && is_json(body))
            .filter(|_| self.tab.is_some())
            .map(str::to_owned);
        // The yes may be one of its messages.
        let may_say_so = answered.stream.is_some()
            && self.tab.is_some()
            && matches!(outcome, Outcome::Refused(_) | Outcome::Open(_))
            && matches!(&step.granted, Some(Granted::When(predicate)) if predicate.events().next().is_some());
        let begins = (self.errand == Errand::Act).then(|| self.kept.get("action"));
        let begins = begins.flatten().map(|name| as_text(&name));
        let sight = Sight::Answered {
            asked: &answered.asked,
            errand: self.errand,
            about: about.as_deref(),
            begins: begins.as_deref(),
            granted: outcome == Outcome::Granted,
            is_open: may_say_so && came.status.is_some_and(|status| status < 400),
            since: answered.since,
            is_heard: message.is_some(),
            is_cut: answered.is_cut,
            came: &came,
            raw: &answered.raw,
        };
        match self.tab {
            Some(tab) => tab.see(&sight),
            None => self.browser.see(&self.browser.whereabouts(), &sight),
        }
        if let (Some(tab), Some(body)) = (self.tab, message) {
            stream::hear_one(tab, None, frame.as_ref(), (None, &body), &body);
        }
        if let (Some(tab), Some(response)) = (self.tab, answered.stream) {
            let mut hearing = tokio::spawn(stream::hear(
                tab.downgrade(),
                tab.next_answer(),
                response,
                frame,
            ));
            tab.add_stream(hearing.abort_handle());
            if may_say_so {
                let look = |heard: &Heard| self.told(step, heard, &came, names);
                let waiting = tab.wait(moment, within, look);
                match told_by(&mut hearing, waiting).await {
                    Ok(told) => return Ok(told),
                    Err(is_over) => outcome = unsaid(step, is_over),
                }
            }
        }
        Ok((outcome, came))
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
        match of_answer(&self.browser.site().target, step, &came, names) {
            Ok(Outcome::Granted) => Some((Outcome::Granted, came)),
            // In the file's own words: behind any other message the yes may still come.
            Ok(no @ Outcome::Refused(_)) if step.refused.is_some() => Some((no, came)),
            _ => None,
        }
    }
}
