//! Streamed answers.

use wires::frame::Frame;
use wires::{How, Outgoing, SendError, StreamedAnswer, Wire};

use crate::dials::{dial, dialled, next, several, stream};
use crate::peer::{Asked, Peer, soon};

/// A wire, once `answer` has answered its request.
async fn answered<T>(how: How, answer: impl FnOnce(Asked) -> T, is_post: bool) -> (Wire, T) {
    let mut peer = Peer::listen().await;
    let url = peer.url.clone();
    let dialling = tokio::spawn(async move { dial(&url, how).await });
    let asked = match is_post {
        true => peer.post().await,
        false => peer.get().await,
    };
    let answer = answer(asked);
    (dialling.await.expect("a wire"), answer)
}

#[tokio::test]
async fn events_come_as_they_are_sent_and_go_on_after_the_last_id() {
    let (mut wire, pieces) = answered(
        stream(Some("7")),
        |asked| {
            assert_eq!(asked.header("last-event-id"), "7");
            assert_eq!(asked.header("accept"), "text/event-stream");
            asked.streams("text/event-stream; charset=utf-8")
        },
        false,
    )
    .await;
    assert_eq!(next(&mut wire).await, "answered=200");
    pieces.send("data: a\n\ndat").await.expect("a reader");
    assert_eq!(next(&mut wire).await, ":a:7");
    pieces
        .send("a: b\nid: 8\nevent: e\n\n")
        .await
        .expect("a reader");
    assert_eq!(next(&mut wire).await, "e:b:8");
    let sent = wire.send(Outgoing::Frame(Frame::text("a"))).await;
    assert!(matches!(sent, Err(SendError::Language(..))));
    drop(pieces);
    assert_eq!(several(&mut wire, 2).await, "Server: the answer ended end");
}

#[tokio::test]
async fn a_stream_that_breaks_says_what_was_left() {
    let answer = |asked: Asked| asked.streams("text/event-stream");
    let (mut wire, pieces) = answered(stream(None), answer, false).await;
    pieces
        .send("data: a\n\ndata: half")
        .await
        .expect("a reader");
    assert_eq!(several(&mut wire, 2).await, "answered=200 :a:");
    pieces.send("").await.expect("a reader");
    let said = several(&mut wire, 3).await;
    let left =
        "(the answer ended in the middle of a message: data: half) Nobody: the answer broke off";
    assert!(said.starts_with(left) && said.ends_with(" end"), "{said}");
}

#[tokio::test]
async fn an_answer_is_read_by_its_type() {
    let cases = [
        (
            "application/x-ndjson",
            "{\"a\":1}\nno\n{\"b\":2}",
            "{\"a\":1} (a line is not JSON: expected ident at line 1 column 2: no) {\"b\":2} Server: the answer ended",
        ),
        (
            "application/json",
            "{\"a\":\n1}",
            "{\"a\":\n1} Server: the answer ended end end",
        ),
        ("text/html", "<p>", "<p> Server: the answer ended end end"),
    ];
    for (kind, body, expected) in cases {
        let (mut wire, pieces) = answered(stream(None), |asked| asked.streams(kind), false).await;
        pieces.send(body).await.expect("a reader");
        drop(pieces);
        assert_eq!(next(&mut wire).await, "answered=200");
        assert_eq!(several(&mut wire, 4).await, expected, "{kind}");
    }
}

#[tokio::test]
async fn a_request_with_a_body_is_answered_or_refused() {
    let how = How::Stream(StreamedAnswer {
        method: "POST".to_owned(),
        body: Some(b"{}".to_vec()),
        last_event_id: None,
    });
    let answer = |asked: Asked| {
        let body = asked.body.clone();
        asked.says(405, "not here");
        body
    };
    let (mut wire, body) = answered(how, answer, true).await;
    assert_eq!(body, "{}");
    assert_eq!(several(&mut wire, 2).await, "refused 405 not here end");
}

#[tokio::test]
async fn a_refusal_without_an_end_keeps_its_status() {
    let answer = |asked: Asked| asked.streams_with(503, "text/plain");
    let (mut wire, _pieces) = answered(stream(None), answer, false).await;
    assert_eq!(several(&mut wire, 2).await, "refused 503  end");
}

#[tokio::test]
async fn what_cannot_be_sent_is_said_without_its_value() {
    let url = "http://127.0.0.1:1/".parse().expect("a URL");
    let error = dialled(&url, stream(Some("secret\n"))).await.map(|_| ());
    let error = error.expect_err("a header").to_string();
    assert_eq!(error, "the header \"last-event-id\" cannot be sent");
    let url = "ftp://127.0.0.1/".parse().expect("a URL");
    let error = dialled(&url, stream(None)).await.map(|_| ());
    let error = error.expect_err("a scheme").to_string();
    assert_eq!(error, "a request to `ftp:` cannot be sent");
}

#[tokio::test]
async fn a_closed_stream_is_dropped() {
    let answer = |asked: Asked| asked.streams("text/event-stream");
    let (mut wire, pieces) = answered(stream(None), answer, false).await;
    soon(wire.close()).await;
    assert_eq!(several(&mut wire, 2).await, "answered=200 end");
    soon(pieces.closed()).await;
}
