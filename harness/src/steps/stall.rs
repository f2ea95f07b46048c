//! `stall`: the tab stops reading.

use std::sync::Arc;

use super::reading::StepKind;
use super::step_trait::Step;
use super::tab_change::Verb;
use crate::language::names::TabName;
use crate::language::schema_parts;
use crate::model::state::{Change, TabState};

pub(super) const KIND: StepKind = StepKind {
    name: "stall",
    schema: schema_parts::place,
    read: |node, _| VERB.read(node),
};

static VERB: Verb = Verb {
    kind: KIND,
    needs_observer: true,
    change: Change {
        from: &[TabState::Open],
        to: TabState::Stalled,
    },
    act: |run, name| Box::pin(async move { Ok(run.tab(&name)?.tab.stall(true).await?) }),
};

/// The step for this tab.
pub(crate) fn stall(tab: TabName) -> Arc<dyn Step> {
    VERB.of(tab)
}
