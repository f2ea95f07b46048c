//! What the scenario of a schedule claims.

use std::collections::BTreeSet;

use evidence::PROPERTIES;

/// The properties and rules of a scenario. A random schedule claims all properties. A counterexample claims only those
/// that it breaks: it is so short that the others would be undecided even on a repaired server.
#[derive(Default)]
pub(super) struct Claims {
    properties: BTreeSet<String>,
    rules: BTreeSet<String>,
}

impl Claims {
    pub(super) fn of(property: &str) -> Self {
        Self {
            properties: BTreeSet::from([property.to_owned()]),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, property: &str, rules: &[String]) {
        self.properties.insert(property.to_owned());
        self.rules.extend(rules.iter().cloned());
    }

    /// The properties to judge: all when none is claimed. Those that compare the parts of a run are left out, and those
    /// that a target must declare something for.
    pub(super) fn expect(&self) -> String {
        let names: Vec<&str> = PROPERTIES
            .iter()
            .filter(|property| !property.compares_parts() && !property.needs_declared())
            .map(|property| property.name)
            .filter(|name| self.properties.is_empty() || self.properties.contains(*name))
            .collect();
        names.join(", ")
    }

    /// The rules that are broken.
    pub(super) fn rules(&self) -> String {
        let rules: Vec<&str> = self.rules.iter().map(String::as_str).collect();
        if rules.is_empty() {
            "ISO01".to_owned()
        } else {
            rules.join(", ")
        }
    }
}
