//! Which client speaks Socket.IO, and what each cannot do.

use crate::offer::NotOffered;

/// Which client speaks Socket.IO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Client {
    /// Our own: it keeps every frame as it came.
    #[default]
    Own,
    /// `rust_socketio`, the client that Rust users have. It shows that the server works with it.
    RustSocketio,
    /// `socket.io-client`, the official client, in a process of Node.js.
    JavaScript,
    /// python-socketio's asyncio client, in a process of Python.
    Python,
}

impl Client {
    /// All, in the order in which they are named.
    pub const ALL: [Self; 4] = [
        Self::Own,
        Self::RustSocketio,
        Self::JavaScript,
        Self::Python,
    ];

    /// Its name in commands, reports and names of files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "observer",
            Self::RustSocketio => "rust-socketio",
            Self::JavaScript => "js",
            Self::Python => "python",
        }
    }

    /// Its name among its users.
    #[must_use]
    pub const fn library(self) -> &'static str {
        match self {
            Self::Own => "the observer",
            Self::RustSocketio => "rust_socketio",
            Self::JavaScript => "socket.io-client",
            Self::Python => "python-socketio",
        }
    }

    /// Says that it cannot do this.
    #[must_use]
    pub const fn cannot(self, what: &'static str) -> NotOffered {
        NotOffered {
            library: self.library(),
            what,
        }
    }

    /// Whether it answers a server's event that asks for it, with a value that the caller chooses.
    #[must_use]
    pub const fn acknowledges(self) -> bool {
        matches!(self, Self::Own | Self::JavaScript)
    }

    /// Whether binary data in what it sends travels as an attachment.
    pub(crate) const fn attaches(self) -> bool {
        !matches!(self, Self::RustSocketio)
    }

    /// Whether it lets an event of this name be sent.
    pub(crate) fn emits(self, name: &str) -> bool {
        /// The official client keeps these for its own events.
        const KEPT: [&str; 6] = [
            "connect",
            "connect_error",
            "disconnect",
            "disconnecting",
            "newListener",
            "removeListener",
        ];
        self != Self::JavaScript || !KEPT.contains(&name)
    }
}
