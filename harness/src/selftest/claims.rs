//! The claims that some fault must break.

use std::collections::{BTreeMap, BTreeSet};

/// A scenario's property, or a property by itself.
pub(super) type Claim = (Option<String>, String);

/// Every claim that must be broken: by scenario, and each property by itself. The reference server has no groups, so it
/// cannot break what needs them.
pub(super) fn claims(judged: &BTreeMap<String, BTreeSet<String>>) -> Vec<Claim> {
    let properties = evidence::PROPERTIES.iter();
    let properties = properties.filter(|one| !one.needs_declared());
    let mut claims: Vec<Claim> = properties.map(|one| (None, one.name.to_owned())).collect();
    for (scenario, properties) in judged {
        let own = properties.iter();
        claims.extend(own.map(|property| (Some(scenario.clone()), property.clone())));
    }
    claims
}
