//! Bounds on the number of transports, in all and per user, and on the bytes that wait for a user's clients.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ground::lock::lock;
use crate::identity::sessions::UserId;

/// Bytes that may wait for one client: the answer to a `resume`, and a tick or two.
const WAITING: u64 = 12 << 20;
/// Bytes that may wait for all clients of one user.
const WAITING_OF_USER: u64 = 64 << 20;

/// Why there is no slot for another transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Server,
    User,
}

/// What the transports of one user occupy.
#[derive(Default)]
struct Share {
    slots: usize,
    waiting: Arc<AtomicU64>,
}

/// The lock is held for moments, and no other is taken while it is held.
type Shares = Arc<Mutex<HashMap<UserId, Share>>>;

pub(crate) struct Slots {
    all: Arc<Semaphore>,
    shares: Shares,
}

/// One transport's slot. It is free again when this is dropped.
pub(crate) struct Slot {
    _one_of_all: OwnedSemaphorePermit,
    user: UserId,
    waiting: AtomicU64,
    of_user: Arc<AtomicU64>,
    shares: Shares,
}

impl Slots {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            shares: Arc::default(),
        }
    }

    /// Takes a slot for `user`, who may have at most `most`.
    pub(crate) fn take(&self, user: &UserId, most: usize) -> Result<Slot, Full> {
        let mut shares = lock(&self.shares);
        if shares.get(user).is_some_and(|share| share.slots >= most) {
            return Err(Full::User);
        }
        let one_of_all = Arc::clone(&self.all).try_acquire_owned();
        let one_of_all = one_of_all.map_err(|_| Full::Server)?;
        let share = shares.entry(user.clone()).or_default();
        share.slots += 1;
        Ok(Slot {
            _one_of_all: one_of_all,
            user: user.clone(),
            waiting: AtomicU64::new(0),
            of_user: Arc::clone(&share.waiting),
            shares: Arc::clone(&self.shares),
        })
    }
}

impl Slot {
    /// Counts bytes that wait for the client. False if there are too many. Relaxed: the counters are only compared with
    /// their bounds.
    pub(crate) fn add(&self, bytes: u64) -> bool {
        let own = self.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let of_user = self.of_user.fetch_add(bytes, Ordering::Relaxed) + bytes;
        own <= WAITING && of_user <= WAITING_OF_USER
    }

    /// The client has received bytes: those that waited, and their framing. The count never falls below zero.
    pub(crate) fn received(&self, bytes: u64) {
        let take = |waiting: u64| Some(waiting.saturating_sub(bytes));
        let before = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        let removed = before.unwrap_or_else(|same| same).min(bytes);
        self.of_user.fetch_sub(removed, Ordering::Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let waiting = *self.waiting.get_mut();
        self.of_user.fetch_sub(waiting, Ordering::Relaxed);
        let mut shares = lock(&self.shares);
        let Some(share) = shares.get_mut(&self.user) else {
            return;
        };
        share.slots -= 1;
        if share.slots == 0 {
            shares.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_one_of_all_and_one_of_its_users_and_comes_back() {
        let (amy, ben) = (UserId::for_test("amy"), UserId::for_test("ben"));
        let slots = Slots::new(3);
        let first = slots.take(&amy, 2).expect("a slot");
        let _second = slots.take(&amy, 2).expect("a slot");
        assert_eq!(slots.take(&amy, 2).err(), Some(Full::User));
        let _third = slots.take(&ben, 2).expect("a slot");
        assert_eq!(slots.take(&ben, 2).err(), Some(Full::Server));
        drop(first);
        assert!(slots.take(&amy, 2).is_ok());
    }

    #[test]
    fn what_waits_is_bounded_for_a_client_and_for_a_user() {
        let (amy, ben) = (UserId::for_test("amy"), UserId::for_test("ben"));
        let slots = Slots::new(100);
        let take = |user| slots.take(user, 100).expect("a slot");
        let one = take(&amy);
        assert!(one.add(WAITING));
        assert!(!one.add(1));
        // Framing makes the received bytes more than those that waited.
        one.received(WAITING + 100);
        assert!(one.add(WAITING));
        let others: Vec<Slot> = (1..WAITING_OF_USER / WAITING).map(|_| take(&amy)).collect();
        assert!(others.iter().all(|other| other.add(WAITING)));
        let last = take(&amy);
        assert!(!last.add(WAITING), "the user has too much");
        assert!(take(&ben).add(WAITING), "and nobody else");
        drop(others);
        assert!(last.add(0));
    }
}
