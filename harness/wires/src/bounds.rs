//! What a server can make grow, and how far. Each error says which bound was reached.

use thiserror::Error;

/// Bytes of one frame, of one message with its attachments, of one polled body and of one message of a stream: 64 MiB.
pub const LONGEST: usize = 64 << 20;

/// Attachments of one packet.
pub const ATTACHMENTS: usize = 1000;

/// Bytes of a name: of an event, a namespace, a session.
pub const NAME: usize = 4096;

/// How deep arrays and objects may stand in each other, as in `serde_json`.
pub const DEPTH: usize = 128;

/// Bytes of a refusing answer's body that are kept: 64 KiB.
pub const BODY: usize = 64 << 10;

/// A bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{what}: more than {most}")]
pub struct Exceeded {
    /// What has a bound.
    pub what: &'static str,
    /// The bound, in the unit that `what` names.
    pub most: usize,
}

/// Holds a size against its bound.
///
/// # Errors
/// When it is larger.
pub const fn within(what: &'static str, size: usize, most: usize) -> Result<(), Exceeded> {
    if size > most {
        return Err(Exceeded { what, most });
    }
    Ok(())
}
