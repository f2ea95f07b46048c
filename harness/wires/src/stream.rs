//! What is read piece by piece from an HTTP answer, without any IO: pieces of bytes in, whole messages out.

/// Lines, from pieces of any size.
mod pieces;

/// Server-sent events.
pub mod sse;

/// JSON lines.
pub mod lines;

#[cfg(test)]
mod tests;
