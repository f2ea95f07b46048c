//! Where a target answers when it is asked whether it does.

/// Where somebody answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Door {
    /// Nobody has answered yet.
    #[default]
    Unknown,
    Page,
    Socket,
}
