//! One lock per user, so that a user's uploads run one after another without delaying other users.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use crate::ground::lock::lock;
use crate::identity::sessions::UserId;

/// Clones are the same. A user's lock exists as long as a request holds it or waits for it. The map is locked for
/// moments.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<UserId, Weak<tokio::sync::Mutex<()>>>>>);

impl Turns {
    pub(crate) fn of(&self, user: &UserId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = lock(&self.0);
        if let Some(turn) = turns.get(user).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(user.clone(), Arc::downgrade(&turn));
        turn
    }
}
