//! What an error of `rust_socketio` means: a refusal, an answer that is not a packet, or a broken connection.
//!
//! This is read from the structure of the error and never from its text, which may contain anything: an address, a
//! port. Only where the library gives a text and no more, its beginning has to do.

use engineio_tungstenite::Error as WebSocket;
use engineio_tungstenite::http::Response;
use rust_engineio::Error as Engine;
use rust_socketio::Error;
use serde_json::Value;

use crate::bounds::BODY;
use crate::incoming::Answer;

/// Why the library has no connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The server answered with this, as far as the library shows it.
    Refused(Answer),
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
        Engine::IncompleteHttp(status) => refused(*status),
        Engine::WebsocketError(WebSocket::Http(answer)) => Cause::Refused(shown(answer)),
        Engine::IncompleteResponseFromReqwest(error) => error
            .status()
            .map_or(Cause::NoAnswer, |status| refused(status.as_u16())),
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

fn refused(status: u16) -> Cause {
    Cause::Refused(Answer {
        status,
        ..Answer::default()
    })
}

/// The answer to a WebSocket's handshake, with what came of its body together with its head.
fn shown(answer: &Response<Option<Vec<u8>>>) -> Answer {
    let headers = answer.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let body = answer.body().as_deref().unwrap_or_default();
    let body = body.get(..BODY).unwrap_or(body);
    Answer {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(body).into_owned(),
    }
}

/// The library's text for a `CONNECT_ERROR` packet; the packet's data follows.
const REFUSED: &str = "Received an ConnectError frame: ";

/// How the texts begin that the library itself gives to an `error` event. The server may have an event of this name,
/// too, and that comes to the same callback.
const LIBRARYS: [&str; 17] = [
    REFUSED,
    "Invalid packet id: ",
    "Error while parsing an incomplete packet",
    "Got an invalid packet which did not follow the protocol format",
    "An error occurred while decoding the utf-8 text: ",
    "An error occurred while encoding/decoding base64: ",
    "Invalid Url during parsing",
    "Invalid Url Scheme: ",
    "Got illegal handshake response: ",
    "Called an action before the connection was established",
    "string is not json serializable: ",
    "A lock was poisoned",
    "Got an IO-Error: ",
    "Error while parsing an integer",
    "EngineIO Error",
    "Invalid packet type while reading attachments",
    "Underlying Engine.IO connection has closed",
];

/// Those of them that say that it could not read what came. Over polling it takes each piece of an answer for a whole
/// one, so that a sound answer in two pieces cannot be read either.
const UNREAD: [&str; 7] = [
    "Invalid packet id: ",
    "Error while parsing an incomplete packet",
    "Got an invalid packet which did not follow the protocol format",
    "An error occurred while decoding the utf-8 text: ",
    "An error occurred while encoding/decoding base64: ",
    "string is not json serializable: ",
    "Error while parsing an integer",
];

/// Whether the library says that it could not read what came.
pub(super) fn cannot_read(words: &str) -> bool {
    UNREAD.iter().any(|start| words.starts_with(start))
}

/// Whether the only argument of an `error` event is the library's.
pub(super) fn is_librarys(words: &str) -> bool {
    LIBRARYS.iter().any(|start| words.starts_with(start))
}

/// What the server says, and the text of it in the packet, if the words report a `CONNECT_ERROR` packet; `None` if they
/// report anything else.
pub(super) fn said(words: &str) -> Option<(Value, &str)> {
    let data = words.strip_prefix(REFUSED)?;
    let value = serde_json::from_str(data).unwrap_or_else(|_| Value::from(data));
    Some((value, data))
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde_json::json;

    use super::*;

    fn broken(words: &str) -> Error {
        let io = io::Error::new(io::ErrorKind::ConnectionRefused, words);
        Error::IncompleteResponseFromEngineIo(Engine::WebsocketError(WebSocket::Io(io)))
    }

    #[test]
    fn what_the_library_cannot_read_is_told_from_what_broke() {
        let unread =
            "string is not json serializable: EOF while parsing a list at line 1 column 67";
        assert!(cannot_read(unread));
        assert!(!cannot_read("EngineIO Error"));
        assert!(UNREAD.iter().all(|words| LIBRARYS.contains(words)));
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
    fn a_refusal_is_read_from_the_errors_structure() {
        for status in [400, 401, 403, 404, 429, 500, 503] {
            let answer = Response::builder().status(status).header("x-why", "full");
            let answer = answer.body(Some(b"no".to_vec())).expect("an answer");
            let socket = Engine::WebsocketError(WebSocket::Http(answer));
            let error = Error::IncompleteResponseFromEngineIo(socket);
            let expected = Answer {
                status,
                headers: vec![("x-why".to_owned(), "full".to_owned())],
                body: "no".to_owned(),
            };
            assert_eq!(cause(&error), Cause::Refused(expected));
            let error = Error::IncompleteResponseFromEngineIo(Engine::IncompleteHttp(status));
            assert_eq!(cause(&error), refused(status));
        }
        let page = Error::IncompleteResponseFromEngineIo(Engine::InvalidPacketId(b'<'));
        assert_eq!(cause(&page), Cause::NoPacket);
    }

    #[test]
    fn only_a_packet_of_the_server_is_a_refusal() {
        let words = format!("{REFUSED}{}", r#"{"message":"no"}"#);
        let expected = (json!({"message": "no"}), r#"{"message":"no"}"#);
        assert_eq!(said(&words), Some(expected));
        let words = format!("{REFUSED}no JSON");
        assert_eq!(said(&words), Some((json!("no JSON"), "no JSON")));
        assert_eq!(said("EngineIO Error"), None);
        assert_eq!(said("403"), None);
    }

    #[test]
    fn the_librarys_words_are_told_from_a_servers() {
        let no_json = serde_json::from_str::<Value>("{").expect_err("no JSON");
        let no_number = "x".parse::<u8>().expect_err("no number");
        for error in [
            broken("x"),
            Error::InvalidPacketId('x'),
            Error::IncompletePacket(),
            Error::InvalidPacket(),
            Error::InvalidHandshake("x".to_owned()),
            Error::IllegalActionBeforeOpen(),
            Error::InvalidJson(no_json),
            Error::IncompleteIo(io::Error::other("x")),
            Error::InvalidInteger(no_number),
            Error::InvalidAttachmentPacketType(7),
            Error::StoppedEngineIoSocket,
        ] {
            assert!(is_librarys(&error.to_string()), "{error}");
        }
        assert!(!is_librarys("no such room"));
    }
}
