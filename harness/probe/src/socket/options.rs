//! How a socket is opened: with which client, over which transport, with which headers.

/// Which client opens the socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientKind {
    /// Our own: it keeps every frame as it came.
    #[default]
    Observer,
    /// The client that Rust users have.
    RustSocketio,
}

/// How the socket's bytes travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket from the start.
    #[default]
    Websocket,
    /// HTTP requests.
    Polling,
}

/// How to open a socket.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The client.
    pub client: ClientKind,
    /// The transport.
    pub transport: Transport,
    /// Headers of the handshake in addition to the cookies.
    pub headers: Vec<(String, String)>,
    /// Ask for everything after this number.
    pub resume: Option<u64>,
}
