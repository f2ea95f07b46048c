//! Whether what is asked without a claim went out at all.

use probe::ProbeError;

use crate::run::error::RunError;

/// Whether it went out. What an action would be sent with is had by those alone who may do it.
pub(super) fn is_sent<T>(asked: Result<T, ProbeError>) -> Result<bool, RunError> {
    match asked {
        Ok(_) => Ok(true),
        Err(
            ProbeError::NotOffered(_)
            | ProbeError::Unset(_)
            | ProbeError::Unsendable(_)
            | ProbeError::Closed(_),
        ) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
