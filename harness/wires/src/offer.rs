//! What `rust_socketio` cannot do. Whoever asks for it has found out nothing about the server.

use thiserror::Error;

/// It cannot do this. Our own client can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("`rust_socketio` cannot {0}")]
pub struct NotOffered(pub &'static str);
