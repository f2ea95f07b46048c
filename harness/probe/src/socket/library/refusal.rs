//! What an error of `rust_socketio` means: a status of refusal, an answer that is not a packet, or a broken
//! connection.
//!
//! This is read from the structure of the error and never from its text, which may contain anything: an address, a
//! port.

use engineio_tungstenite::Error as WebSocket;
use rust_engineio::Error as Engine;
use rust_socketio::Error;

/// Why the library has no connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The target answered with this status.
    Status(u16),
    /// The answer is not a packet. Over polling it may be a refusal, because the library shows no status there.
    NoPacket,
    /// The connection broke, or was never made.
    NoAnswer,
}

/// What the error means.
pub(super) fn cause(error: &Error) -> Cause {
    match error {
        Error::IncompleteResponseFromEngineIo(error) => engine(error),
        Error::InvalidPacketId(_)
        | Error::IncompletePacket()
        | Error::InvalidPacket()
        | Error::InvalidUtf8(_)
        | Error::InvalidBase64(_)
        | Error::InvalidHandshake(_)
        | Error::InvalidJson(_)
        | Error::InvalidInteger(_) => Cause::NoPacket,
        _ => Cause::NoAnswer,
    }
}

fn engine(error: &Engine) -> Cause {
    match error {
        Engine::IncompleteHttp(status) => Cause::Status(*status),
        Engine::WebsocketError(WebSocket::Http(answer)) => Cause::Status(answer.status().as_u16()),
        Engine::IncompleteResponseFromReqwest(error) => error
            .status()
            .map_or(Cause::NoAnswer, |status| Cause::Status(status.as_u16())),
        Engine::InvalidPacketId(_)
        | Engine::IncompletePacket()
        | Engine::InvalidPacket()
        | Engine::InvalidUtf8(_)
        | Engine::InvalidBase64(_)
        | Engine::InvalidHandshake(_)
        | Engine::InvalidJson(_) => Cause::NoPacket,
        _ => Cause::NoAnswer,
    }
}

/// The library's text for a `CONNECT_ERROR` packet; the packet's data follows.
const REFUSED: &str = "Received an ConnectError frame: ";

/// What the target says, if the library's `error` event reports a `CONNECT_ERROR` packet; `None` if it reports a
/// broken connection.
pub(super) fn said(words: &str) -> Option<String> {
    let data = words.strip_prefix(REFUSED)?;
    Some(crate::wire::refusal(data).unwrap_or_else(|_| data.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn broken(words: &str) -> Error {
        let io = io::Error::new(io::ErrorKind::ConnectionRefused, words);
        Error::IncompleteResponseFromEngineIo(Engine::WebsocketError(WebSocket::Io(io)))
    }

    #[test]
    fn a_number_in_an_errors_text_is_no_status() {
        for words in [
            "127.0.0.1:40312",
            "503",
            "HTTP error: 401 Unauthorized",
            "InvalidPacketId",
        ] {
            assert_eq!(cause(&broken(words)), Cause::NoAnswer, "{words}");
            let io = Error::IncompleteIo(io::Error::other(words));
            assert_eq!(cause(&io), Cause::NoAnswer, "{words}");
        }
        let scheme = Error::InvalidUrlScheme("403".to_owned());
        assert_eq!(cause(&scheme), Cause::NoAnswer);
    }

    #[test]
    fn a_status_is_read_from_the_errors_structure() {
        for status in [400, 401, 403, 404, 429, 500, 503] {
            let answer = engineio_tungstenite::http::Response::builder().status(status);
            let answer = answer.body(None).expect("an answer");
            let socket = Engine::WebsocketError(WebSocket::Http(answer));
            for error in [socket, Engine::IncompleteHttp(status)] {
                let error = Error::IncompleteResponseFromEngineIo(error);
                assert_eq!(cause(&error), Cause::Status(status));
            }
        }
        let page = Error::IncompleteResponseFromEngineIo(Engine::InvalidPacketId(b'<'));
        assert_eq!(cause(&page), Cause::NoPacket);
    }

    #[test]
    fn only_a_packet_of_the_target_is_a_refusal() {
        let refused = |data: &str| said(&format!("{REFUSED}{data}"));
        assert_eq!(refused(r#"{"message":"no"}"#).as_deref(), Some("no"));
        assert_eq!(refused("no JSON").as_deref(), Some("no JSON"));
        assert_eq!(said("EngineIO Error"), None);
        assert_eq!(said("403"), None);
    }
}
