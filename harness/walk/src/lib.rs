//! Takes the steps of a target file: browsers, sessions, tabs and memberships of anybody's server.
//!
//! In: a target, and what a user wants: to log in, to open a tab, to join a group, to act. Out: how that ended, in the
//! target's words, and a `Witness` that sees everything that came. Nothing here judges.

mod lock;

mod page;

mod jar;

mod kept;

mod heard;

mod held;

mod last;

mod outcome;

mod error;

mod offer;

mod pace;

mod site;

mod witness;

mod browser;

mod copied;

mod request;

mod socket;

mod tab;

mod spelling;

mod foreign;

mod named;

mod made;

mod connect;

mod stream;

mod walker;

mod by_request;
mod by_socket;
mod by_waiting;

mod tending;

mod ask;

mod told;

mod resume;

mod opening;

mod session;

mod action;

mod values;

pub use action::{Act, Membership, Param};
pub use ask::{Ask, AskBody};
pub use browser::{Browser, KeptSession};
pub use connect::Nothing;
pub use copied::Near;
pub use error::{WalkError, innermost};
pub use foreign::Foreign;
pub use offer::speaks;
pub use opening::{PastPage, Way as OpenWay};
pub use outcome::is_too_fast;
pub use request::Answered;
pub use session::connects;
pub use site::{Site, Way};
pub use spelling::names_respelled;
pub use stream::ANSWER;
pub use tab::Tab;
pub use told::{Answer, Told};
pub use values::Values;
pub use wires::{Children, Client, Direct, Missing, NotOffered};
pub use witness::{Errand, Membership as MemberSight, Sight, Whereabouts, Witness};
