//! Who is signed in, and who asked what.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use cookie::Cookie;
use socketioxide::SocketIo;

/// The cookie of a session.
pub(crate) const SESSION: &str = "connect.sid";

/// Who gets an answer.
#[derive(Clone, Copy)]
pub(crate) enum Reach {
    /// The tabs of the user who asked.
    Owner,
    /// Every tab: the leak that the test must find.
    Everyone,
}

/// What every request and every socket may use.
pub(crate) struct Desk {
    pub(crate) io: SocketIo,
    pub(crate) reach: Reach,
    passwords: HashMap<String, String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The user of each session, by the value of its cookie.
    sessions: HashMap<String, String>,
    /// Who asked each question that was not withdrawn.
    questions: HashMap<u64, String>,
    last_question: u64,
}

impl Desk {
    pub(crate) fn new(passwords: HashMap<String, String>, io: SocketIo, reach: Reach) -> Self {
        Self {
            io,
            reach,
            passwords,
            state: Mutex::default(),
        }
    }

    /// Held for a moment, and never while an event is sent.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new session, if the password is right. Its id is new too: one that somebody planted gets no user.
    pub(crate) fn sign_in(&self, user: &str, password: &str) -> Option<String> {
        if self.passwords.get(user)? != password {
            return None;
        }
        let session = random();
        self.state()
            .sessions
            .insert(session.clone(), user.to_owned());
        Some(session)
    }

    pub(crate) fn sign_out(&self, session: &str) {
        self.state().sessions.remove(session);
    }

    /// The user who sent these headers. Nothing else in a request says who somebody is.
    pub(crate) fn user(&self, headers: &HeaderMap) -> Option<String> {
        let session = cookie(headers, SESSION)?;
        self.state().sessions.get(&session).cloned()
    }

    /// The id of a new question.
    pub(crate) fn ask(&self, user: &str) -> u64 {
        let mut state = self.state();
        state.last_question += 1;
        let id = state.last_question;
        state.questions.insert(id, user.to_owned());
        id
    }

    /// Whether there was such a question of this user's; somebody else's is as unknown as one that never was.
    pub(crate) fn withdraw(&self, id: u64, user: &str) -> bool {
        let mut state = self.state();
        let is_own = state.questions.get(&id).is_some_and(|owner| owner == user);
        if is_own {
            state.questions.remove(&id);
        }
        is_own
    }
}

/// The value of a cookie that came with a request.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok());
    all.flat_map(Cookie::split_parse)
        .flatten()
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// A name that nobody can guess.
pub(crate) fn random() -> String {
    format!("{:032x}", rand::random::<u128>())
}
