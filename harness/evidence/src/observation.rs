//! What a client saw or did: one entry for each line of the history.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audience::{Audience, Meant, Scope};
use crate::marker::Marker;
use crate::membership::{Member, Membership};
use crate::name::ActionId;
use crate::place::Place;

/// What stands behind the name of an event that is none of those that the target file means by that name.
pub const OTHERWISE: &str = ", not as `where` says";

/// The name of an event as the server sends it.
pub(crate) fn bare(event: &str) -> &str {
    event.strip_suffix(OTHERWISE).unwrap_or(event)
}

/// What lines of a stream are called that are no event for anybody: comments, which servers send so that a connection
/// stays open. They are evidence, and nothing waits for them or counts them.
pub const COMMENT: &str = "(comment)";
/// What an expectation says that was not seen because the target called somebody too fast for it.
pub const TOO_FAST: &str = "too fast for it";

/// One entry of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// The recorder's order, from 1 without gaps. It is not the server's order.
    pub seq: u64,
    /// Microseconds since the recorder started, on its own monotonic clock.
    pub at_us: u64,
    /// Where it was seen or done.
    pub place: Place,
    /// What was seen or done.
    #[serde(flatten)]
    pub what: What,
}

/// What was seen or done. Silence is not failure, so an unanswered request has a name of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The session is logged in. The ids are digests, so that a history contains no secret.
    LoggedIn {
        /// The session id that the browser sent before the login.
        before: Option<String>,
        /// The session id that the server gave at the login.
        after: String,
    },
    /// The server confirmed that the session has ended.
    SessionEnded,
    /// A socket is ready: the server has joined it to its room.
    Joined {
        /// The last sequence number before this socket joined, if the target numbers its events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seq: Option<u64>,
        /// It has no socket: its opening asked the server for nothing, so that nothing was granted, and nothing but
        /// answers comes. It joins once more when it gets one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        socketless: bool,
    },
    /// A socket, a request or an action was refused.
    Refused {
        /// The server's answer.
        reason: String,
        /// The marker of the action that was refused: it did not happen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        marker: Option<Marker>,
    },
    /// The socket is closed.
    Left {
        /// How the server closed it: the close frame, the packet or the error. Absent if the scenario closed it, cut
        /// it, or restarted the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_server: Option<String>,
    },
    /// A request with this marker is about to be sent. Without `to` and `events` its audience is not declared: then what
    /// carries the marker is meant for each place of the user who sends it.
    Sent {
        /// Its marker.
        marker: Marker,
        /// Whom it is meant for, where `events` does not say. Absent: each place of the user who sends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Audience>,
        /// Whom each of its events is meant for, by the event's name. What is no event of these, and whatever an answer
        /// says of it, may be seen by `to`, by the tab that acts, and by everybody who is meant by one of these.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        events: BTreeMap<String, Meant>,
        /// The marker stands in no text: it is only the action's name in this history.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unmarked: bool,
        /// The tab that acts, where the request itself is the session's. Absent: this observation's place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acting: Option<Box<Place>>,
        /// What the target file calls it. Nothing is judged by that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        doing: Option<Box<Doing>>,
    },
    /// The server confirmed the request: it happened.
    Confirmed {
        /// Its marker.
        marker: Marker,
        /// The action that it started.
        action: ActionId,
        /// The events that each open tab of its owner must get, and how many of each.
        yields: BTreeMap<String, u64>,
        /// Those of them whose number is exact. Of the others, more may arrive.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        exact: BTreeSet<String>,
    },
    /// The deadline passed without an answer to the request: it may have happened.
    Unanswered {
        /// Its marker.
        marker: Marker,
    },
    /// An action was stopped, or it is unknown whether it was. Events that it has not made by now are no longer due.
    Stopped {
        /// The action's id.
        action: ActionId,
    },
    /// This place becomes a member of a group, or ends to be one.
    Member {
        /// The group's id.
        group: String,
        /// Which places are a member together.
        #[serde(default)]
        who: Member,
        /// How far it has come.
        is: Membership,
        /// The group is closed to this place: by the target file it is no member, and must be refused.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        closed: bool,
    },
    /// A value that the server made, seen at this place. From here on it is like a marker of its audience, until it is
    /// freed.
    Secret {
        /// The value, exactly.
        value: String,
        /// Whom it is meant for.
        to: Audience,
        /// Whether it is seen or freed.
        is: Secrecy,
    },
    /// An event arrived: a Socket.IO event, a frame of another protocol, or a message of a streamed answer.
    Received {
        /// The event's name.
        event: String,
        /// Its sequence number, if the target numbers its events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u64>,
        /// The sequence of which it is a number: a group, a sender, everyone. In it numbers rise at each place, and may
        /// have gaps. Absent: the place's own sequence, which has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<String>,
        /// The frame exactly as it arrived.
        frame: String,
        /// The texts in it that continue a stream.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pieces: Vec<Piece>,
        /// Which places in it must be absent for everybody, and were there.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        never: Vec<String>,
        /// It says no to somebody who is not logged in.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        says_no: bool,
    },
    /// An HTTP answer, or the acknowledgement of an emit. It has a tab if the tab's page asked.
    Answered {
        /// The request, as `METHOD path` or `emit event`.
        asked: String,
        /// The action whose id was in the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<ActionId>,
        /// Whether the server did what was asked.
        granted: bool,
        /// Status line, headers and body, or the acknowledgement, exactly as they arrived.
        frame: String,
        /// It was about something that anybody may ask for: a login, a public page.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_public: bool,
        /// When it was asked for, in microseconds like `at_us`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked_us: Option<u64>,
        /// The texts in it that continue a stream.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pieces: Vec<Piece>,
        /// Which places in it must be absent for everybody, and were there.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        never: Vec<String>,
    },
    /// Every event that was due has had time to arrive. At a user's session, that means the events of that session. At
    /// the scenario's end, where the place has no user, it means the events of everybody.
    Settled {
        /// Why missing events may still arrive: the target did not answer, or the harness was late. Absent if neither
        /// was the case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unsettled: Option<String>,
        /// For how many milliseconds the run then kept listening for events that must not arrive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        listened_ms: Option<u64>,
        /// Why that listening proves nothing: the target did not answer at its end. Absent if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unheard: Option<String>,
    },
    /// The harness itself was late: its observations in that time say nothing about the target's speed.
    Late {
        /// By how many milliseconds it woke later than it had asked to.
        by_ms: u64,
        /// How many observations were waiting to be written then.
        waiting: u64,
    },
    /// The history ends here, although the run continued: later observations were not recorded. This is the last line,
    /// so that missing observations do not count as lost events.
    RecordingStopped {
        /// Why the recording stopped.
        reason: String,
    },
    /// A part begins. It is a run of its own: no session, socket or action of an earlier part continues. The users who act
    /// in a part without a neighbour are those whose views are compared.
    PartBegan {
        /// The neighbour in this part. Absent if the steps run alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beside: Option<String>,
    },
    /// Whether a step's claim came true.
    Expected {
        /// The claim in words.
        claim: String,
        /// Whether it came true.
        met: bool,
        /// It was not seen in time. That does not prove that it was refused or lost.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unseen: bool,
        /// What was found instead. Empty if it came true.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        found: String,
    },
}

