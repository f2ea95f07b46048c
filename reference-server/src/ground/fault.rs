//! Known leaks that can be opened on purpose, so that a harness can be shown to find them.
//!
//! Only a build with the feature `faults` can open one; every other build answers `is` with `false`.
//! Each fault acts where the incident that it is modelled on happened, at a place marked `FAULT`. The state that such
//! an incident shares between users is in `Shared`, because sound code has no place for it.

use std::collections::{BTreeSet, VecDeque};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diagnostics::nearest;
use unicode_normalization::UnicodeNormalization;

use crate::ground::lock::lock;

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal,)+) => {
        /// A leak. Its id is that of its class, or a word of our own if no class has an id for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Fault {
            /// Every fault with its id and its description.
            pub const ALL: &'static [(Self, &'static str, &'static str)] =
                &[$((Self::$name, $id, concat!($($doc),+)),)+];
        }
    };
}

faults! {
    /// Rooms are found by the beginning of their name, so `a` gets what is for `a_b`.
    Iso01 = "ISO01",
    /// Sockets without a login are accepted, and all of them share one session.
    Iso02 = "ISO02",
    /// Closing one tab stops delivery to the session's other tabs.
    Iso03 = "ISO03",
    /// The list of running actions goes to everyone.
    Iso04 = "ISO04",
    /// A log line goes to everyone who watches logs.
    Iso05 = "ISO05",
    /// All users share one bounded queue of modals.
    Iso06 = "ISO06",
    /// The owner of a result is looked up after the action was removed, and a result without an owner goes to everyone.
    Iso07 = "ISO07",
    /// Anyone who knows an action's id can read and stop it.
    Iso08 = "ISO08",
    /// When a session ends, its sockets stay connected.
    Iso09 = "ISO09",
    /// A client can name any room and join it, and can name any user and list their actions.
    Iso10 = "ISO10",
    /// After a message has failed, its user also gets the next message of somebody else.
    Iso11 = "ISO11",
    /// A socket joins a room after it has disconnected, and nothing removes it again.
    Iso12 = "ISO12",
    /// A task that an action starts does not know the action's owner, and sends to everyone.
    Iso13 = "ISO13",
    /// While one user loads the page, nobody gets messages.
    Iso15 = "ISO15",
    /// One message that cannot be sent stops the scheduler for everyone.
    Iso16 = "ISO16",
    /// A status replaces an earlier one that has the same text but another category.
    Iso17 = "ISO17",
    /// An action counts as already running if any user runs it.
    Iso18 = "ISO18",
    /// Above the threshold, the oldest sessions are removed even if their users are logged in.
    Iso19 = "ISO19",
    /// Anyone who knows a transport's id can poll it.
    Iso20 = "ISO20",
    /// A request from any website can change state.
    Web02 = "WEB02",
    /// A URL with a name and a password in it logs in.
    LoginByGet = "LOGIN-BY-GET",
    /// There is no health page, and a page that does not exist answers as if all were well.
    Web07 = "WEB07",
    /// Any website can open a socket.
    Web09 = "WEB09",
    /// An action can be read without a login.
    Web10 = "WEB10",
    /// Every third message is lost.
    Lost = "LOST",
    /// Every second event is sent twice.
    Doubled = "DOUBLED",
    /// Each tick sends its events in reverse order.
    Reordered = "REORDERED",
    /// Queued messages are held back for three seconds.
    Late = "LATE",
    /// A socket that resumes is told that it missed nothing.
    LostOnResume = "LOST-ON-RESUME",
    /// A restart resets every sequence number and loses the events that were waiting.
    ForgetsOnRestart = "FORGETS-ON-RESTART",
    /// When a tab closes, the messages that wait for its user are lost.
    LostOnClose = "LOST-ON-CLOSE",
    /// All buttons are first disabled and then enabled, whatever their last change was.
    ButtonState = "BUTTON-STATE",
    /// A login keeps the session id that the browser had before.
    Fixation = "FIXATION",
    /// A logout removes the cookie but not the session.
    SurvivesLogout = "SURVIVES-LOGOUT",
    /// The cookie's signature is not checked.
    ForgedCookie = "FORGED-COOKIE",
    /// A session that has ended is valid again after a restart.
    StaleCookie = "STALE-COOKIE",
    /// The log contains each session's cookie.
    LoggedId = "LOGGED-ID",
    /// Above the threshold, every third session is removed, whoever owns it.
    PrunedLive = "PRUNED-LIVE",
    /// Room names are in capitals, so `straße` and `STRASSE` share a room.
    NameCase = "NAME-CASE",
    /// Room names have no accents, so `zoe` and `zoë` share a room.
    NameForm = "NAME-FORM",
    /// Room names have `_` in place of every character that is not a letter or digit.
    NameUnderscore = "NAME-UNDERSCORE",
    /// Room names are cut off after 64 characters.
    NameLength = "NAME-LENGTH",
    /// One event in a thousand also goes to another user.
    Rare = "RARE",
    /// Every message to one user also goes to another user 0.2 seconds later.
    LateLeak = "LATE-LEAK",
    /// If two users act within five milliseconds, the server takes one for the other.
    Race = "RACE",
    /// Action ids come from one counter that all users share.
    Counter = "COUNTER",
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !cfg!(feature = "faults") {
            return Err(
                "this build cannot open faults: build it with --features faults".to_owned(),
            );
        }
        let found = Self::ALL.iter().find(|(_, id, _)| *id == text);
        found.map(|(fault, ..)| *fault).ok_or_else(|| {
            let ids: Vec<&str> = Self::ALL.iter().map(|(_, id, _)| *id).collect();
            let meant = nearest(text, ids.iter().copied());
            let meant = meant.map_or_else(String::new, |id| format!("did you mean `{id}`? "));
            format!("{meant}the faults are {}", ids.join(", "))
        })
    }
}

