//! A row of the table: what was said of a target, sound or with a fault, held against the list.

use serde::{Deserialize, Serialize};

use crate::expected::{Broken, Command, Open};
use crate::picture::Picture;
use crate::seen::{Named, Seen, Verdict};

/// Whether it is as the list says. The order is from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Judgement {
    AsListed,
    /// Something that it needs is not there.
    Unknown,
    Otherwise,
}

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Of {
    Sound,
    Fault,
    /// What mends a fault of somebody else's library, played as the fault was.
    Mended,
    /// A further target file.
    Also,
}

/// A row.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) target: String,
    pub(crate) of: Of,
    /// The fault, or the further target file; empty for the sound server.
    pub(crate) name: String,
    pub(crate) by: Command,
    /// As a stranger types it.
    pub(crate) typed: String,
    /// How often it was as listed, of how often it was played, where it was played several times.
    pub(crate) again: Option<(u32, u32)>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) property: String,
    pub(crate) rule: String,
    pub(crate) seconds: f64,
    /// Lines of the target file.
    pub(crate) lines: usize,
    /// How many of the shipped scenarios applied, where all were offered.
    pub(crate) applied: Option<usize>,
    pub(crate) judgement: Judgement,
    /// What was not as listed, or what was left open and why that is right.
    pub(crate) notes: Vec<String>,
    /// Who did what, and who got it.
    pub(crate) picture: Option<Picture>,
}

/// What a verdict is held against.
pub(crate) struct Held {
    pub(crate) judgement: Judgement,
    pub(crate) property: String,
    pub(crate) rule: String,
    pub(crate) notes: Vec<String>,
}

/// The sound server must hold. Only what the list names may be left open, for the reason that it gives.
pub(crate) fn sound(command: Command, seen: &Seen, listed: &[Open], applied: usize) -> Held {
    let mut notes = Vec::new();
    let mut judgement = Judgement::AsListed;
    for named in &seen.named {
        judgement = Judgement::Otherwise;
        notes.push(format!("accused: {} ({})", told(named), named.says));
    }
    for open in &seen.open {
        let is_listed = |listed: &&Open| {
            listed.by == command
                && open.what.contains(&listed.what)
                && open.why.contains(&listed.why)
        };
        if !listed.iter().any(|one| is_listed(&one)) {
            judgement = Judgement::Otherwise;
            notes.push(format!("open, and not listed: {}: {}", open.what, open.why));
        }
    }
    let is_open = !seen.open.is_empty();
    match seen.verdict {
        Some(Verdict::Holds) => {}
        Some(Verdict::Undecided) if is_open => {}
        Some(Verdict::Violated) if !seen.named.is_empty() => {}
        other => {
            judgement = Judgement::Otherwise;
            let verdict =
                other.map_or_else(|| "no verdict".to_owned(), |verdict| verdict.to_string());
            notes.push(format!("{verdict}, and nothing says why"));
        }
    }
    if seen.played < applied {
        judgement = Judgement::Otherwise;
        notes.push(format!(
            "{} of the shipped scenarios applied, and {applied} did before",
            seen.played
        ));
    }
    let property = String::new();
    let rule = String::new();
    Held {
        judgement,
        property,
        rule,
        notes,
    }
}

/// What mends a fault must not have its property broken.
pub(crate) fn mended(seen: &Seen, listed: &Broken) -> Held {
    let still = seen
        .named
        .iter()
        .find(|named| named.property == listed.property);
    let is_judged = seen.verdict.is_some();
    let mut notes: Vec<String> = still
        .iter()
        .map(|named| format!("still: {}", told(named)))
        .collect();
    if !is_judged {
        notes.push("nothing was played".to_owned());
    }
    Held {
        judgement: if notes.is_empty() {
            Judgement::AsListed
        } else {
            Judgement::Otherwise
        },
        property: String::new(),
        rule: String::new(),
        notes,
    }
}

