//! Clients of one target: HTTP and Socket.IO in, observations out.
//!
//! `wire` reads the packets that a Socket.IO server sends; `recorder` writes what was seen into a
//! history. Nothing here judges: clients record, they never assert.

pub mod recorder;
pub mod wire;

pub use recorder::{Recorder, RecorderError};
pub use wire::{Packet, WireError};
