//! The properties written a second time, over a whole history in memory: plain, and as slow as it takes.
//!
//! The properties themselves see one observation after the other. A test gives both the same histories. Nothing
//! here uses the code of the properties, so that both are unlikely to share a mistake.

mod findings;
mod markers;
mod memberships;
mod meant;

mod admitted_by_membership;
mod events_in_order;
mod every_event_delivered;
mod every_event_once;
mod expectations_met;
mod new_session_at_login;
mod no_foreign_events;
mod others_actions_out_of_reach;
mod quiet_after_leaving;
mod silent_after_session_end;
mod sockets_stay;
mod strangers_refused;
mod undisturbed;

mod random;
mod random_declared;
mod tests;

use crate::finding::Finding;
use crate::history::History;

/// A property's name and what it means.
type Specified = (&'static str, fn(&History) -> Finding);

/// Every property of one part, in the order of the registry. `undisturbed`, which is of all parts, has a test of its own.
const SPECIFICATION: &[Specified] = &[
    ("no_foreign_events", no_foreign_events::no_foreign_events),
    ("strangers_refused", strangers_refused::strangers_refused),
    (
        "others_actions_out_of_reach",
        others_actions_out_of_reach::others_actions_out_of_reach,
    ),
    (
        "every_event_delivered",
        every_event_delivered::every_event_delivered,
    ),
    ("every_event_once", every_event_once::every_event_once),
    ("events_in_order", events_in_order::events_in_order),
    (
        "silent_after_session_end",
        silent_after_session_end::silent_after_session_end,
    ),
    (
        "admitted_by_membership",
        admitted_by_membership::admitted_by_membership,
    ),
    (
        "quiet_after_leaving",
        quiet_after_leaving::quiet_after_leaving,
    ),
    ("sockets_stay", sockets_stay::sockets_stay),
    (
        "new_session_at_login",
        new_session_at_login::new_session_at_login,
    ),
    ("expectations_met", expectations_met::expectations_met),
];
