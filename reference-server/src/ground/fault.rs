//! Known leaks that can be opened on purpose, so that a harness can be shown to find them.
//!
//! Only a build with the feature `faults` can open one; every other build answers `is` with `false`.
//! Each fault stands where the incident that it is modelled on happened, at a place marked `FAULT`;
//! what such an incident shares between users, and what sound code has no place for, stands in `Shared`.

use std::collections::{BTreeSet, VecDeque};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use unicode_normalization::UnicodeNormalization;

use crate::ground::lock::lock;

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal,)+) => {
        /// A leak by its id: that of its class, or a word where no class has one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Fault {
            /// Every fault with its id and its sentence.
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
    /// The owner of a result is looked up when the action is gone, and what has no owner is everyone's.
    Iso07 = "ISO07",
    /// An action is read and stopped by its id alone.
    Iso08 = "ISO08",
    /// The end of a session leaves its sockets connected.
    Iso09 = "ISO09",
    /// A client joins the room that it names, and lists the actions of whom it names.
    Iso10 = "ISO10",
    /// A message that fails leaves its target behind, and somebody else's next messages go there too.
    Iso11 = "ISO11",
    /// A handler joins a socket that has gone meanwhile, and it is never taken out.
    Iso12 = "ISO12",
    /// A task that an action spawns does not know whom it works for, and speaks to everyone.
    Iso13 = "ISO13",
    /// Who loads the page holds up everybody's messages.
    Iso15 = "ISO15",
    /// One message that cannot be sent ends the scheduler for all.
    Iso16 = "ISO16",
    /// A status is replaced by one of another category with the same text.
    Iso17 = "ISO17",
    /// An action that somebody else runs is running already.
    Iso18 = "ISO18",
    /// Past the threshold the oldest sessions go, logged in or not.
    Iso19 = "ISO19",
    /// Who knows the id of a transport may poll it.
    Iso20 = "ISO20",
    /// State changes for requests of any page.
    Web02 = "WEB02",
    /// A name and a password in an address log in.
    LoginByGet = "LOGIN-BY-GET",
    /// Any page may open a socket.
    Web09 = "WEB09",
    /// An action is read without a login.
    Web10 = "WEB10",
    /// Each third message is lost.
    Lost = "LOST",
    /// Each second event goes twice.
    Doubled = "DOUBLED",
    /// What a tick sends, it sends from the end.
    Reordered = "REORDERED",
    /// What waits is held for three seconds.
    Late = "LATE",
    /// A resumed socket is told that it missed nothing.
    LostOnResume = "LOST-ON-RESUME",
    /// A restart begins every count anew and forgets what waited.
    ForgetsOnRestart = "FORGETS-ON-RESTART",
    /// A tab that closes takes what waits for its user with it.
    LostOnClose = "LOST-ON-CLOSE",
    /// All buttons are disabled first and enabled then, whatever was asked for last.
    ButtonState = "BUTTON-STATE",
    /// A login keeps the id that the browser had before.
    Fixation = "FIXATION",
    /// A logout takes the cookie away and leaves the session.
    SurvivesLogout = "SURVIVES-LOGOUT",
    /// The cookie's signature is not looked at.
    ForgedCookie = "FORGED-COOKIE",
    /// A session that has ended lives again after a restart.
    StaleCookie = "STALE-COOKIE",
    /// The log says each session's cookie.
    LoggedId = "LOGGED-ID",
    /// Past the threshold each third session goes, whosever it is.
    PrunedLive = "PRUNED-LIVE",
    /// Rooms are named in capitals, where `straße` and `STRASSE` meet.
    NameCase = "NAME-CASE",
    /// Rooms are named without accents.
    NameForm = "NAME-FORM",
    /// Rooms are named with `_` for whatever is no letter.
    NameUnderscore = "NAME-UNDERSCORE",
    /// Rooms are named by the first 64 characters.
    NameLength = "NAME-LENGTH",
    /// One event in a thousand goes to another user as well.
    Rare = "RARE",
    /// What a user gets, another gets a fifth of a second later.
    LateLeak = "LATE-LEAK",
    /// Two who act within five milliseconds are taken for one.
    Race = "RACE",
    /// Actions are counted through for all users together.
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
            format!("the faults are {}", ids.join(", "))
        })
    }
}

/// The fault that is open in this process, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Open {
    fault: Option<Fault>,
    shared: Arc<Shared>,
}

/// A user by name: nothing here can make a user.
type Name = Arc<str>;

/// What users must not share, and share under one fault or another.
#[derive(Debug, Default)]
struct Shared {
    /// Whose modals wait, oldest first.
    modals: Mutex<VecDeque<Name>>,
    /// Where the next event goes besides its owner.
    targets: Mutex<BTreeSet<Name>>,
    /// Who acted last.
    acting: Mutex<Option<Name>>,
    /// Until when everybody's messages wait.
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

    /// With this fault, every `n`th time that it is asked, over all users.
    pub(crate) fn every(&self, fault: Fault, n: u64) -> bool {
        self.is(fault) && self.count().is_multiple_of(n)
    }

    /// The next number, over all users.
    pub(crate) fn count(&self) -> u64 {
        self.shared.count.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// ISO06: a modal of `owner` waits; gives whose is pushed out of the `most` that all may have.
    pub(crate) fn share_modal(&self, owner: &str, most: usize) -> Option<Name> {
        let mut modals = lock(&self.shared.modals);
        modals.push_back(owner.into());
        if modals.len() > most {
            modals.pop_front()
        } else {
            None
        }
    }

    /// ISO06: the modals of `owner` have gone.
    pub(crate) fn modals_gone(&self, owner: &str) {
        lock(&self.shared.modals).retain(|waiting| **waiting != *owner);
    }

    /// ISO11: the next emit goes to `user` too.
    pub(crate) fn aim(&self, user: &str) {
        lock(&self.shared.targets).insert(user.into());
    }

    /// ISO11: where an emit of `owner` goes besides its owner; a target that somebody left is used once.
    pub(crate) fn take_targets(&self, owner: &str) -> BTreeSet<Name> {
        lock(&self.shared.targets)
            .extract_if(.., |target| **target != *owner)
            .collect()
    }

    /// ISO15: everybody waits, for at most so long.
    pub(crate) fn close_gate(&self, most: Duration) {
        *lock(&self.shared.gate) = Some(Instant::now() + most);
    }

    /// ISO15: a page says that it is there.
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

    /// RACE: notes who acts, and gives who is taken to act when that is looked up a moment later.
    pub(crate) async fn acting(&self, user: &str) -> Name {
        *lock(&self.shared.acting) = Some(user.into());
        tokio::time::sleep(Duration::from_millis(5)).await;
        let acting = lock(&self.shared.acting).clone();
        acting.unwrap_or_else(|| user.into())
    }

    /// NAME-…: the spelling under which this user's rooms are found, which several names have.
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
