//! A fault and a scenario that is run under it.

/// A fault and a scenario.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) fault: String,
    pub(super) scenario: String,
}

impl Pair {
    /// Each fault with each scenario.
    pub(super) fn every<'a, Scenarios: Iterator<Item = &'a String>>(
        faults: impl Iterator<Item = &'a String>,
        scenarios: impl Fn() -> Scenarios,
    ) -> Vec<Self> {
        let of = |fault: &'a String| {
            scenarios().map(|scenario| Self {
                fault: fault.clone(),
                scenario: scenario.clone(),
            })
        };
        faults.flat_map(of).collect()
    }
}
