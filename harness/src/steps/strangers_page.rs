//! A stranger who asks for something over a socket: a page has opened one first, where the target lets it.

use probe::{Begun, OpenOptions, Opened, Stop, Tab};
use targets::file::action::Action;
use targets::language::step::{Act, Step};

use crate::language::names::{TabName, Who};
use crate::run::error::RunError;
use crate::run::state::Run;

/// The tab in which a stranger asks. Where the steps go over a socket, and the target refuses it, that is the answer.
pub(super) async fn opened(
    run: &Run,
    (name, tab): (&TabName, Tab),
    begun: &Begun,
    steps: impl Fn(&Action) -> &[Step],
) -> Result<Result<Tab, Stop>, RunError> {
    let needs_socket = |step: &Step| matches!(step.act, Some(Act::Emit(_) | Act::Send(_)));
    let action = run.site.target().action(begun.kind());
    let is_over_socket = action.is_some_and(|action| steps(action).iter().any(needs_socket));
    if name.browser.who != Who::Stranger || !is_over_socket || run.tab(name).is_ok() {
        return Ok(Ok(tab));
    }
    let options = OpenOptions {
        client: run.client,
        ..OpenOptions::default()
    };
    let browser = run.browser(&name.browser);
    Ok(match Tab::open(&browser, &name.tab, &options).await? {
        Opened::Granted(tab) => Ok(tab),
        Opened::Refused(said) => Err(Stop::Refused(said)),
    })
}
