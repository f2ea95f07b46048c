//! What a target says of an event beside the event: its number in the session, and when it was queued.

use serde_json::Value;

/// What an event's second argument says of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamp {
    pub(super) number: Option<u64>,
    pub(super) queued_at: Option<u64>,
}

impl Stamp {
    /// What `arguments` say, where the target numbers its events.
    pub(super) fn read(is_numbered: bool, arguments: &[Value]) -> Self {
        if is_numbered {
            Self::of(arguments)
        } else {
            Self::default()
        }
    }

    pub(super) fn of(arguments: &[Value]) -> Self {
        let read = |name: &str| arguments.get(1)?.get(name)?.as_u64();
        Self {
            number: read("seq"),
            queued_at: read("queued_at"),
        }
    }
}

/// The number before the first event, in the arguments of the event that says that the socket is ready.
pub(super) fn number_before(ready: &[Value]) -> Option<u64> {
    ready.first()?.get("seq")?.as_u64()
}
