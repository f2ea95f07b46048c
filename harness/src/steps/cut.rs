//! `cut`: the transport of a tab dies without a goodbye.

use std::sync::Arc;

use super::reading::StepKind;
use super::step_trait::Step;
use super::tab_change::Verb;
use crate::language::names::TabName;
use crate::language::schema_parts;
use crate::model::state::{Change, TabState};

pub(super) const KIND: StepKind = StepKind {
    name: "cut",
    schema: schema_parts::place,
    read: |node, _| VERB.read(node),
};

static VERB: Verb = Verb {
    kind: KIND,
    needs_observer: true,
    change: Change {
        from: &[TabState::Open, TabState::Stalled],
        to: TabState::Away,
    },
    act: |run, name| Box::pin(async move { Ok(run.tab(&name)?.tab.cut().await?) }),
};

/// The step for this tab.
pub(crate) fn cut(tab: TabName) -> Arc<dyn Step> {
    VERB.of(tab)
}
