//! Where the reference server has its actions.

use crate::explore::state::{Number, State};

/// The user's own actions.
pub(super) const ACTIONS: &str = "/api/actions";

/// One action.
pub(super) fn action(state: &State, number: Number) -> String {
    format!("{ACTIONS}/{{{}}}", state.action(number))
}
