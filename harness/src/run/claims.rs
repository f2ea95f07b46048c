//! What a step claims, written into the history: it came true, it did not, or nobody knows.

use evidence::{Place, TOO_FAST, What};
use probe::{Answer, Browser, ProbeError, Stop, is_too_fast};
use targets::language::came::Came;
use targets::language::template::Nothing;

use super::error::RunError;
use super::state::Run;
use crate::language::values::Expect;

impl Run {
    /// Whether the claim came true; `found` says what was there instead.
    pub(crate) fn expected(
        &self,
        place: Place,
        claim: &str,
        met: bool,
        found: impl FnOnce() -> String,
    ) -> Result<(), RunError> {
        let found = if met { String::new() } else { found() };
        let unseen = false;
        self.claim(place, claim, (met, unseen), found)
    }

    /// Nobody knows whether it came true, because of `found`.
    pub(crate) fn unseen(&self, place: Place, claim: &str, found: String) -> Result<(), RunError> {
        let (met, unseen) = (false, true);
        self.claim(place, claim, (met, unseen), found)
    }

    fn claim(
        &self,
        place: Place,
        claim: &str,
        (met, unseen): (bool, bool),
        found: String,
    ) -> Result<(), RunError> {
        let what = What::Expected {
            claim: claim.to_owned(),
            met,
            unseen,
            found,
        };
        self.recorder
            .record(place, what)
            .map_err(ProbeError::from)?;
        Ok(())
    }

    /// The same for what the target file may not describe an answer of: then nothing is claimed.
    pub(crate) fn asked(
        &self,
        place: Place,
        claim: &str,
        ended: Stop,
        expect: Expect,
    ) -> Result<(), RunError> {
        match (&ended, expect) {
            (Stop::Asked, Expect::Granted) => Ok(()),
            _ => self.ended(place, claim, ended, expect),
        }
    }

    /// Whether something ended as is expected, where the target says how it did.
    pub(crate) fn ended(
        &self,
        place: Place,
        claim: &str,
        ended: Stop,
        expect: Expect,
    ) -> Result<(), RunError> {
        let (granted, found) = match ended {
            Stop::Granted => (true, "granted".to_owned()),
            Stop::Refused(said) => (false, format!("refused: {said}")),
            Stop::Asked => {
                let why = "nothing says yes or no to it".to_owned();
                return self.unseen(place, claim, why);
            }
            Stop::Unknown(why) => return self.unseen(place, claim, why),
        };
        let met = granted == (expect == Expect::Granted);
        self.expected(place, claim, met, || found)
    }

    /// Whether a request was answered with one of these statuses; nothing is claimed when there are none.
    pub(crate) fn expected_status(
        &self,
        browser: &Browser,
        asked: &str,
        expect: &[u16],
        answer: &Answer,
    ) -> Result<(), RunError> {
        if expect.is_empty() {
            return Ok(());
        }
        let wanted: Vec<String> = expect.iter().map(u16::to_string).collect();
        let claim = format!("{asked} answers {}", wanted.join(" or "));
        let met = expect.contains(&answer.status);
        self.expected_answer(browser, (&claim, answer), met, || answer.status.to_string())
    }

    /// Whether an answer was what it should be. One to somebody who asked too fast for the target says nothing of it.
    pub(crate) fn expected_answer(
        &self,
        browser: &Browser,
        (claim, answer): (&str, &Answer),
        met: bool,
        found: impl FnOnce() -> String,
    ) -> Result<(), RunError> {
        let came = || Came {
            status: Some(answer.status),
            headers: answer.headers.clone(),
            body: Some(answer.body.clone()),
            ..Came::default()
        };
        if !met && is_too_fast(self.site.target(), &came(), &mut Nothing) {
            let status = answer.status;
            let why = format!("the target says that this was {TOO_FAST}: status {status}");
            return self.unseen(browser.place(), claim, why);
        }
        self.expected(browser.place(), claim, met, found)
    }
}
