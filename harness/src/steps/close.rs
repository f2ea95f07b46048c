//! `close`: the tab says goodbye and leaves.

use std::sync::Arc;

use super::reading::StepKind;
use super::step_trait::Step;
use super::tab_change::Verb;
use crate::language::names::TabName;
use crate::language::schema_parts;
use crate::model::state::{Change, TabState};

pub(super) const KIND: StepKind = StepKind {
    name: "close",
    schema: schema_parts::place,
    read: |node, _| VERB.read(node),
};

static VERB: Verb = Verb {
    kind: KIND,
    needs_observer: false,
    change: Change {
        from: &[TabState::Open, TabState::Stalled],
        to: TabState::Away,
    },
    act: |run, name| {
        Box::pin(async move {
            run.tab(&name)?.tab.close().await;
            Ok(())
        })
    },
};

/// The step for this tab.
pub(crate) fn close(tab: TabName) -> Arc<dyn Step> {
    VERB.of(tab)
}
