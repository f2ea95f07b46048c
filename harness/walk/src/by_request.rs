//! Steps that are requests.

use std::time::Duration;

use targets::language::came::Came;
use targets::language::step::{Granted, Request, Step};

use crate::error::WalkError;
use crate::heard::Heard;
use crate::kept::Names;
use crate::outcome::{Outcome, of_answer};
use crate::request;
use crate::stream;
use crate::walker::Walker;
use crate::witness::Sight;

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
        let mut outcome = of_answer(step, &came, names)?;
        let about = self.about();
        let sight = Sight::Answered {
            asked: &answered.asked,
            errand: self.errand,
            about: about.as_deref(),
            granted: outcome == Outcome::Granted,
            since: answered.since,
            came: &came,
            raw: &answered.raw,
        };
        match self.tab {
            Some(tab) => tab.see(&sight),
            None => self.browser.see(&self.browser.whereabouts(), &sight),
        }
        if let (Some(tab), Some(response)) = (self.tab, answered.stream) {
            // Where answers have no form of their own, theirs is that of the socket.
            let target = &self.browser.site().target;
            let of_socket = || {
                target
                    .sockets
                    .iter()
                    .find_map(|(_, socket)| socket.frame.clone())
            };
            let frame = target.frame.clone().or_else(of_socket);
            let hearing = tokio::spawn(stream::hear(tab.downgrade(), response, frame));
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
}
