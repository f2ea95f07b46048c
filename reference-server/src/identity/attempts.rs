//! Failed logins, counted for each name and for each client's address, and the locks that follow.
//!
//! A name is counted in its folded spelling, whether such a user exists or not, so that a lock reveals nothing.
//! The address is the client's, behind the one trusted hop. An IPv6 address counts as its /64 network. Only
//! failures count. A success resets the count of its own name and nothing else. Memory is bounded: above the
//! bound the oldest count that locks nobody is dropped first.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::ground::clock::Clock;
use crate::ground::folded_name::FoldedName;
use crate::ground::lock::lock;

/// Names, and as many addresses, that are counted at a time: about a megabyte in all.
const REMEMBERED: usize = 10_000;

/// How many failures cause a lock, and how long it lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) by_name: u32,
    pub(crate) by_address: u32,
    pub(crate) lock: Duration,
}

/// There were too many failures. The next attempt counts after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Locked {
    pub(crate) seconds: u64,
}

pub(crate) struct Attempts {
    limits: Limits,
    clock: Clock,
    /// Held for moments; no other lock is taken while it is held.
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    names: HashMap<NameDigest, Failures>,
    addresses: HashMap<IpAddr, Failures>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: u64,
}

/// A digest of the name: what somebody typed is not kept, and every entry takes the same room.
type NameDigest = [u8; 16];

/// A login before its password is checked.
pub(crate) struct Attempt {
    name: NameDigest,
    address: Option<IpAddr>,
}

impl Attempts {
    pub(crate) fn new(limits: Limits, clock: Clock) -> Self {
        Self {
            limits,
            clock,
            counts: Mutex::default(),
        }
    }

    /// Begins an attempt of the name `typed` from `address`. The address is unknown for a client that uses a Unix
    /// socket without a proxy.
    pub(crate) fn begin(&self, typed: &str, address: Option<IpAddr>) -> Result<Attempt, Locked> {
        let folded = FoldedName::fold(typed).ok();
        let name = folded.as_ref().map_or(typed, FoldedName::as_str);
        let digest = Sha256::digest(name.as_bytes());
        let mut attempt = Attempt {
            name: NameDigest::default(),
            address: address.map(network),
        };
        attempt.name.copy_from_slice(&digest[..16]);
        self.locked(&self.lock(), &attempt).map_or(Ok(attempt), Err)
    }

    /// Whether it has been locked since it began.
    pub(crate) fn look(&self, attempt: &Attempt) -> Result<(), Locked> {
        self.locked(&self.lock(), attempt).map_or(Ok(()), Err)
    }

    /// Counts a failure. If many guesses run at once, those that finish after the lock get the lock's answer. So would
    /// the right password, so the answers do not tell them apart.
    pub(crate) fn failed(&self, attempt: &Attempt) -> Result<(), Locked> {
        let (now, lock) = (self.clock.now(), self.limits.lock.as_secs());
        let mut counts = self.lock();
        if let Some(locked) = self.locked(&counts, attempt) {
            return Err(locked);
        }
        count(
            &mut counts.names,
            attempt.name,
            now,
            lock,
            self.limits.by_name,
        );
        if let Some(address) = attempt.address {
            let limit = self.limits.by_address;
            count(&mut counts.addresses, address, now, lock, limit);
        }
        Ok(())
    }

    /// The password was right. The lock is checked again, so that many guesses at once get no more tries than guesses
    /// one after another.
    pub(crate) fn succeeded(&self, attempt: &Attempt) -> Result<(), Locked> {
        let mut counts = self.lock();
        if let Some(locked) = self.locked(&counts, attempt) {
            return Err(locked);
        }
        counts.names.remove(&attempt.name);
        Ok(())
    }

    fn locked(&self, counts: &Counts, attempt: &Attempt) -> Option<Locked> {
        let (now, lock) = (self.clock.now(), self.limits.lock.as_secs());
        let left = |count: Option<&Failures>, limit| {
            let count = count.filter(|count| count.count >= limit)?;
            let left = lock.checked_sub(now.saturating_sub(count.last))?;
            (left > 0).then_some(left)
        };
        let name = left(counts.names.get(&attempt.name), self.limits.by_name);
        let address = attempt
            .address
            .and_then(|address| left(counts.addresses.get(&address), self.limits.by_address));
        let seconds = name.max(address)?;
        Some(Locked { seconds })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        lock(&self.counts)
    }
}

fn count<K: Eq + Hash + Copy>(
    counts: &mut HashMap<K, Failures>,
    key: K,
    now: u64,
    lock: u64,
    limit: u32,
) {
    if counts.len() >= REMEMBERED && !counts.contains_key(&key) {
        counts.retain(|_, count| now.saturating_sub(count.last) < lock);
        if counts.len() >= REMEMBERED {
            let oldest = counts
                .iter()
                .min_by_key(|(_, count)| (count.count >= limit, count.last))
                .map(|(key, _)| *key);
            oldest.map(|key| counts.remove(&key));
        }
    }
    let count = counts.entry(key).or_insert(Failures {
        count: 0,
        last: now,
    });
    if now.saturating_sub(count.last) >= lock {
        count.count = 0;
    }
    count.count = count.count.saturating_add(1);
    count.last = now;
}

