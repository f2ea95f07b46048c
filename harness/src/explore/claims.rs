//! What the scenario of a schedule claims, and which rule a counterexample breaks.

use std::collections::BTreeSet;

use evidence::PROPERTIES;

use super::schedule::Situation;

/// What is judged of strangers in other ways.
const STRANGERS: &str = "strangers_refused";
/// The rule that a random schedule names, which may break any.
const ANY: &str = "ISO01";

/// A situation, and the rule that is broken where it led to a leak.
type Led = (&'static str, &'static str);

/// For a property that is broken, the rules of what led to it: the first that a schedule has in it counts. What stands
/// for none is the rule of the property alone.
const RULES: [(&str, &[Led], &str); 8] = [
    ("no_foreign_events", LEAKS, "ISO07"),
    ("expectations_met", LEAKS, "ISO22"),
    ("others_actions_out_of_reach", &[], "ISO08"),
    (
        "every_event_delivered",
        &[("close", "ISO03"), ("logout", "ISO09")],
        "DEL01",
    ),
    ("every_event_once", &[], "DEL02"),
    ("events_in_order", &[], "DEL03"),
    ("silent_after_session_end", &[], "ISO09"),
    ("new_session_at_login", &[], "WEB01"),
];

/// What leads to a leak, the most telling first.
const LEAKS: &[Led] = &[
    ("abandon", "ISO26"),
    ("foreign ids", "ISO08"),
    ("other spelling", "ISO08"),
    ("attack", "ISO08"),
    ("forbidden", "ISO22"),
    ("join by name", "ISO10"),
    ("old cookie", "ISO09"),
    ("old session", "ISO09"),
    ("stranger", "WEB10"),
    ("leave", "ISO21"),
    ("take over", "ISO09"),
    ("logout", "ISO09"),
    ("start together", "ISO26"),
    ("resume", "ISO22"),
];

/// The rule that a property breaks where these situations led to it.
pub(super) fn rule_of<'a>(
    property: &str,
    situations: impl Iterator<Item = &'a Situation>,
) -> &'static str {
    let situations: Vec<&Situation> = situations.collect();
    let found = RULES.iter().find(|(known, ..)| *known == property);
    let Some((_, led, alone)) = found else {
        return ANY;
    };
    let is_there = |word: &str| situations.iter().any(|Situation(there)| *there == word);
    let first = led.iter().find(|(word, _)| is_there(word));
    first.map_or(alone, |(_, rule)| rule)
}

/// The properties and rules of a scenario. A random schedule claims all properties but those that are known to be broken.
/// A counterexample claims only those that it breaks: it is so short that the others would be undecided even on a
/// repaired server.
#[derive(Default)]
pub(super) struct Claims {
    properties: BTreeSet<String>,
    rules: BTreeSet<String>,
    except: Vec<String>,
}

impl Claims {
    /// Everything but these.
    pub(super) fn all_but(except: &[String]) -> Self {
        Self {
            except: except.to_vec(),
            ..Self::default()
        }
    }

    /// A property that is broken, and a rule that it breaks.
    pub(super) fn add(&mut self, property: &str, rule: &str) {
        self.properties.insert(property.to_owned());
        self.rules.insert(rule.to_owned());
    }

    /// The properties to judge: all when none is claimed. Those that compare the parts of a run are left out, and those
    /// that a target must declare something for. So is whether strangers get anything at all: a move that is refused says
    /// so itself, and the answer to what is forbidden may have any form.
    pub(super) fn expect(&self) -> String {
        let names: Vec<&str> = PROPERTIES
            .iter()
            .filter(|property| !property.compares_parts() && !property.needs_declared())
            .filter(|property| property.name != STRANGERS)
            .map(|property| property.name)
            .filter(|name| self.properties.is_empty() || self.properties.contains(*name))
            .filter(|name| !self.except.iter().any(|known| known == name))
            .collect();
        names.join(", ")
    }

    /// The rules that are broken.
    pub(super) fn rules(&self) -> String {
        let rules: Vec<&str> = self.rules.iter().map(String::as_str).collect();
        if rules.is_empty() {
            ANY.to_owned()
        } else {
            rules.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_property_of_a_schedule_has_a_rule_of_its_own() {
        for property in Claims::default().expect().split(", ") {
            let has_row = RULES.iter().any(|(known, ..)| *known == property);
            assert!(has_row, "{property}");
        }
        for (property, ..) in RULES {
            assert!(Claims::default().expect().contains(property), "{property}");
        }
        let rule = |situations: &[&'static str]| {
            let all: Vec<Situation> = situations.iter().copied().map(Situation).collect();
            rule_of("no_foreign_events", all.iter())
        };
        assert_eq!(rule(&["start"]), "ISO07");
        assert_eq!(rule(&["start", "start together", "abandon"]), "ISO26");
        assert_eq!(rule(&["leave", "start"]), "ISO21");
    }

    #[test]
    fn what_is_known_to_be_broken_is_not_claimed() {
        let claims = Claims::all_but(&["events_in_order".to_owned()]);
        assert!(!claims.expect().contains("events_in_order"));
        assert!(claims.expect().contains("no_foreign_events"));
    }
}