/// A fault must be named by its property and its rule.
pub(crate) fn broken(seen: &Seen, listed: &Broken) -> Held {
    if seen.verdict == Some(Verdict::Violated) && naming(seen, listed).is_some() {
        return Held {
            judgement: Judgement::AsListed,
            property: listed.property.clone(),
            rule: listed.rule.clone(),
            notes: Vec::new(),
        };
    }
    let first = seen.named.first();
    let wanted = format!("{} {} is not named", listed.property, listed.rule);
    let instead = match first {
        Some(_) => seen.named.iter().map(told).collect::<Vec<_>>().join("; "),
        None => seen
            .open
            .first()
            .map_or_else(String::new, |open| format!("{}: {}", open.what, open.why)),
    };
    Held {
        judgement: Judgement::Otherwise,
        property: first.map_or_else(String::new, |named| named.property.clone()),
        rule: first.map_or_else(String::new, |named| named.rules.join(" ")),
        notes: vec![wanted, instead],
    }
}

/// What was named of what is listed.
pub(crate) fn naming<'a>(seen: &'a Seen, listed: &Broken) -> Option<&'a Named> {
    let by_property = |named: &&Named| named.property == listed.property;
    seen.named
        .iter()
        .filter(by_property)
        .find(|named| named.rules.contains(&listed.rule))
}

fn told(named: &Named) -> String {
    format!("{} breaks {}", named.property, named.rules.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seen::LeftOpen;

    fn seen(verdict: Verdict) -> Seen {
        Seen {
            verdict: Some(verdict),
            played: 10,
            ..Seen::default()
        }
    }

    fn names(property: &str, rule: &str) -> Seen {
        let named = Named {
            property: property.to_owned(),
            rules: vec![rule.to_owned()],
            says: "bob got".to_owned(),
            shown_by: Vec::new(),
        };
        Seen {
            named: vec![named],
            ..seen(Verdict::Violated)
        }
    }

    #[test]
    fn a_sound_server_that_is_accused_or_of_which_too_little_was_seen_is_not_as_listed() {
        let judged = |seen: &Seen, applied| sound(Command::Verify, seen, &[], applied).judgement;
        assert_eq!(judged(&seen(Verdict::Holds), 10), Judgement::AsListed);
        assert_eq!(judged(&seen(Verdict::Holds), 11), Judgement::Otherwise);
        assert_eq!(judged(&seen(Verdict::Undecided), 10), Judgement::Otherwise);
        assert_eq!(judged(&names("p", "ISO04"), 10), Judgement::Otherwise);
        let silent = Seen::default();
        assert_eq!(judged(&silent, 0), Judgement::Otherwise);
    }

    #[test]
    fn only_what_is_listed_may_be_left_open() {
        let open = LeftOpen {
            what: "tls-versions".to_owned(),
            why: "no TLS here: http://x".to_owned(),
        };
        let seen = Seen {
            open: vec![open],
            ..seen(Verdict::Undecided)
        };
        let listed = |by, why: &str| Open {
            by,
            what: "tls".to_owned(),
            why: why.to_owned(),
        };
        let judged = |one: Open| sound(Command::Smoke, &seen, &[one], 0).judgement;
        assert_eq!(
            judged(listed(Command::Smoke, "no TLS")),
            Judgement::AsListed
        );
        assert_eq!(
            judged(listed(Command::Smoke, "too late")),
            Judgement::Otherwise
        );
        assert_eq!(
            judged(listed(Command::Load, "no TLS")),
            Judgement::Otherwise
        );
    }

    #[test]
    fn a_fault_is_named_by_its_property_and_its_rule() {
        let listed = Broken {
            rule: "ISO04".to_owned(),
            property: "p".to_owned(),
        };
        let judged = |seen: &Seen| broken(seen, &listed).judgement;
        assert_eq!(judged(&names("p", "ISO04")), Judgement::AsListed);
        assert_eq!(judged(&names("p", "ISO05")), Judgement::Otherwise);
        assert_eq!(judged(&names("q", "ISO04")), Judgement::Otherwise);
        assert_eq!(judged(&seen(Verdict::Holds)), Judgement::Otherwise);
    }
    #[test]
    fn what_mends_a_fault_breaks_its_property_no_more() {
        let listed = Broken {
            rule: "ISO04".to_owned(),
            property: "p".to_owned(),
        };
        let judged = |seen: &Seen| mended(seen, &listed).judgement;
        assert_eq!(judged(&seen(Verdict::Holds)), Judgement::AsListed);
        assert_eq!(judged(&names("q", "DEL01")), Judgement::AsListed);
        assert_eq!(judged(&names("p", "ISO08")), Judgement::Otherwise);
        assert_eq!(judged(&Seen::default()), Judgement::Otherwise);
    }
}
