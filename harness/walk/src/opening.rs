//! How a tab takes the steps of its opening, and what somebody does who is refused the page that would open the socket. A
//! browser stops there; whoever has no right to either does not, so the socket is asked for as well.

use std::collections::BTreeMap;
use std::time::Duration;

use targets::Target;
use targets::file::socket::Transport;
use targets::language::audience::{Audience, Scope};
use targets::language::step::{Act, Granted, Step};
use wires::Client;

use crate::connect::Back;
use crate::error::WalkError;
use crate::heard::Heard;
use crate::tab::Tab;
use crate::told::{Answer, Told};
use crate::walker::{Walker, Wayward};
use crate::witness::Errand;

/// How long a socket that was opened without the page is listened to. What a server says to whoever comes, it says soon.
const GREETING: Duration = Duration::from_secs(1);

/// How a tab is opened, beside what the file says.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// Another transport of Socket.IO.
    pub transport: Option<Transport>,
    /// Further headers of the handshake.
    pub headers: Vec<(String, String)>,
    /// Who speaks Socket.IO. One that cannot do what the file asks for takes no step, with `WalkError::NotOffered`.
    pub client: Client,
    /// What follows where the target refuses the page that would open the socket.
    pub past_page: PastPage,
}

/// What somebody does who is refused the page that would open the socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PastPage {
    /// Nothing, as a browser.
    #[default]
    Never,
    /// They ask for the socket, and are let in if the target gives them more than the line.
    IfGreeted,
    /// They ask for the socket, and the line is enough.
    ForTheLine,
}

impl Tab {
    /// Takes the steps of its opening.
    pub(crate) async fn take(
        &self,
        steps: &[Step],
        way: &Way,
        back: Back,
    ) -> Result<Told, WalkError> {
        self.speaks_by(way.client);
        let nobody = BTreeMap::new();
        let walker = Walker {
            browser: self.browser(),
            tab: Some(self),
            kept: self.kept(),
            owners: &nobody,
            member: None,
            way: Wayward {
                transport: way.transport,
                headers: way.headers.clone(),
                back,
                is_strangers: self.browser().whereabouts().user.is_none(),
            },
            errand: Errand::Open,
            depth: 0,
        };
        walker.all(steps).await.map(Told::from)
    }

    /// Takes what follows a refused page, without its requests. With `IfGreeted` a yes is one that means something: the
    /// target granted more than the connection, or sent what only users get. An open line on which nothing comes is no
    /// harm.
    pub(crate) async fn past_the_page(
        &self,
        steps: &[Step],
        way: &Way,
        refused: Told,
    ) -> Result<Told, WalkError> {
        let Some(rest) =
            after_request(steps, &refused).filter(|_| way.past_page != PastPage::Never)
        else {
            return Ok(refused);
        };
        let rest: Vec<Step> = { rest.iter() }
            .filter(|step| !asks(step))
            .map(soon)
            .collect();
        let opens = rest.iter().any(is_connect);
        if !opens && !self.has_socket() {
            return Ok(refused);
        }
        let told = match self.take(&rest, way, Back::default()).await {
            Ok(told) => told,
            Err(WalkError::NoAnswer { is_late, .. }) if !is_late => return Ok(refused),
            // The page would have said what the handshake needs.
            Err(WalkError::Unset(_)) => return Ok(refused),
            Err(error) => return Err(error),
        };
        let is_open = told.answer.may_be() && !matches!(told.answer, Answer::Unknown(_));
        let is_let_in = match way.past_page {
            PastPage::Never => false,
            PastPage::ForTheLine => is_open && self.has_socket(),
            PastPage::IfGreeted => {
                (is_open && rest.iter().any(says_yes))
                    || (told.answer.may_be() && self.is_greeted().await)
            }
        };
        let let_in = Told {
            answer: Answer::Yes,
            ..told
        };
        Ok(if is_let_in { let_in } else { refused })
    }

    /// Whether something comes that the file calls a user's.
    async fn is_greeted(&self) -> bool {
        let target = &self.browser().site().target;
        let look = |heard: &Heard| {
            let name = heard.came.event.as_deref();
            name.is_some_and(|name| is_users(target, name))
                .then_some(())
        };
        self.wait(0, GREETING, look).await.is_some()
    }
}

/// The steps after the request that was refused. A socket that was refused is no page.
fn after_request<'a>(steps: &'a [Step], refused: &Told) -> Option<&'a [Step]> {
    let at = steps.iter().position(|step| step.at == refused.at)?;
    asks(&steps[at]).then(|| &steps[at + 1..])
}

/// The same, with less patience for what the server may never say to whoever is not let in.
fn soon(step: &Step) -> Step {
    let mut step = step.clone();
    if !is_connect(&step) {
        step.within = Some(step.within.map_or(GREETING, |within| within.min(GREETING)));
    }
    step
}

const fn asks(step: &Step) -> bool {
    matches!(step.act, Some(Act::Request(_)))
}

pub(crate) const fn is_connect(step: &Step) -> bool {
    matches!(step.act, Some(Act::Connect(_)))
}

/// A yes to this step is one in the target's words.
const fn says_yes(step: &Step) -> bool {
    match &step.act {
        Some(Act::Emit(_) | Act::Send(_)) => matches!(step.granted, Some(Granted::When(_))),
        _ => false,
    }
}

/// An event of users, by the file. One that also comes by itself is still theirs.
fn is_users(target: &Target, event: &str) -> bool {
    let mut yields = { target.actions.iter() }.flat_map(|(_, action)| &action.yields);
    let is_personal = |to: &Audience| !to.any.contains(&Scope::Anybody);
    let is_public = target.public.iter().any(|name| name == event);
    !is_public && yields.any(|(name, yields)| name == event && is_personal(&yields.to))
}
