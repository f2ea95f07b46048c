//! How fast a user may be: what users do is spread over time where the target file says so.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::lock::lock;

/// When each user may do something next. Users are those of the file and of one run, so that this stays small.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    next: Mutex<HashMap<String, Instant>>,
}

impl Pace {
    /// Takes the next turn of this user, and says when it is.
    pub(crate) fn turn(&self, user: &str, pace: Duration) -> Instant {
        let mut next = lock(&self.next);
        let free = next.get(user).copied();
        let turn = free.map_or_else(Instant::now, |free| free.max(Instant::now()));
        next.insert(user.to_owned(), turn + pace);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_turns_of_their_own() {
        let pace = Pace::default();
        let time = Duration::from_secs(60);
        let first = pace.turn("alice", time);
        assert_eq!(pace.turn("alice", time) - first, time);
        assert_eq!(pace.turn("alice", time) - first, time * 2);
        assert!(pace.turn("bob", time) - first < time);
    }
}
