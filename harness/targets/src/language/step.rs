//! A step: what a client does, what counts as yes and as no, and what it keeps.
//!
//! A login, an opening, a join and an action are each a list of steps. One step needs no list.

mod request;

mod act;

mod granted;

mod delivers;

mod content;

mod reading;

pub use self::act::{Act, Connect, Emit, Follow, Send};
pub use self::content::{Keep, Repeat, Step};
pub use self::delivers::{Delivers, EventName};
pub use self::granted::Granted;
#[cfg(test)]
pub(crate) use self::reading::keys;
pub(crate) use self::reading::take;
pub use self::reading::{read, read_all};
pub use self::request::{Body, Method, Request};
pub(crate) use self::request::{headers, pairs};
