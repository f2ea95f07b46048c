//! A stranger who asks for something over a socket: a page has opened one first, where the target lets it.

use probe::{OpenOptions, Opened, PastPage, ProbeError, Stop, Tab};
use targets::language::step::{Act, Step};

use crate::language::names::{TabName, Who};
use crate::run::error::RunError;
use crate::run::state::Run;

/// Where a stranger asks.
pub(super) struct Page {
    pub(super) tab: Tab,
    /// It was opened for this.
    is_own: bool,
}

impl Page {
    /// What was opened for this is closed again.
    pub(super) async fn close(self) {
        if self.is_own {
            self.tab.close().await;
        }
    }
}

/// The tab in which a stranger asks. Where the steps go over a socket, and the target refuses it, that is the answer.
pub(super) async fn opened(
    run: &Run,
    (name, tab): (&TabName, Tab),
    steps: &[Step],
) -> Result<Result<Page, Stop>, RunError> {
    let needs_socket = |step: &Step| matches!(step.act, Some(Act::Emit(_) | Act::Send(_)));
    let is_over_socket = steps.iter().any(needs_socket);
    let is_open = run.tab(name).is_ok_and(|open| !open.tab.has_left());
    if name.browser.who != Who::Stranger || !is_over_socket || is_open {
        return Ok(Ok(Page { tab, is_own: false }));
    }
    let options = OpenOptions {
        client: run.client,
        past_page: PastPage::ForTheLine,
        ..OpenOptions::default()
    };
    let browser = run.browser(&name.browser);
    Ok(match Tab::open(&browser, &name.tab, &options).await {
        Ok(Opened::Granted(tab)) => Ok(Page { tab, is_own: true }),
        Ok(Opened::Refused(said)) => Err(Stop::Refused(said)),
        // Nobody said no, and it is no page to act in.
        Err(error @ ProbeError::NotReady { .. }) => Err(Stop::Unknown(error.to_string())),
        Err(error) => return Err(error.into()),
    })
}
