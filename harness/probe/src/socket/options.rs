//! How a socket is opened: by which client, over which transport, with what.

/// Which client opens the socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientKind {
    /// Our own: it keeps every frame as it came.
    #[default]
    Observer,
    /// The one that Rust users have.
    RustSocketio,
}

/// How the socket's bytes travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket from the beginning.
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
    /// Headers of the handshake besides the cookies.
    pub headers: Vec<(String, String)>,
    /// Ask for everything after this number.
    pub resume: Option<u64>,
}
