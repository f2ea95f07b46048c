//! The steps of a schedule.

/// Kinds of actions whose every event is owed, whatever else the user runs.
const KINDS: [&str; 8] = [
    "popups",
    "countdown",
    "parallel",
    "log",
    "buttons",
    "fail",
    "process",
    "bad_message",
];

/// A tab: its user, the user's device, and the tab there. All are small numbers: 0 is what is there from the start.
pub(super) type TabAt = (usize, usize, usize);

/// A session: its user, and the user's device.
pub(super) type SessionAt = (usize, usize);

/// An action, by its number in the schedule.
pub(super) type Number = usize;

/// One step. Users are numbers too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Open {
        at: TabAt,
        polling: bool,
    },
    Close(TabAt),
    Cut(TabAt),
    Stall(TabAt),
    Resume(TabAt),
    Logout(SessionAt),
    /// A user's phone is taken over by another user.
    TakeOver {
        user: usize,
        by: usize,
    },
    /// An action of this kind.
    Start(SessionAt, usize, Number),
    /// An action that runs until it is stopped.
    Endless(SessionAt, Number),
    /// Both users start an action of this kind at once; the second one's number is [`BOTH`] higher.
    Both(usize, Number),
    LiveLogs(TabAt),
    /// A tab waits for the result of an action.
    Await(TabAt, Number),
    /// A user tries to delete another's action.
    ForeignDelete(usize, Number),
    /// A user tries to read another's action.
    ForeignRead(usize, Number),
    /// A stranger tries to read an action.
    StrangerRead(Number),
    StrangerSocket,
    /// A user asks for the room of another.
    JoinAttack {
        user: usize,
        victim: usize,
    },
    /// A stranger shows the cookie of a session that is over.
    OldCookie(SessionAt),
    Page(SessionAt),
    Restart,
}

/// Between the numbers of two actions that are started at once: higher than any that is drawn.
pub(super) const BOTH: Number = 100;

/// How many kinds there are.
pub(super) const N_KINDS: usize = KINDS.len();

/// The kind's name.
pub(super) fn kind(kind: usize) -> &'static str {
    KINDS[kind % KINDS.len()]
}
