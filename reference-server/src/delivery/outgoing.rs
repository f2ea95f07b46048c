//! An event on its way to a user, before it has a number.

use std::sync::Arc;

use super::wire::Event;

/// Which of a user's rooms get an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    All,
    /// Rooms of sessions that have turned live logs on.
    LiveLogs,
}

/// An event, and which of a user's rooms get it.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) event: Arc<Event>,
    pub(crate) audience: Audience,
}

impl Outgoing {
    pub(crate) fn new(event: Event, audience: Audience) -> Self {
        let event = Arc::new(event);
        Self { event, audience }
    }
}
