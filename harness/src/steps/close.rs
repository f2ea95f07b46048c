//! `close`: the tab says goodbye and leaves.

use std::sync::Arc;

use super::reading::StepKind;
use super::step::Step;
use super::tab_change::Verb;
use crate::language::place::TabName;
use crate::language::words;
use crate::model::state::{Change, TabState};

pub(super) const KIND: StepKind = StepKind {
    name: "close",
    schema: words::place,
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
