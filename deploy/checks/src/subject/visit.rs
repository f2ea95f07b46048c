//! A look at one host from outside: what several checks look at is made once.

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
    /// Nothing of this host has been seen yet.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            conversation: OnceCell::new(),
        }
    }

    /// The conversation of two users: held for the first check that asks, and the others wait for its end.
    pub(crate) async fn conversation(&self) -> Result<&Conversation, Undecided> {
        let held = self
            .conversation
            .get_or_init(|| conversation::hold(&self.host));
        held.await.as_ref().map_err(Clone::clone)
    }
}
