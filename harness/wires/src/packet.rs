//! The packets of Engine.IO 4 and Socket.IO 5, read and written without any IO.
//!
//! Engine.IO carries messages; Socket.IO's packets stand in them as text with attachments, or as MessagePack.

/// Why a frame is no packet, or a packet cannot be written.
mod wrong;

/// Attachments, taken out of JSON and put back.
pub mod attachments;

/// The packets of the transport.
pub mod engine_io;

/// How an older version is recognised.
pub mod engine_io3;

/// The packets of the session.
pub mod socket_io;

#[cfg(test)]
mod tests;

pub use wrong::{ReadError, WriteError};
