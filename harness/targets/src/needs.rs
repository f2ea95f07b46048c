//! What a scenario needs of a target: an action that can do something, or a surface. Scenarios name neither paths nor
//! actions of one system.
//!
//! In: a target, and a word of a scenario. Out: what fits, that the file says there is none, or that it says nothing
//! about it and which line would settle it.

mod abilities;

mod choice;

mod surfaces;

pub(crate) use self::abilities::WITHOUT;
pub use self::abilities::{WORDS, Wish};

/// What came of looking for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need<T> {
    /// This.
    Found(T),
    /// The file says that the target has no such thing: these words of it.
    NotApplicable(String),
    /// The file says nothing about it. One of these lines would settle it.
    NotMentioned(Vec<String>),
}

impl<T> Need<T> {
    /// What was found.
    #[must_use]
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(found) => Some(found),
            Self::NotApplicable(_) | Self::NotMentioned(_) => None,
        }
    }
}
