//! DEL: what a user is owed arrives: once, in order and in time.

use crate::angle::Angle::{Comparison, Cuts, Load, Properties, Scenarios};
use crate::family::Family;
use crate::rule::Rule;
use crate::severity::Severity::{High, Medium};

pub(super) static FAMILY: Family = Family {
    prefix: "DEL",
    title: "Delivery",
    about: "What a user is owed arrives once, in order and in time, whatever happens to the connection and to other users.",
    rules: RULES,
};

const RULES: &[Rule] = &[
    Rule {
        id: "DEL01",
        title: "An event is lost",
        fault: "An event never reaches its user. Typical moments are a broken connection, a transport upgrade, a restart, a full buffer and a closed tab.",
        why: "A user waits for a result that exists on the server and never appears.",
        right: "Deliver the event when the client is back, or report to the client that events are missing.",
        severity: High,
        seen_from: &[Scenarios, Cuts, Load],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "DEL02",
        title: "An event arrives twice",
        fault: "A tab receives the same event twice, for example after a resume, or because each join adds one more listener.",
        why: "Users see doubled messages, and a page that counts or adds shows wrong numbers.",
        right: "Deliver each event once to each open tab.",
        severity: Medium,
        seen_from: &[Scenarios, Properties],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "DEL03",
        title: "Events arrive out of order",
        fault: "Events arrive in another order than the one that the system promises for their session, room or sender.",
        why: "The page ends in a state that the server never had.",
        right: "Keep the order within the promised scope: the session, the room or the sender.",
        severity: Medium,
        seen_from: &[Properties],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "DEL04",
        title: "One user delays another's events",
        fault: "A storm of events from one user, one slow reader or one slow disk makes the events of other users late, or stops them.",
        why: "The service feels broken to users who did nothing unusual.",
        right: "Bound queues, buffers and disk work for each user, and measure that the other users' delivery does not change.",
        severity: Medium,
        seen_from: &[Comparison, Load],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "DEL05",
        title: "Sockets close without a cause",
        fault: "The server closes sockets of clients that gave no cause, or keeps sockets whose clients no longer exist.",
        why: "Users reconnect again and again, or the server spends its memory on nobody.",
        right: "Close a socket only for a cause that the server states, and detect dead ones in bounded time.",
        severity: Medium,
        seen_from: &[Scenarios, Load],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "DEL06",
        title: "The whole server stands still",
        fault: "One stretch of work holds up everything else that the server does.",
        why: "All users see a frozen page at the same moment.",
        right: "Keep every stretch of work below a stated budget, and move longer work off the threads that deliver.",
        severity: High,
        seen_from: &[Load],
        cwe: Some(1322),
        sources: &[],
    },
];
