//! What anybody can see over the network, and what two users with passwords can. Harmless in production:
//! some dozens of requests, two short actions of the two users' own, and one body that is refused.
//!
//! Every one of these checks has a broken deployment that it names, in the tests.

mod front;
mod pages;
mod users;

#[cfg(test)]
mod tests;

use futures_util::future::join_all;
use tokio::sync::OnceCell;

use crate::check::{Found, Outcome, Row};
use crate::conversation::{self, Conversation};
use crate::host::{Host, Silence};

/// Every check from outside.
pub static CHECKS: [&Row<Seen>; 15] = [
    &front::REDIRECT,
    &front::PLAIN_UNKNOWN_HOST,
    &front::UNKNOWN_HOST,
    &front::TLS_VERSIONS,
    &front::CERTIFICATE,
    &pages::HEADERS,
    &pages::SERVER_VERSION,
    &pages::COOKIE,
    &pages::HEALTH,
    &pages::BODY_LIMIT,
    &pages::GUESTS,
    &users::ORIGIN,
    &users::WEBSOCKET,
    &users::POLLING,
    &users::ISOLATION,
];

/// A host, and what several checks look at, made once.
pub struct Seen {
    host: Host,
    conversation: OnceCell<Result<Conversation, String>>,
}

impl Seen {
    /// Nothing of this host has been seen yet.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            conversation: OnceCell::new(),
        }
    }

    async fn judge(&self, judge: impl FnOnce(&Conversation) -> Found) -> Found {
        let held = self
            .conversation
            .get_or_init(|| conversation::hold(&self.host));
        match held.await {
            Ok(conversation) => judge(conversation),
            Err(why) => Found::Undecided(why.clone()),
        }
    }
}

/// Makes every check.
pub async fn run(host: &Host) -> Vec<Outcome> {
    let seen = Seen::new(host);
    join_all(CHECKS.map(|row| row.make(&seen))).await
}

/// No answer is no evidence.
fn undecided(silence: Silence) -> Found {
    Found::undecided(silence)
}
