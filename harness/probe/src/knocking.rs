//! Asking a target whether it answers, outside of any history, with something that costs it little.
//!
//! That is a page. A server that has a socket and nothing else never answers for a page (a plain `createServer()` of
//! Node does not even refuse it); there a connection is asked for that every library refuses at once, and that opens
//! nothing: one of Engine.IO by a transport that does not exist, or a WebSocket of a version that does not.

use std::time::Duration;

use reqwest::header::{CONNECTION, UPGRADE};
use reqwest::{RequestBuilder, StatusCode};
use targets::file::socket::Protocol;
use targets::language::step::{Act, Method};
use tokio::select;
use tokio::time::sleep;

use crate::door::Door;
use crate::error::ProbeError;
use crate::lock::lock;
use crate::site::Site;

/// How long a page may take before the socket is asked as well.
const PATIENT: Duration = Duration::from_millis(500);

/// What was asked, and the status of the answer.
#[derive(Debug)]
pub(crate) struct Knocked {
    pub(crate) asked: String,
    pub(crate) answer: Result<StatusCode, reqwest::Error>,
}

impl Site {
    /// Asks the target once. Whatever comes back shows that somebody is there.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn knock(&self) -> Result<(), ProbeError> {
        let Knocked { asked, answer } = self.knocked(None).await?;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => Err(ProbeError::NoAnswer {
                asked,
                why: walk::innermost(&error).to_string(),
                is_late: error.is_timeout(),
                is_sent: !error.is_connect(),
            }),
        }
    }

    /// Asks the target once, and waits no longer than this for the answer.
    pub(crate) async fn knocked(&self, longest: Option<Duration>) -> Result<Knocked, ProbeError> {
        let sent = async |(asked, request): (String, RequestBuilder)| {
            let request = match longest {
                Some(longest) => request.timeout(longest),
                None => request,
            };
            let answer = request.send().await.map(|answer| answer.status());
            Knocked { asked, answer }
        };
        let page = self.page()?;
        let door = *lock(&self.door);
        let (door, knocked) = match (door, self.handshake()) {
            (Door::Page, _) | (_, None) => (Door::Page, sent(page).await),
            (Door::Socket, Some(handshake)) => (Door::Socket, sent(handshake).await),
            (Door::Unknown, Some(handshake)) => {
                let socket = async {
                    sleep(PATIENT).await;
                    sent(handshake).await
                };
                tokio::pin!(socket);
                select! {
                    biased;
                    page = sent(page) => (Door::Page, page),
                    socket = &mut socket => (Door::Socket, socket),
                }
            }
        };
        if knocked.answer.is_ok() {
            *lock(&self.door) = door;
        }
        Ok(knocked)
    }

    /// A page that costs the target little: its health, a public page, the page of its login, or the root.
    fn page(&self) -> Result<(String, RequestBuilder), ProbeError> {
        let target = self.target();
        let surfaces = ["health", "public page"].into_iter().filter_map(|name| {
            let found = target.surfaces.iter().find(|(known, _)| known == name);
            found
                .and_then(|(_, surface)| surface.as_ref())
                .map(|surface| &surface.step)
        });
        let steps = surfaces.chain(target.login.iter().flatten());
        let mut pages = steps.filter_map(|step| match &step.act {
            Some(Act::Request(request)) if request.method == Method::Get => {
                request.path.plain().map(str::to_owned)
            }
            _ => None,
        });
        let page = pages.next().unwrap_or_else(|| "/".to_owned());
        let asked = format!("GET {page}");
        match self.base().join(&page) {
            Ok(url) => Ok((asked, self.walk.http().get(url))),
            Err(_) => Err(ProbeError::Unsendable(asked)),
        }
    }

    /// A connection of the first socket that nobody grants, where its path is always the same.
    fn handshake(&self) -> Option<(String, RequestBuilder)> {
        let (_, socket) = self.target().sockets.first()?;
        let socket = Some(socket).filter(|socket| socket.url.is_none())?;
        let path = match &socket.path {
            Some(path) => path.plain()?,
            None => socket.protocol.usual_path(),
        };
        let mut url = self.base().join(path).ok()?;
        let http = self.walk.http();
        let request = match socket.protocol {
            Protocol::Sse => return None,
            Protocol::SocketIo => {
                url.set_query(Some("EIO=4&transport=none"));
                http.get(url)
            }
            Protocol::WebSocket => http
                .get(url)
                .header(CONNECTION, "Upgrade")
                .header(UPGRADE, "websocket")
                .header("Sec-WebSocket-Version", "0")
                .header("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        };
        Some((format!("GET {path}"), request))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// Answers what `is_known` accepts, and nothing else, ever.
    async fn serve(stream: TcpStream, is_known: fn(&str) -> bool) {
        let mut stream = stream;
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            if is_known(&String::from_utf8_lossy(&buffer[..length])) {
                let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer.as_bytes()).await.expect("a client");
            }
        }
    }

    /// Where somebody answers at such a server, and what the last question was.
    async fn door_of(socket: &str, is_known: fn(&str) -> bool) -> (Door, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, is_known));
            }
        });
        let actions = "actions: {say: {do: {post: /say, json: ['{marker}']}}}";
        let target = format!("target: x\nlogin: none\n{actions}\n{socket}\n");
        let mut target = targets::parse(&target).expect("a target");
        target.base = Some(format!("http://{address}").parse().expect("an address"));
        let site = Site::new(target).expect("a site");
        let longest = Some(Duration::from_secs(10));
        site.knocked(longest).await.expect("a question");
        let last = site.knocked(longest).await.expect("a question");
        assert_eq!(last.answer.ok(), Some(StatusCode::BAD_REQUEST));
        serving.abort();
        let door = *lock(&site.door);
        (door, last.asked)
    }

    #[tokio::test]
    async fn a_server_without_pages_is_asked_for_a_connection() {
        let socket = |path: &str| (Door::Socket, format!("GET {path}"));
        let target = "socket: {}";
        let of_engine = |request: &str| request.starts_with("GET /socket.io/?EIO=4&transport=none");
        assert_eq!(door_of(target, of_engine).await, socket("/socket.io/"));
        let target = "socket: {protocol: websocket, path: /ws}";
        let of_version = |request: &str| {
            request.starts_with("GET /ws ") && request.contains("sec-websocket-version: 0")
        };
        assert_eq!(door_of(target, of_version).await, socket("/ws"));
    }

    #[tokio::test]
    async fn a_server_with_pages_is_asked_for_one() {
        let door = door_of("socket: {}", |request| request.starts_with("GET / ")).await;
        assert_eq!(door, (Door::Page, "GET /".to_owned()));
    }
}
