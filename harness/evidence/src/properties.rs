//! The claims, listed once.
//!
//! A property's judge sees a history's observations one by one and gives a finding at the end. It prints
//! nothing, draws nothing and waits for nothing.
//!
//! Each property has a file of its own with its claim, its judge, and three histories: one in which it holds, one that
//! violates it and one that cannot decide it. A test walks the list and tries all three.

pub(crate) mod lateness;
mod server_close;

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
#[cfg(test)]
mod tests;
mod undisturbed;

use crate::property::Property;

/// Every property.
pub static PROPERTIES: &[Property] = &[
    no_foreign_events::PROPERTY,
    strangers_refused::PROPERTY,
    others_actions_out_of_reach::PROPERTY,
    every_event_delivered::PROPERTY,
    every_event_once::PROPERTY,
    events_in_order::PROPERTY,
    silent_after_session_end::PROPERTY,
    admitted_by_membership::PROPERTY,
    quiet_after_leaving::PROPERTY,
    sockets_stay::PROPERTY,
    new_session_at_login::PROPERTY,
    expectations_met::PROPERTY,
    undisturbed::PROPERTY,
];

/// The property with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name == name)
}
