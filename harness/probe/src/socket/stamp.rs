//! What a target says about an event in its second argument: its number in the session, and when it was queued.

use serde_json::Value;

/// The number and the time that an event's second argument gives.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamp {
    pub(super) number: Option<u64>,
    pub(super) queued_at: Option<u64>,
}

impl Stamp {
    /// The stamp in `arguments`, if the target numbers its events.
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

/// The number before the first event, from the arguments of the event that says that the socket is ready.
pub(super) fn number_before(ready: &[Value]) -> Option<u64> {
    ready.first()?.get("seq")?.as_u64()
}