/// A customer usually has a whole IPv6 network, so only the first 64 bits count.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "192.0.2.1";

    fn attempts() -> (Attempts, Clock) {
        let clock = Clock::standing(Duration::from_secs(1000));
        let limits = Limits {
            by_name: 3,
            by_address: 5,
            lock: Duration::from_secs(60),
        };
        (Attempts::new(limits, clock.clone()), clock)
    }

    fn begin(attempts: &Attempts, name: &str, address: &str) -> Result<Attempt, Locked> {
        attempts.begin(name, Some(address.parse().expect("an address")))
    }

    #[track_caller]
    fn fail(attempts: &Attempts, name: &str, address: &str) {
        let attempt = begin(attempts, name, address).unwrap_or_else(|_| panic!("{name} is locked"));
        attempts.failed(&attempt).expect("not locked");
    }

    #[track_caller]
    fn succeed(attempts: &Attempts, name: &str, address: &str) {
        let attempt = begin(attempts, name, address).unwrap_or_else(|_| panic!("{name} is locked"));
        attempts.succeeded(&attempt).expect("not locked");
    }

    #[test]
    fn every_spelling_of_a_name_counts_for_one() {
        let (attempts, clock) = attempts();
        for (n, spelling) in ["Alice", "ALICE", "ＡＬＩＣＥ"].iter().enumerate() {
            fail(&attempts, spelling, &format!("192.0.2.{n}"));
        }
        let locked = begin(&attempts, "alice", "198.51.100.1").err();
        assert_eq!(locked, Some(Locked { seconds: 60 }));
        clock.forward(Duration::from_secs(59));
        let locked = begin(&attempts, "alice", HERE).err();
        assert_eq!(locked, Some(Locked { seconds: 1 }));
        clock.forward(Duration::from_secs(1));
        // And counting starts again.
        fail(&attempts, "alice", HERE);
        succeed(&attempts, "alice", HERE);
    }

    #[test]
    fn somebody_elses_success_forgets_nothing() {
        let (attempts, _) = attempts();
        for guess in 0..5 {
            fail(&attempts, &format!("user{guess}"), HERE);
            if guess < 4 {
                succeed(&attempts, "mallory", HERE);
            }
        }
        assert!(begin(&attempts, "mallory", HERE).is_err());
        succeed(&attempts, "mallory", "192.0.2.2");
        // A success resets the failures of its name, but not those of its address.
        assert!(begin(&attempts, "mallory", HERE).is_err());
    }

    #[test]
    fn only_failures_count() {
        let (attempts, _) = attempts();
        for user in 0..1000 {
            succeed(&attempts, &format!("user{user}"), HERE);
        }
    }

    #[test]
    fn only_the_first_of_many_concurrent_guesses_count() {
        let (attempts, _) = attempts();
        let all: Vec<Attempt> = (0..10)
            .map(|_| begin(&attempts, "alice", HERE).unwrap_or_else(|_| panic!("not yet locked")))
            .collect();
        assert!(all[..3].iter().all(|guess| attempts.failed(guess).is_ok()));
        // The right password gets the same answer as the wrong ones.
        assert!(attempts.succeeded(&all[9]).is_err());
        assert!(
            all[3..9]
                .iter()
                .all(|guess| attempts.failed(guess).is_err())
        );
        assert!(attempts.look(&all[9]).is_err());
    }

    #[test]
    fn an_address_of_ipv6_is_a_network() {
        let (attempts, _) = attempts();
        for host in 0..5 {
            fail(
                &attempts,
                &format!("user{host}"),
                &format!("2001:db8::{host}"),
            );
        }
        assert!(begin(&attempts, "zoe", "2001:db8::ffff:1").is_err());
        assert!(begin(&attempts, "zoe", "2001:db8:0:1::1").is_ok());
    }

    #[test]
    fn memory_is_bounded_and_a_flood_of_names_frees_no_lock() {
        let (attempts, clock) = attempts();
        for _ in 0..3 {
            fail(&attempts, "alice", HERE);
        }
        clock.forward(Duration::from_secs(1));
        for n in 0..REMEMBERED + 50 {
            let attempt = attempts.begin(&format!("user{n}"), None);
            let attempt = attempt.unwrap_or_else(|_| panic!("not locked"));
            attempts.failed(&attempt).expect("not locked");
        }
        assert_eq!(attempts.lock().names.len(), REMEMBERED);
        assert!(begin(&attempts, "alice", "192.0.2.2").is_err());
    }
}
