//! References in the texts of a step: each must stand for something that is there at this step.

use super::state::Model;
use crate::language::names::Who;
use crate::language::template::{self, Reference};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

impl Model<'_> {
    /// Checks all references in a text.
    pub(crate) fn references(&self, text: &str, at: Spot) -> Result<(), Wrong> {
        let part = |part: &str| {
            let part = Some(part.to_owned());
            move |wrong| Wrong { part, ..wrong }
        };
        let references = template::references(text).or_else(|bad| {
            let nothing = wrong(
                at,
                format!("`{bad}` stands for nothing"),
                "write {USER.ACTION}, {USER/DEVICE.session}, {USER/DEVICE/TAB.sid}, {session_cookie} or {random}, and {{ for a brace",
            );
            nothing.map_err(part(&bad))
        })?;
        references
            .iter()
            .try_for_each(|(whole, reference)| self.reference(reference, at).map_err(part(whole)))
    }

    fn reference(&self, reference: &Reference, at: Spot) -> Result<(), Wrong> {
        let (Reference::Session(tab) | Reference::Sid(tab)) = reference else {
            return match reference {
                Reference::Action(action) => self.started(action, at),
                _ => Ok(()),
            };
        };
        match &tab.browser.who {
            Who::User(user) => self.known(user, at)?,
            who => {
                return wrong(
                    at,
                    format!("`{who}` stands for no one session"),
                    "name one of `users`",
                );
            }
        }
        match reference {
            Reference::Sid(tab) => self.state(tab, at).map(|_| ()),
            _ => self.visits(&tab.browser, at),
        }
    }
}
