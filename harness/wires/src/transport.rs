//! The transports: how frames travel. Each is a pump over a `link`: frames and its end one way, orders the other way.
//! A library that speaks for itself is a pump of whole events.

mod link;

/// HTTP answers, and what an error of the client says.
mod http;

mod websocket;

mod polling;

mod streamed;

/// What a library gives, as packets.
mod whole;

mod library;

/// A client that is a process of its own.
mod child;

pub(crate) use link::{Came, Link, Order, PumpEnd, Room, pair};

use crate::client::Client;
use crate::dial::{Dial, DialError, How, Route, Transport};
use crate::incoming::{Answer, Incoming, Refusal};

/// A transport that is open, and has still to be pumped.
pub(crate) enum Opened {
    WebSocket(websocket::Socket),
    Polling(polling::Polling),
    Stream(streamed::Streamed),
    Library(library::Library),
    Child(child::Child),
    /// The server answered, and said no.
    Refused(Answer),
}

/// Opens the transport that the dial asks for.
pub(crate) async fn open(dial: &Dial, route: &Route) -> Result<Opened, DialError> {
    let http = &route.http;
    let opened = match &dial.how {
        How::WebSocket { subprotocols } => {
            let (address, headers) = (dial.address()?, dial.header_map()?);
            let socket = websocket::connect(&route.sockets, address, headers, subprotocols).await?;
            socket.map(Opened::WebSocket)
        }
        How::SocketIo(how) if how.client == Client::RustSocketio => {
            let library = library::connect(dial, route, how).await?;
            library.map(Opened::Library)
        }
        How::SocketIo(how) if how.client != Client::Own => {
            let child = child::connect(dial, route, how).await?;
            child.map(Opened::Child)
        }
        How::SocketIo(how) if how.transport == Transport::Websocket => {
            let (address, headers) = (polling::address(dial, "websocket")?, dial.header_map()?);
            let socket = websocket::connect(&route.sockets, address, headers, &[]).await?;
            socket.map(Opened::WebSocket)
        }
        How::SocketIo(how) => {
            let polling = polling::connect(dial, route, how.transport).await?;
            polling.map(Opened::Polling)
        }
        How::Stream(asked) => {
            let stream = streamed::connect(dial, http, asked).await?;
            stream.map(Opened::Stream)
        }
    };
    Ok(opened.unwrap_or_else(Opened::Refused))
}

/// Moves frames until the transport ends.
pub(crate) async fn pump(opened: Opened, end: PumpEnd) {
    match opened {
        Opened::WebSocket(socket) => socket.pump(end).await,
        Opened::Polling(polling) => polling.pump(end).await,
        Opened::Stream(stream) => stream.pump(end).await,
        Opened::Library(library) => library.pump(end).await,
        Opened::Child(child) => child.pump(end).await,
        Opened::Refused(answer) => {
            let refused = Incoming::Refused(Refusal::Handshake(answer));
            end.out.say(Came::Last(refused));
        }
    }
}
