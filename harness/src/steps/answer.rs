//! What a step expects of an answer to its request: one of some statuses, or clauses.

use evidence::Marker;
use probe::{Answer, Browser};
use reading::node::{Node, Yaml};
use reading::wrong::Wrong;
use serde_json::{Value, json};
use targets::language::came::Came;

use crate::language::clauses::{Clauses, Of};
use crate::language::schema_parts;
use crate::language::values::{statuses, written_numbers};
use crate::run::error::RunError;
use crate::run::state::Run;

/// What an answer must be.
#[derive(Debug)]
pub(super) enum Wanted {
    /// Statuses, any of which is right; empty when any status is.
    Status(Vec<u16>),
    Clauses(Clauses),
}

pub(super) fn schema() -> Value {
    json!({ "oneOf": [schema_parts::statuses(), Of::Answer.schema()] })
}

impl Wanted {
    /// Any answer.
    pub(super) const ANY: Self = Self::Status(Vec::new());

    pub(super) fn read(node: Option<&Node>) -> Result<Self, Wrong> {
        match node {
            Some(node) if matches!(node.yaml, Yaml::Map(_)) => {
                Ok(Self::Clauses(Clauses::read(node, Of::Answer)?))
            }
            node => Ok(Self::Status(statuses(node)?)),
        }
    }

    /// Nothing where any answer is right.
    pub(super) fn written(&self) -> Option<Value> {
        match self {
            Self::Status(statuses) => written_numbers(statuses),
            Self::Clauses(clauses) => Some(clauses.written()),
        }
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::Status(statuses) if statuses.is_empty())
    }

    /// The texts in which references may stand.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Status(_) => Vec::new(),
            Self::Clauses(clauses) => clauses.texts(),
        }
    }

    /// Writes down whether the answer to what was asked is so.
    pub(super) fn judge(
        &self,
        run: &Run,
        browser: &Browser,
        asked: &str,
        answer: &Answer,
    ) -> Result<(), RunError> {
        let clauses = match self {
            Self::Status(statuses) => {
                return run.expected_status(browser, asked, statuses, answer);
            }
            Self::Clauses(clauses) => clauses,
        };
        let came = Came {
            status: Some(answer.status),
            headers: answer.headers.clone(),
            cookies: browser.cookies(),
            body: Some(answer.body.clone()),
            ..Came::default()
        };
        let shown = without_cookies(&came);
        // A short id may stand in one of our own markers by chance.
        let unmarked = Came {
            body: Some(without_markers(&answer.body)),
            ..came.clone()
        };
        for clause in clauses.iter() {
            // What somebody may see may stand in their list too.
            if run.is_shown(clause.unwanted(), &browser.place())? {
                continue;
            }
            let claim = format!("{asked} {}", clause.told());
            let of = if clause.unwanted().is_empty() {
                &came
            } else {
                &unmarked
            };
            let why = clause.why_not(of, &shown, |text| run.fill(text))?;
            if answer.cut && clause.needs_body() {
                let why = "the answer is longer than 16 MiB".to_owned();
                run.unseen(browser.place(), &claim, why)?;
            } else {
                let (asked, met) = ((claim.as_str(), answer), why.is_none());
                run.expected_answer(browser, asked, met, || why.unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

/// The text without the markers in it: whether they may be there, other properties say.
fn without_markers(text: &str) -> String {
    let mut rest = text.to_owned();
    for marker in Marker::find_all(text.as_bytes()) {
        rest = rest.replace(marker.as_str(), "…");
    }
    rest
}

/// The same without the values of cookies, which are secrets.
fn without_cookies(came: &Came) -> Came {
    const HIDDEN: &str = "(hidden)";
    let header = |(name, value): &(String, String)| {
        let value = match value.split_once('=') {
            Some((cookie, _)) if name == "set-cookie" => format!("{cookie}={HIDDEN}"),
            _ => value.clone(),
        };
        (name.clone(), value)
    };
    let cookie = |(name, _): &(String, String)| (name.clone(), HIDDEN.to_owned());
    Came {
        headers: came.headers.iter().map(header).collect(),
        cookies: came.cookies.iter().map(cookie).collect(),
        ..came.clone()
    }
}

#[cfg(test)]
mod tests {
    use reading::node;

    use super::*;

    /// Why it is not true of an answer that sets a cookie.
    fn why_not(clauses: &str) -> Option<String> {
        let came = Came {
            status: Some(200),
            headers: vec![("set-cookie".into(), "sid=secret; Path=/".into())],
            cookies: vec![("sid".into(), "secret".into())],
            body: Some("hello".into()),
            ..Came::default()
        };
        let node = node::read(clauses).expect("YAML");
        let clauses = Clauses::read(&node, Of::Answer).expect("clauses");
        let shown = without_cookies(&came);
        let fill = |text: &str| Ok::<_, ()>(text.to_owned());
        { clauses.iter() }.find_map(|clause| clause.why_not(&came, &shown, fill).expect("filled"))
    }

    #[test]
    fn a_cookie_is_judged_by_its_value_and_told_without_it() {
        assert_eq!(why_not("{cookie: {sid: secret}}"), None);
        assert_eq!(why_not("{header: {Set-Cookie: sid=secret; Path=/}}"), None);
        for clauses in [
            "{cookie: {sid: other}}",
            "{cookie: {sid: absent}}",
            "{cookie: {sid: (hidden)}}",
            "{header: {Set-Cookie: sid=other}}",
        ] {
            let why = why_not(clauses).expect("it is not so");
            assert!(!why.contains("secret"), "{clauses}: {why}");
        }
    }
}
