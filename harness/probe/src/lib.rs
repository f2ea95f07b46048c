//! Clients of one target: HTTP and Socket.IO in, observations out.
