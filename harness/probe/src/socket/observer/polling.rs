//! Polling: a transport over HTTP requests, and the pump that moves its frames.
//!
//! At most one GET and one POST are in flight at a time.

use evidence::Place;
use futures_util::future::OptionFuture;
use reqwest::{Client, StatusCode, Url};

use super::link::{EndedBy, Link, Order, PumpEnd, pair};
use crate::error::innermost;
use crate::excerpt;
use crate::http::body::{self, Text};
use crate::http::browser::Browser;
use crate::recording::LONGEST;
use crate::socket::closing::Closing;
use crate::socket::connection::Opening;
use crate::socket::handshake::{Handshake, handshake};
use crate::socket::options::OpenOptions;
use crate::wire::Packet;

/// Who ended the transport, and how.
type End = (EndedBy, Closing);

/// Connects; the handshake's status is the target's refusal.
pub(super) async fn connect(
    browser: &Browser,
    options: &OpenOptions,
    place: &Place,
) -> Opening<Link> {
    let Handshake { http, url, answer } = handshake(browser, options, place).await?;
    let first = match answer {
        Ok(first) => first,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut url = url;
    if let Ok(Packet::Open { sid }) = Packet::parse(&first) {
        url.query_pairs_mut().append_pair("sid", &sid);
    }
    let (link, end) = pair();
    tokio::spawn(pump(http, url, first, end));
    Ok(Ok(link))
}

/// Polls repeatedly, and posts orders in the meantime.
async fn pump(http: Client, url: Url, first: String, mut end: PumpEnd) {
    if end.to_conversation.send(first).await.is_err() {
        return;
    }
    let poll = || Box::pin(poll(http.clone(), url.clone()));
    let (mut polled, mut posted) = (poll(), None);
    let (mut stalled, mut broken_post) = (false, None::<End>);
    loop {
        tokio::select! {
            body = &mut polled, if !stalled => {
                let body = match body {
                    Ok(body) => body,
                    Err(how) => {
                        let (by, how) = broken_post.unwrap_or(how);
                        return end.ending.say(by, how);
                    }
                };
                // A body that was cut is not parsed. Only its markers go into the history.
                let unread = unread(&body);
                let packets = body.text.split('\u{1e}').filter(|_| unread.is_none());
                for packet in packets.chain(unread.as_deref()) {
                    if end.to_conversation.send(packet.to_owned()).await.is_err() {
                        return;
                    }
                }
                if !body.cut.is_empty() {
                    return end.ending.say(EndedBy::Harness, body.cut.into());
                }
                polled = poll();
            }
            // While a slow post is on its way, polls go on.
            Some(taken) = OptionFuture::from(posted.as_mut()) => {
                posted = None;
                if let Err((by, how)) = taken {
                    if stalled {
                        return end.ending.say(by, how);
                    }
                    // The server's last packets still have to be read.
                    broken_post = Some((by, how));
                }
            }
            order = end.orders.recv(), if posted.is_none() => match order {
                Some(Order::Text(_)) if broken_post.is_some() => {}
                Some(Order::Text(text)) => posted = Some(Box::pin(post(&http, &url, text))),
                Some(Order::Close) => {
                    let _ = post(&http, &url, "41".to_owned()).await;
                    let _ = post(&http, &url, "1".to_owned()).await;
                    return;
                }
                Some(Order::Stall(stall)) => stalled = stall,
                None => return,
            },
        }
    }
}

async fn poll(http: Client, url: Url) -> Result<Text, End> {
    let answer = http.get(url).send().await;
    let answer = answer.map_err(|error| broken("poll", &error))?;
    let status = answer.status();
    let body = body::read_up_to(LONGEST, answer).await;
    let body = body.map_err(|error| broken("poll", &error))?;
    if status.is_success() {
        return Ok(body);
    }
    Err(refused("poll", status, &body.text))
}

/// For a body that was cut: a frame that is not a packet, says why, and contains every marker that was seen.
fn unread(body: &Text) -> Option<String> {
    if body.cut.is_empty() {
        return None;
    }
    let beyond = excerpt::with_markers(&body.cut, &body.text);
    let markers: Vec<&str> = body.markers.iter().map(String::as_str).collect();
    Some(format!("{beyond}\n{}", markers.join("\n")))
}

/// Posts packets. The error says how the server refused them.
async fn post(http: &Client, url: &Url, text: String) -> Result<(), End> {
    let request = http
        .post(url.clone())
        .header("content-type", "text/plain;charset=UTF-8");
    let answer = request.body(text).send().await;
    let answer = answer.map_err(|error| broken("post", &error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let body = body::read(answer).await.unwrap_or_default();
    Err(refused("post", status, &body.text))
}

fn refused(what: &str, status: StatusCode, text: &str) -> End {
    let how = format!(
        "a {what} was answered with status {} {}",
        status.as_u16(),
        excerpt::with_markers(&excerpt::start(text), text)
    );
    (EndedBy::Server, how.into())
}

fn broken(what: &str, error: &reqwest::Error) -> End {
    (
        EndedBy::Nobody,
        format!("a {what} broke: {}", innermost(error)).into(),
    )
}
