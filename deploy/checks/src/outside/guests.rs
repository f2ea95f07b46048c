//! What a visitor may do without a login.

use evidence::{Marker, UserName};
use probe::{Browser, Given, OpenOptions, Opened, ProbeError, Right, Said, Started, Tab, Told};
use targets::file::action::{Action, Takes};
use targets::language::step::Act;
use targets::needs::Need;
use tokio::time::timeout;

use crate::check::{Check, Row, Undecided};
use crate::subject::declared::{self, logs_in_by_socket, path_of, refuses_guests, surface};
use crate::subject::host::Host;
use crate::subject::opening::{self, Opening};
use crate::subject::silence::{Silence, is_busy, status_in};
use crate::subject::visit::Visit;

/// The surface that lists what a user has started.
const LIST: &str = "actions of mine";

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "guests",
        rules: &["WEB10"],
        claim: "a visitor who is not logged in can start no action and open no socket",
        why: "a visitor who gets in here has no user name, and events without one can go to anybody",
        fix: "check the session in every route before it does anything",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let host = &visit.host;
    let target = &host.target;
    refuses_guests(target)?;
    let list = surface(target, LIST);
    // Whether somebody is there at all.
    let page = list.as_ref().ok().and_then(|list| path_of(list));
    host.ask(host.get(host.url(page.unwrap_or("/")))).await?;
    let guest = visit.stranger()?;
    // What was allowed is a fault, whatever is not answered after it.
    let mut see = |what: &str, words: Option<String>| {
        faults.extend(words.map(|words| format!("a guest may {what}: {words}")));
    };
    let (kind, action) = declared::action(target)?;
    if let Some(tab) = tab_to_act_in(&guest, action, host).await? {
        let started = start(&tab, (kind, action), host).await;
        tab.close().await;
        see("start an action", started?);
    }
    // A target without a list shows none.
    let unlisted = match target.surface(LIST) {
        Need::NotMentioned(_) => list.map(|_| ()),
        Need::NotApplicable(_) => Ok(()),
        Need::Found(_) => {
            let asked = timeout(host.patience, guest.surface(LIST)).await;
            let told = asked.map_err(|_| Silence::Late(host.patience))?;
            see(
                "list actions",
                in_words(
                    told.map_err(Undecided::because)?
                        .map(|visited| visited.told),
                    "list actions",
                )?,
            );
            Ok(())
        }
    };
    if !target.sockets.is_empty() && !logs_in_by_socket(target) {
        see("open a socket", open(host).await?);
    }
    unlisted
}

/// The tab in which a guest can start an action. None where it needs a socket, and the guest has none: whether there is
/// one is judged by itself.
async fn tab_to_act_in(
    guest: &Browser,
    action: &Action,
    host: &Host,
) -> Result<Option<Tab>, Undecided> {
    let mut acts = action.way.act.iter().filter_map(|step| step.act.as_ref());
    if !acts.any(Act::needs_socket) {
        return Ok(Some(Tab::unopened(guest, "1")));
    }
    if !logs_in_by_socket(&host.target) {
        return Ok(None);
    }
    let options = OpenOptions::default();
    let opening = timeout(host.patience, Tab::open(guest, "1", &options)).await;
    let opened = opening.map_err(|_| Silence::Late(host.patience))?;
    match opened.map_err(Undecided::because)? {
        Opened::Granted(tab) => Ok(Some(tab)),
        Opened::Refused(words) => refused(&words, "open a socket").map(|_| None),
    }
}

/// What a guest is told who starts an action, if it is no refusal.
async fn start(
    tab: &Tab,
    (kind, action): (&str, &Action),
    host: &Host,
) -> Result<Option<String>, Undecided> {
    // A group of which a guest knows nothing but a name.
    let group = format!("smoke{:08x}", rand::random::<u32>());
    let takes = action.takes.iter();
    let takes = takes.filter(|(_, takes)| matches!(takes, Takes::Group(_)));
    let given = takes.map(|(name, _)| (name.clone(), Given::Group(group.clone())));
    let given = given.collect();
    let marker = Marker::new(&UserName::from("guest"), rand::random());
    let acting = timeout(
        host.patience,
        tab.act(kind, None, &given, (Some(marker), Right::Declared)),
    )
    .await;
    let started = acting.map_err(|_| Silence::Late(host.patience))?;
    match started {
        // An action that needs a socket is out of reach without one.
        Err(ProbeError::Closed(_)) => Ok(None),
        Err(error) => Err(Undecided::because(error)),
        Ok(Started::Granted(_) | Started::Asked(_)) => Ok(Some(format!("`{kind}` was granted"))),
        Ok(Started::Refused(words) | Started::ByItsRules(words)) => {
            refused(&words, "start an action")
        }
        Ok(Started::Unanswered(why)) => Err(Undecided(why)),
    }
}

/// What a guest is told who opens a socket, if it is no refusal.
async fn open(host: &Host) -> Result<Option<String>, Undecided> {
    match opening::as_stranger(host).await? {
        Opening::Refused(words) => refused(&words, "open a socket"),
        Opening::Open => Ok(Some("it was opened".to_owned())),
    }
}

/// What the answer to a guest says, if it is no refusal.
fn in_words(told: Option<Told>, what: &str) -> Result<Option<String>, Undecided> {
    let Some(told) = told else { return Ok(None) };
    let words = told.came.told();
    match told.answer {
        Said::No(_) => refused(&words, what),
        Said::Unknown(why) => Err(Undecided(why)),
        Said::Yes | Said::Sent | Said::Asked => Ok(Some(words)),
    }
}

/// A refusal is right. A server that is busy or broken has refused nothing.
fn refused(words: &str, what: &str) -> Result<Option<String>, Undecided> {
    match status_in(words) {
        Some(status) if is_busy(status) || status >= 500 => Err(Undecided(format!(
            "a guest who tried to {what} got {words}"
        ))),
        _ => Ok(None),
    }
}
