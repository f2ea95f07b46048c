//! How long a step waits: with patience, which proves nothing when it is used up, or for a promise, which can be broken.

use std::time::Duration;

use duration::Written;
use probe::Target;
use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};
use serde_json::{Value, json};

use crate::language::schema_parts::time_that;
use crate::language::values::{duration, written_duration};

/// How long something may take where a step does not say.
const WITHIN: Duration = Duration::from_secs(5);
/// A promise of time may be judged when the harness was not late by a tenth of it, nor by this.
const READY: Duration = Duration::from_millis(100);

/// The names of its settings.
pub(super) const SETTINGS: [&str; 2] = ["within", "at most"];

/// How long something may take. 5 minutes at the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Patience: what has not come by then may come later.
    Within(Duration),
    /// A promise: broken when the time is over and the harness was ready.
    AtMost(Duration),
}

/// These settings in a schema, and those of a limit.
pub(super) fn beside(mut settings: Value) -> Value {
    let [within, at_most] = SETTINGS;
    settings[within] = time_that("Patience: if it is missed, the step is undecided.");
    settings[at_most] =
        time_that("A promise: if it is missed while the harness was ready, it is violated.");
    settings
}

impl Limit {
    /// The usual patience.
    pub(super) const USUAL: Self = Self::Within(WITHIN);

    /// Reads the one that a step has.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Wrong> {
        let [within, at_most] = SETTINGS.map(|name| fields.take(name));
        match (within, at_most) {
            (None, None) => Ok(Self::USUAL),
            (Some(node), None) => Ok(Self::Within(duration(node, "within")?)),
            (None, Some(node)) => Ok(Self::AtMost(duration(node, "at most")?)),
            (Some(_), Some(node)) => two_limits(node),
        }
    }

    /// As it is written; nothing for the usual patience.
    pub(super) fn written(self) -> (&'static str, Option<Value>) {
        let (name, time) = match self {
            Self::Within(time) => ("within", Some(time).filter(|time| *time != WITHIN)),
            Self::AtMost(time) => ("at most", Some(time)),
        };
        (name, time.map(written_duration))
    }

    /// In the words of a claim.
    pub(super) fn told(self) -> String {
        match self {
            Self::Within(time) => format!("within {}", Written(time)),
            Self::AtMost(time) => format!("after {} at most", Written(time)),
        }
    }

    /// How long it is.
    pub(super) const fn time(self) -> Duration {
        match self {
            Self::Within(time) | Self::AtMost(time) => time,
        }
    }
}

/// How long something may take that the target itself may have promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnyLimit {
    Said(Limit),
    /// What the target promises; the usual patience where it promises nothing.
    Promised,
}

impl AnyLimit {
    /// The word for what the target promises.
    const PROMISED: &'static str = "promised";

    /// Reads the one that a step has.
    pub(super) fn read(node: &Node, fields: &mut Fields<'_>) -> Result<Self, Wrong> {
        let at_most = node.setting(SETTINGS[1]);
        let is_promised =
            |node: &Node| matches!(&node.yaml, Yaml::Text(text) if text == Self::PROMISED);
        if !at_most.is_some_and(is_promised) {
            return Limit::read(fields).map(Self::Said);
        }
        match SETTINGS.map(|name| fields.take(name)) {
            [Some(within), _] => two_limits(within),
            _ => Ok(Self::Promised),
        }
    }

    /// As it is written.
    pub(super) fn written(self) -> (&'static str, Option<Value>) {
        match self {
            Self::Said(limit) => limit.written(),
            Self::Promised => (SETTINGS[1], Some(Self::PROMISED.into())),
        }
    }

    /// What it is on this target.
    pub(super) fn on(self, target: &Target) -> Limit {
        match self {
            Self::Said(limit) => limit,
            Self::Promised => target.prompt.map_or(Limit::USUAL, Limit::AtMost),
        }
    }
}

/// These settings in a schema, and those of such a limit.
pub(super) fn any_beside(settings: Value) -> Value {
    let mut settings = beside(settings);
    let time = settings[SETTINGS[1]].take();
    settings[SETTINGS[1]] = json!({ "anyOf": [time, { "const": AnyLimit::PROMISED, "description": "What the target file promises by `prompt`; without it, the usual patience." }] });
    settings
}

fn two_limits<T>(node: &Node) -> Result<T, Wrong> {
    wrong(
        node.key(),
        "`within` and `at most` are two limits",
        "keep `at most` for a promise that can be broken, or `within` for patience",
    )
}

/// Whether a harness that was `late` says anything of a promise of this time.
pub(super) fn is_ready(promised: Duration, late: Duration) -> bool {
    late < READY.max(promised / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harness_that_was_late_breaks_nobodys_promise() {
        let ms = Duration::from_millis;
        assert!(is_ready(ms(2000), ms(199)));
        assert!(!is_ready(ms(2000), ms(200)));
        assert!(is_ready(ms(300), ms(99)));
        assert!(!is_ready(ms(300), ms(100)));
    }
}
