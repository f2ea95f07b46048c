//! One visit to a host: what several checks need is made once.

use tokio::sync::OnceCell;

use super::conversation::{self, Conversation};
use super::host::Host;
use crate::check::Undecided;

/// A host, and what two of its users saw there.
pub struct Visit {
    pub(crate) host: Host,
    conversation: OnceCell<Result<Conversation, Undecided>>,
}

impl Visit {
    /// A visit that has seen nothing yet.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            conversation: OnceCell::new(),
        }
    }

    /// The conversation of two users. The first check that asks for it starts it; the others wait until it ends.
    pub(crate) async fn conversation(&self) -> Result<&Conversation, Undecided> {
        let held = self
            .conversation
            .get_or_init(|| conversation::hold(&self.host));
        held.await.as_ref().map_err(Clone::clone)
    }
}