/// The fault that is open in this process, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Open {
    fault: Option<Fault>,
    shared: Arc<Shared>,
}

/// A user's name. Nothing here can make a `UserId`.
type Name = Arc<str>;

/// State that users must not share, and do share under some fault. Each lock is held for a moment, and never together
/// with another one of these.
#[derive(Debug, Default)]
struct Shared {
    /// The owners of the modals that wait, oldest first.
    modals: Mutex<VecDeque<Name>>,
    /// Users that also get the next event.
    targets: Mutex<BTreeSet<Name>>,
    /// The user who acted last.
    acting: Mutex<Option<Name>>,
    /// Everybody's messages wait until then.
    gate: Mutex<Option<Instant>>,
    /// The scheduler has ended.
    halted: AtomicBool,
    count: AtomicU64,
}

impl Open {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self {
            fault,
            shared: Arc::default(),
        }
    }

    pub(crate) fn is(&self, fault: Fault) -> bool {
        cfg!(feature = "faults") && self.fault == Some(fault)
    }

    /// Under this fault: true on every `n`th call, counted over all users.
    pub(crate) fn every(&self, fault: Fault, n: u64) -> bool {
        self.is(fault) && self.count().is_multiple_of(n)
    }

    /// The next number, counted over all users. Relaxed: nothing depends on its order with other memory.
    pub(crate) fn count(&self) -> u64 {
        self.shared.count.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// ISO06: notes that a modal of `owner` waits. Returns the owner of the modal that it pushes out, if all users
    /// together have more than `most`.
    pub(crate) fn share_modal(&self, owner: &str, most: usize) -> Option<Name> {
        let mut modals = lock(&self.shared.modals);
        modals.push_back(owner.into());
        if modals.len() > most {
            modals.pop_front()
        } else {
            None
        }
    }

    /// ISO06: the modals of `owner` were sent.
    pub(crate) fn modals_gone(&self, owner: &str) {
        lock(&self.shared.modals).retain(|waiting| **waiting != *owner);
    }

    /// ISO11: the next emit goes to `user` too.
    pub(crate) fn aim(&self, user: &str) {
        lock(&self.shared.targets).insert(user.into());
    }

    /// ISO11: the users who get an emit of `owner` besides its owner. Each target that somebody left is used once.
    pub(crate) fn take_targets(&self, owner: &str) -> BTreeSet<Name> {
        lock(&self.shared.targets)
            .extract_if(.., |target| **target != *owner)
            .collect()
    }

    /// ISO15: everybody waits, but not longer than `most`.
    pub(crate) fn close_gate(&self, most: Duration) {
        *lock(&self.shared.gate) = Some(Instant::now() + most);
    }

    /// ISO15: a page has reported that it is loaded.
    pub(crate) fn open_gate(&self) {
        *lock(&self.shared.gate) = None;
    }

    /// ISO15 and ISO16: nothing is sent now.
    pub(crate) fn holds_all(&self) -> bool {
        self.shared.halted.load(Ordering::Relaxed)
            || lock(&self.shared.gate).is_some_and(|until| Instant::now() < until)
    }

    /// ISO16: the scheduler has met a message that it cannot send.
    pub(crate) fn halt(&self) {
        self.shared.halted.store(true, Ordering::Relaxed);
    }

    /// RACE: notes that `user` acts, and returns the user who is found acting a moment later.
    pub(crate) async fn acting(&self, user: &str) -> Name {
        *lock(&self.shared.acting) = Some(user.into());
        tokio::time::sleep(Duration::from_millis(5)).await;
        let acting = lock(&self.shared.acting).clone();
        acting.unwrap_or_else(|| user.into())
    }

    /// NAME-…: the spelling under which this user's rooms are found. Several names share it.
    pub(crate) fn room_name(&self, user: &str) -> Option<String> {
        if self.is(Fault::NameCase) {
            Some(user.to_uppercase())
        } else if self.is(Fault::NameForm) {
            Some(without_accents(user))
        } else if self.is(Fault::NameUnderscore) {
            Some(user.replace(|letter: char| !letter.is_alphanumeric(), "_"))
        } else if self.is(Fault::NameLength) {
            Some(user.chars().take(64).collect())
        } else {
            None
        }
    }
}

/// Letters as an old system spells them.
fn without_accents(name: &str) -> String {
    name.nfd()
        .filter(|letter| !unicode_normalization::char::is_combining_mark(*letter))
        .collect()
}
