//! Two users and a stranger, who ask for the same pages one after the other.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use probe::Browser;
use tokio::time::sleep;

use super::declared::{self, session_cookies};
use super::exchange::{Exchange, Got, Round, Who, exchange};
use super::given_out::GivenOut;
use super::host::Response;
use super::visit::Visit;
use crate::check::Undecided;

/// The most requests of one visit.
const MOST: usize = 160;
/// How often an exchange is made again before it counts.
const AGAIN: usize = 4;
/// Longer than most caches of pages keep one that they keep for a moment.
const MOMENT: Duration = Duration::from_millis(2500);

/// How a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As it is.
    Plain,
    /// With a query that no page has.
    Query,
    /// As a file below it: a cache that knows files by their names keeps it.
    Below,
    /// The same with a semicolon.
    Parameter,
}

impl Spelling {
    /// The spelling in which nobody has asked for the same page.
    const fn never_asked(self) -> Self {
        match self {
            Self::Plain | Self::Query => Self::Query,
            Self::Below | Self::Parameter => self,
        }
    }

    /// The path in this spelling; each call gives one that was never asked for, unless it is the plain one.
    fn of(self, path: &str) -> String {
        let new: u64 = rand::random();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (path, query) = match self {
            Self::Plain => (path.to_owned(), query.to_owned()),
            Self::Query if query.is_empty() => (path.to_owned(), format!("airtight={new:016x}")),
            Self::Query => (path.to_owned(), format!("{query}&airtight={new:016x}")),
            Self::Below => {
                let folder = path.trim_end_matches('/');
                (format!("{folder}/{new:016x}.css"), query.to_owned())
            }
            Self::Parameter => (format!("{path};{new:016x}.css"), query.to_owned()),
        };
        match query.as_str() {
            "" => path,
            query => format!("{path}?{query}"),
        }
    }
}

/// Two users and a stranger.
pub(crate) struct People<'a> {
    visit: &'a Visit,
    users: [&'a Browser; 2],
    stranger: Browser,
    /// Sessions that answers gave out.
    given: RefCell<GivenOut>,
    asked: Cell<usize>,
    /// What the newest answer says of a cache.
    cached: RefCell<Option<String>>,
}

impl<'a> People<'a> {
    pub(crate) fn new(visit: &'a Visit, users: [&'a Browser; 2]) -> Result<Self, Undecided> {
        let people = Self {
            visit,
            users,
            stranger: visit.stranger()?,
            given: RefCell::default(),
            asked: Cell::default(),
            cached: RefCell::default(),
        };
        for (browser, who) in users.into_iter().zip([Who::One, Who::Two]) {
            people.see_cookies(who, &browser.set_cookies());
        }
        Ok(people)
    }

    /// What reports call somebody.
    pub(crate) fn name(&self, who: Who) -> String {
        let user = |at: usize| {
            self.visit
                .host
                .users
                .get(at)
                .map(|(user, _)| format!("`{user}`"))
        };
        let user = match who {
            Who::One => user(0),
            Who::Two => user(1),
            Who::Stranger => None,
        };
        user.unwrap_or_else(|| "a stranger".to_owned())
    }

    /// Two people who were given the same session.
    pub(crate) fn shared_session(&self) -> Option<(Who, Who)> {
        self.given.borrow().shared()
    }

    /// What the newest answer with such a header says of a cache: it proves nothing.
    pub(crate) fn cached(&self) -> Option<String> {
        self.cached.borrow().clone()
    }

    /// Somebody asks.
    pub(crate) async fn ask(
        &self,
        who: Who,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response, Undecided> {
        self.asked.set(self.asked.get() + 1);
        if self.asked.get() > MOST {
            return Err(Undecided(format!(
                "more than {MOST} requests would be needed"
            )));
        }
        let browser = match who {
            Who::One => self.users[0],
            Who::Two => self.users[1],
            Who::Stranger => &self.stranger,
        };
        let answer = self.visit.ask_as(browser, "GET", path, headers).await?;
        self.see_cookies(who, &answer.all("set-cookie"));
        let said = ["x-cache", "x-cache-status", "cf-cache-status", "age"].into_iter();
        let mut said = said.filter_map(|name| Some((name, answer.all(name).pop()?)));
        if let Some((name, value)) = said.next() {
            let value: String = value.chars().take(20).collect();
            *self.cached.borrow_mut() = Some(format!("{name}: {value}"));
        }
        Ok(answer)
    }

    fn see_cookies(&self, who: Who, headers: &[String]) {
        let Ok(names) = session_cookies(&self.visit.host.target) else {
            return;
        };
        for value in declared::session_values(headers, names) {
            self.given.borrow_mut().to(who, value);
        }
    }

    /// They ask for a page in this order. Two rounds in a row differ in what the client takes.
    pub(crate) async fn round(
        &self,
        path: &str,
        spelling: Spelling,
        order: &[Who],
    ) -> Result<Round, Undecided> {
        let path = spelling.of(path);
        let browsers = [
            ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
            ("Accept-Encoding", "identity"),
        ];
        let headers = if self.asked.get().is_multiple_of(2) {
            &browsers[..]
        } else {
            &[]
        };
        let mut got = Vec::new();
        for who in order {
            let answer = self.ask(*who, &path, headers).await?;
            let location = answer.one("location");
            got.push(Got::new(
                *who,
                answer.status.as_u16(),
                &location,
                &answer.body,
            ));
        }
        Ok(Round {
            got,
            is_fresh: spelling != Spelling::Plain,
        })
    }

    /// Whether what happened in a round happens each time: whoever gave and took asks alone as well, so that what only
    /// comes by chance is seen to. `rounds` are those of the same page in this spelling, or in one that no cache knows.
    pub(crate) async fn is_sure(
        &self,
        rounds: &mut Vec<Round>,
        (path, spelling, order): (&str, Spelling, &[Who]),
        found: &Exchange,
    ) -> Result<bool, Undecided> {
        let mut again = Vec::new();
        for _ in 0..AGAIN {
            for who in [found.giver, found.taker] {
                let alone = spelling.never_asked();
                rounds.push(self.round(path, alone, &[who]).await?);
            }
            again.push(self.round(path, spelling, order).await?);
        }
        let is_same = |other: &Exchange| (other.giver, other.taker) == (found.giver, found.taker);
        let mut again = again.iter().map(|round| exchange(rounds, round));
        Ok(again.all(|other| other.as_ref().is_some_and(is_same)))
    }

    /// Lets a cache forget what it keeps for a moment.
    pub(crate) async fn wait(&self) {
        moment(self.visit).await;
    }
}

/// Lets a cache forget what it keeps for a moment.
pub(crate) async fn moment(visit: &Visit) {
    sleep(MOMENT.min(visit.host.patience / 4)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_keeps_what_the_page_is_asked_for() {
        let plain = "/threads/?name=it";
        assert_eq!(Spelling::Plain.of(plain), plain);
        let query = Spelling::Query.of(plain);
        assert!(query.starts_with("/threads/?name=it&airtight="), "{query}");
        assert!(Spelling::Query.of("/me").starts_with("/me?airtight="));
        for spelling in [Spelling::Below, Spelling::Parameter] {
            let path = spelling.of(plain);
            assert!(path.ends_with(".css?name=it"), "{path}");
            assert!(!spelling.of("/me").contains('?'));
        }
    }
}
