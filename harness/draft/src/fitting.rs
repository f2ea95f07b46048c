//! Only what the language accepts is written: a system may call its events and fields as it likes.

use targets::Target;

use crate::file::write;
use crate::found::{Act, Found, Session, SocketKind};

/// The text of the file, and the target that it is.
pub(crate) fn fitted(base: &str, found: &mut Found) -> (String, Target) {
    prepare(found);
    if let Some(fitted) = read(base, found) {
        return fitted;
    }
    // Each part by itself with the rest of the file empty, so that one bad name costs nothing else.
    let (logins, actions) = (
        std::mem::take(&mut found.logins),
        std::mem::take(&mut found.actions),
    );
    let (surfaces, socket) = (std::mem::take(&mut found.surfaces), found.socket.take());
    let (session, logout) = (found.session.take(), found.logout.take());
    found.socket = socket;
    if read(base, found).is_none() {
        found.socket = None;
    }
    for action in actions {
        found.actions.push(action);
        drop_last_unless_read(base, found, |found| drop(found.actions.pop()));
    }
    for surface in surfaces {
        found.surfaces.push(surface);
        drop_last_unless_read(base, found, |found| drop(found.surfaces.pop()));
    }
    for login in logins {
        found.logins.push(login);
        drop_last_unless_read(base, found, |found| drop(found.logins.pop()));
    }
    found.session = session;
    drop_last_unless_read(base, found, |found| found.session = None);
    found.logout = logout;
    drop_last_unless_read(base, found, |found| found.logout = None);
    found.notes.insert(
        0,
        "Something that was found cannot be written in this language, and was left out.".to_owned(),
    );
    read(base, found).unwrap_or_else(|| {
        let mut nothing = Found::default();
        prepare(&mut nothing);
        let text = write(base, &nothing);
        let target = targets::parse(&text).unwrap_or_default();
        (text, target)
    })
}

fn read(base: &str, found: &Found) -> Option<(String, Target)> {
    let text = write(base, found);
    let target = targets::parse(&text).ok()?;
    Some((text, target))
}

fn drop_last_unless_read(base: &str, found: &mut Found, undo: impl FnOnce(&mut Found)) {
    if read(base, found).is_none() {
        undo(found);
    }
}

/// What belongs together: events need a socket that has events, and a session somebody who logs in.
fn prepare(found: &mut Found) {
    let kind = found.socket.as_ref().map(|socket| &socket.kind);
    let has_events = matches!(kind, Some(SocketKind::SocketIo { .. }));
    let has_frames = matches!(kind, Some(SocketKind::WebSocket { .. }));
    let before = found.actions.len();
    found.actions.retain(|action| match action.act {
        Act::Emit { .. } => has_events,
        Act::Send(_) => has_frames,
        Act::Request(_) => true,
    });
    if found.actions.len() < before {
        found.notes.push("The page sends events over a socket that was not found, so their actions are left out.".to_owned());
    }
    if found.logins.is_empty() {
        found.session = None;
    }
    let has_token = found
        .logins
        .first()
        .is_some_and(|login| login.token.is_some());
    if found.session == Some(Session::Token) && !has_token {
        found.session = None;
    }
    let mut names = Vec::new();
    found.actions.retain(|action| {
        let is_new = !names.contains(&action.name);
        names.push(action.name.clone());
        is_new
    });
    // What carries a user's own text is worth more than what does not.
    found.actions.sort_by_key(|action| !action.is_marked);
    yields(found);
}

/// Which events come of which action, by their names.
fn yields(found: &mut Found) {
    let mut heard = Vec::new();
    for event in std::mem::take(&mut found.heard) {
        if !heard.contains(&event) {
            heard.push(event);
        }
    }
    found.heard = heard;
    let is_alone = found
        .actions
        .iter()
        .filter(|action| action.is_marked)
        .count()
        == 1;
    for action in &mut found.actions {
        let stem = stem(&action.name);
        let fits = |event: &&String| {
            let event = self::stem(event);
            event == stem || (is_alone && action.is_marked) || same_verb(&event, &stem)
        };
        action.yields = found.heard.iter().filter(fits).cloned().collect();
    }
}

/// A name without its ending: `notes`, `note`; `said` stays as it is.
fn stem(name: &str) -> String {
    name.to_ascii_lowercase().trim_end_matches('s').to_owned()
}

/// `new_message` comes of `message`, and `message:created` of `message:create`.
fn same_verb(event: &str, action: &str) -> bool {
    action.len() >= 4 && (event.ends_with(action) || event.starts_with(action))
}
