//! References in the texts of a step: each must stand for something that is there at this step.

use super::state::Model;
use crate::language::place::Who;
use crate::language::template::{self, Reference};
use crate::language::wrong::{Wrong, wrong};

impl Model<'_> {
    /// Checks all references in a text.
    pub(crate) fn references(&self, text: &str, line: u64) -> Result<(), Wrong> {
        let references = template::references(text).or_else(|bad| {
            wrong(
                line,
                format!("`{{{bad}` stands for nothing in `{text}`"),
                "write {USER.ACTION}, {USER/DEVICE.session}, {USER/DEVICE/TAB.sid}, {session_cookie} or {random}, and {{ for a brace",
            )
        })?;
        references
            .iter()
            .try_for_each(|reference| self.reference(reference, line))
    }

    fn reference(&self, reference: &Reference, line: u64) -> Result<(), Wrong> {
        let (Reference::Session(tab) | Reference::Sid(tab)) = reference else {
            return match reference {
                Reference::Action(action) => self.started(action, line),
                _ => Ok(()),
            };
        };
        match &tab.browser.who {
            Who::User(user) => self.known(user, line)?,
            who => {
                return wrong(
                    line,
                    format!("`{who}` stands for no one session"),
                    "name one of `users`",
                );
            }
        }
        match reference {
            Reference::Sid(tab) => self.state(tab, line).map(|_| ()),
            _ => self.visits(&tab.browser, line),
        }
    }
}
