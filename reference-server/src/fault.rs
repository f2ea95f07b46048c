//! Known leaks that can be opened on purpose, so that a harness can be shown to find them.
//!
//! Only a build with the feature `faults` can open one; every other build answers `is` with `false`.
//! Each fault acts at one place, which calls `is` with its id.

use std::str::FromStr;

/// A leak by the id of its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Closing one tab stops delivery to the session's other tabs.
    Iso03,
    /// The list of running actions goes to everyone.
    Iso04,
    /// All users share one bounded queue of modals.
    Iso06,
    /// The end of a session leaves its sockets connected.
    Iso09,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !cfg!(feature = "faults") {
            return Err(
                "this build cannot open faults: build it with --features faults".to_owned(),
            );
        }
        match text {
            "ISO03" => Ok(Self::Iso03),
            "ISO04" => Ok(Self::Iso04),
            "ISO06" => Ok(Self::Iso06),
            "ISO09" => Ok(Self::Iso09),
            _ => Err("the faults are ISO03, ISO04, ISO06 and ISO09".to_owned()),
        }
    }
}

/// The fault that is open in this process, if any.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Open(Option<Fault>);

impl Open {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self(fault)
    }

    pub(crate) fn is(self, fault: Fault) -> bool {
        cfg!(feature = "faults") && self.0 == Some(fault)
    }
}
