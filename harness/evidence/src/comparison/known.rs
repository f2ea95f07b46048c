//! What the target file says of its events, as far as a comparison needs it.

use std::collections::BTreeSet;

/// What is known of the events before anything is learnt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Of these the target file does not say how many there are.
    pub(crate) uncounted: BTreeSet<String>,
    /// These come by themselves: when they come is the target's own time, and nobody has waited for them.
    pub(crate) ambient: BTreeSet<String>,
}
