//! `resume`: a stalled tab reads again; one that is away opens again and asks for what it missed.

use std::sync::Arc;
use std::time::Duration;

use super::open::open_with;
use super::reading::StepKind;
use super::step_trait::Step;
use super::tab_change::Verb;
use crate::language::names::TabName;
use crate::language::schema_parts;
use crate::language::values::Expect;
use crate::model::state::{Change, TabState};
use crate::run::error::RunError;
use crate::run::state::Run;

/// How long a tab that reads again takes to come upon the server's close.
const UNREAD: Duration = Duration::from_millis(300);

pub(super) const KIND: StepKind = StepKind {
    name: "resume",
    schema: schema_parts::place,
    read: |node, _| VERB.read(node),
};

static VERB: Verb = Verb {
    kind: KIND,
    needs_observer: true,
    change: Change {
        from: &[TabState::Away, TabState::Stalled],
        to: TabState::Open,
    },
    act: |run, name| Box::pin(read_again(run, name)),
};

/// The step for this tab.
pub(crate) fn resume(tab: TabName) -> Arc<dyn Step> {
    VERB.of(tab)
}

async fn read_again(run: &Run, name: TabName) -> Result<(), RunError> {
    let open = run.tab(&name)?;
    if !open.tab.has_left() {
        open.tab.stall(false).await?;
        // Everything that it reads now is new, however long it was stalled.
        run.watch.anew();
        // The server may have closed it meanwhile: the close stands behind what was not read.
        if !open.tab.leaves_within(UNREAD).await {
            return Ok(());
        }
    }
    let options = open.options.clone();
    open_with(run, name, (options, Some(open)), Expect::Granted).await
}
