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
    /// A user's rooms are found by how their names begin, so `a` gets what is for `a_b`.
    Iso01 = "ISO01",
    /// Sockets without a login are let in, and all of them share the session of nobody.
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
    /// The end of a session leaves its sockets connected.
    Iso09 = "ISO09",
    /// A client joins any room that it names, and lists the actions of any user that it names.
    Iso10 = "ISO10",
    /// A message that fails leaves its target behind, and somebody else's next messages go there too.
    Iso11 = "ISO11",
    /// A handler joins a socket that has disconnected in the meantime, and nothing removes it again.
    Iso12 = "ISO12",
    /// A task that an action spawns does not know whom it works for, and speaks to everyone.
    Iso13 = "ISO13",
    /// A user who loads the page holds up everybody's messages.
    Iso15 = "ISO15",
    /// One message that cannot be sent stops the scheduler for everyone.
    Iso16 = "ISO16",
    /// A status is replaced by one of another category with the same text.
    Iso17 = "ISO17",
    /// An action counts as running already if anybody runs it.
    Iso18 = "ISO18",
    /// Above the threshold the oldest sessions are removed, logged in or not.
    Iso19 = "ISO19",
    /// Anyone who knows the id of a transport may poll it.
    Iso20 = "ISO20",
    /// A request from any page may change state.
    Web02 = "WEB02",
    /// A name and a password in a URL log in.
    LoginByGet = "LOGIN-BY-GET",
    /// Any page may open a socket.
    Web09 = "WEB09",
    /// An action is read without a login.
    Web10 = "WEB10",
    /// Every third message is lost.
    Lost = "LOST",
    /// Every second event is sent twice.
    Doubled = "DOUBLED",
    /// Each tick sends its events in reverse order.
    Reordered = "REORDERED",
    /// Waiting messages are held back for three seconds.
    Late = "LATE",
    /// A resumed socket is told that it missed nothing.
    LostOnResume = "LOST-ON-RESUME",
    /// A restart resets every sequence number and forgets the events that waited.
    ForgetsOnRestart = "FORGETS-ON-RESTART",
    /// A tab that closes discards the messages that wait for its user.
    LostOnClose = "LOST-ON-CLOSE",
    /// All buttons are disabled first and then enabled, whatever was requested last.
    ButtonState = "BUTTON-STATE",
    /// A login keeps the id that the browser had before.
    Fixation = "FIXATION",
    /// A logout removes the cookie but not the session.
    SurvivesLogout = "SURVIVES-LOGOUT",
    /// The cookie's signature is not checked.
    ForgedCookie = "FORGED-COOKIE",
    /// A session that has ended lives again after a restart.
    StaleCookie = "STALE-COOKIE",
    /// The log contains each session's cookie.
    LoggedId = "LOGGED-ID",
    /// Above the threshold every third session is removed, whoever owns it.
    PrunedLive = "PRUNED-LIVE",
    /// Rooms are named in capitals, where `straße` and `STRASSE` meet.
    NameCase = "NAME-CASE",
    /// Rooms are named without accents.
    NameForm = "NAME-FORM",
    /// Rooms are named with `_` in place of every character that is not a letter or digit.
    NameUnderscore = "NAME-UNDERSCORE",
    /// Rooms are named by the first 64 characters.
    NameLength = "NAME-LENGTH",
    /// One event in a thousand goes to another user as well.
    Rare = "RARE",
    /// Every message to one user also goes to another, a fifth of a second later.
    LateLeak = "LATE-LEAK",
    /// Two users who act within five milliseconds are taken for one.
    Race = "RACE",
    /// Actions of all users share one counter for their ids.
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
