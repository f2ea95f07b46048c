//! What came to a tab, for callers that wait: counts of events, and how the connection ended.
//!
//! `tally` counts, `closing` is how a connection was closed, and `arrivals` is both together with a bell that rings at
//! each change.

mod tally;

mod closing;

mod arrivals;

pub(crate) use arrivals::{Inbox, Opening, Taken};
pub use closing::Closing;
