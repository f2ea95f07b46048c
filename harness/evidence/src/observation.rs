//! What a client saw or did, one entry a line of the history.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::marker::Marker;
use crate::name::ActionId;
use crate::place::Place;

/// One entry of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// The recorder's order, from 1 without gaps. It is not the server's order.
    pub seq: u64,
    /// Microseconds since the recorder started, on its own monotonic clock.
    pub at_us: u64,
    /// Where it was seen.
    pub place: Place,
    /// What was seen.
    #[serde(flatten)]
    pub what: What,
}

/// What was seen or done. Silence is not failure, so an unanswered request has its own name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The session is logged in. The ids are digests, so that a history holds no secret.
    LoggedIn {
        /// The session id the browser showed before the login.
        before: Option<String>,
        /// The session id the server gave at the login.
        after: String,
    },
    /// The server confirmed that the session is over.
    SessionEnded,
    /// A socket is ready: the server has joined it to its room.
    Joined {
        /// The last sequence number given before this socket, where the target numbers its events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seq: Option<u64>,
    },
    /// A socket was refused, or a request was.
    Refused {
        /// The server's words.
        reason: String,
    },
    /// The socket is closed.
    Left {
        /// How the server closed it: the close frame, the packet or the error; absent where the scenario closed
        /// it, cut it, or restarted the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_server: Option<String>,
    },
    /// Something that carries this marker is about to be made.
    Sent {
        /// The marker it carries.
        marker: Marker,
    },
    /// The server acknowledged it: it happened.
    Confirmed {
        /// The marker it carries.
        marker: Marker,
        /// The action it started.
        action: ActionId,
        /// The events that it must bring to each of its owner's tabs, and how many of each.
        yields: BTreeMap<String, u64>,
        /// Those of them that must come exactly so often. The others may come more often.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        exact: BTreeSet<String>,
    },
    /// The deadline passed without an answer: it may have happened.
    Unanswered {
        /// The marker it carries.
        marker: Marker,
    },
    /// An action was stopped, or was asked to stop and nobody knows whether it did: what it has not made by now
    /// it owes to nobody.
    Stopped {
        /// Its id.
        action: ActionId,
    },
    /// A Socket.IO event arrived.
    Received {
        /// The event's name.
        event: String,
        /// Its sequence number in the session, where the target numbers its events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u64>,
        /// The frame exactly as it came.
        frame: String,
    },
    /// An HTTP answer, or the acknowledgement of an emit.
    Answered {
        /// What was asked, as `METHOD path` or `emit event`.
        asked: String,
        /// Somebody's action that was asked for by its id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<ActionId>,
        /// Whether the server did what was asked.
        granted: bool,
        /// Status line, headers and body, or the acknowledgement, exactly as they came.
        frame: String,
    },
    /// Whatever was still due had its time to arrive: at a user's session what was due to that session,
    /// and where nobody is logged in, at the scenario's end, what was due to anybody.
    Settled {
        /// Why what has not come may still be on its way: the target did not answer, or the harness was
        /// late. Absent where the target answered all the time and the harness was there to hear it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unsettled: Option<String>,
        /// Milliseconds for which everybody went on listening after that, for what must not come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        listened_ms: Option<u64>,
        /// Why that listening says nothing: the target did not answer at its end. Absent where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unheard: Option<String>,
    },
    /// The harness itself was late: what it saw meanwhile says nothing of the target's pace.
    Late {
        /// Milliseconds by which it woke later than it had asked to.
        by_ms: u64,
        /// Observations that waited to be written then.
        waiting: u64,
    },
    /// The history ends here though the run went on: what came later was seen and not recorded. It is
    /// the last line, so nothing that is missing can be taken for lost.
    RecordingStopped {
        /// Why.
        reason: String,
    },
    /// A part begins, a run of its own: no session, socket or action of an earlier part goes on in it.
    /// Whoever acts in a part without a neighbour is whose view is compared.
    PartBegan {
        /// The neighbour beside whom it is run; absent when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beside: Option<String>,
    },
    /// What a step of the scenario asked for came true, or not.
    Expected {
        /// What was asked for, in words.
        claim: String,
        /// Whether it came true.
        met: bool,
        /// It was not seen in time, which is no proof that it was refused or lost.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unseen: bool,
        /// What was found instead; empty when it came true.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        found: String,
    },
}

impl What {
    /// The text that the target sent, exactly as it came: a frame, an answer, or the reason of a refusal or close.
    pub(crate) fn target_text(&self) -> Option<&str> {
        match self {
            Self::Received { frame, .. } | Self::Answered { frame, .. } => Some(frame),
            Self::Refused { reason }
            | Self::Left {
                by_server: Some(reason),
            } => Some(reason),
            _ => None,
        }
    }

    /// Everything that was due has had time to arrive, as far as anybody knows.
    #[must_use]
    pub const fn settled() -> Self {
        Self::Settled {
            unsettled: None,
            listened_ms: None,
            unheard: None,
        }
    }
}