/// What an action is in the target file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Doing {
    /// Its name.
    pub action: String,
    /// Whom its parameters name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, Scope>,
}

/// A text that continues a stream at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Piece {
    /// The stream's name, unique at its place.
    pub of: String,
    /// The text.
    pub text: String,
}

/// Whether a value of the server is a secret of its audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Secrecy {
    /// It is, from here on.
    Seen,
    /// It is not any more, and never again: it was shown where it may be.
    Freed,
}

impl What {
    /// A socket is ready.
    #[must_use]
    pub const fn joined(last_seq: Option<u64>) -> Self {
        Self::Joined {
            last_seq,
            socketless: false,
        }
    }

    /// A request is about to be sent, whose audience is not declared.
    #[must_use]
    pub const fn sent(marker: Marker) -> Self {
        Self::Sent {
            marker,
            to: None,
            events: BTreeMap::new(),
            unmarked: false,
            acting: None,
            doing: None,
        }
    }

    /// A socket or a request was refused, for this reason.
    #[must_use]
    pub const fn refused(reason: String) -> Self {
        Self::Refused {
            reason,
            marker: None,
        }
    }

    /// An event arrived, with a number of the session's sequence if it has one.
    #[must_use]
    pub const fn received(event: String, number: Option<u64>, frame: String) -> Self {
        Self::Received {
            event,
            number,
            order: None,
            frame,
            pieces: Vec::new(),
            never: Vec::new(),
            says_no: false,
        }
    }

    /// A request for an action, if it has its id, was answered.
    #[must_use]
    pub const fn answered(
        asked: String,
        action: Option<ActionId>,
        granted: bool,
        frame: String,
    ) -> Self {
        Self::Answered {
            asked,
            action,
            granted,
            frame,
            is_public: false,
            asked_us: None,
            pieces: Vec::new(),
            never: Vec::new(),
        }
    }

    /// The texts in it that continue a stream.
    pub(crate) fn pieces(&self) -> &[Piece] {
        match self {
            Self::Received { pieces, .. } | Self::Answered { pieces, .. } => pieces,
            _ => &[],
        }
    }

    /// Which places in it must be absent for everybody.
    pub(crate) fn never(&self) -> &[String] {
        match self {
            Self::Received { never, .. } | Self::Answered { never, .. } => never,
            _ => &[],
        }
    }

    /// The text that the target sent, exactly as it came: a frame, an answer, or the reason of a refusal or close.
    pub(crate) fn target_text(&self) -> Option<&str> {
        match self {
            Self::Received { frame, .. } | Self::Answered { frame, .. } => Some(frame),
            Self::Refused { reason, .. }
            | Self::Left {
                by_server: Some(reason),
            } => Some(reason),
            _ => None,
        }
    }

    /// Everything that was due has had time to arrive, and nothing is in doubt.
    #[must_use]
    pub const fn settled() -> Self {
        Self::Settled {
            unsettled: None,
            listened_ms: None,
            unheard: None,
        }
    }
}
