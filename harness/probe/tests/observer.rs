//! The observer against a scripted server: it keeps every frame as it came, whatever comes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use evidence::{History, Scene, What};
use futures_util::{SinkExt, StreamExt};
use probe::{
    Ask, Browser, ClientKind, Meter, OpenOptions, Opened, ProbeError, Reading, Recorder,
    RecorderError, Site, Tab, Target, Transport,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

const WITHIN: Duration = Duration::from_secs(10);

/// Serves one WebSocket: answers `40` with the connect and `ready`, then plays the frames.
async fn scripted(frames: Vec<Message>) -> Arc<Site> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut socket = tokio_tungstenite::accept_async(stream)
            .await
            .expect("a WebSocket");
        socket
            .send(Message::text("0{\"sid\":\"s1\",\"pingInterval\":25000}"))
            .await
            .expect("sent");
        while socket
            .next()
            .await
            .expect("open")
            .expect("a message")
            .into_text()
            .expect("text")
            .as_str()
            != "40"
        {}
        let ready = ["40{\"sid\":\"s1\"}", "42[\"ready\",{\"seq\":7}]"].map(Message::text);
        for frame in ready.into_iter().chain(frames) {
            socket.send(frame).await.expect("sent");
        }
        // An emit is acknowledged with what was sent; one of `close` ends the connection without a word.
        while let Some(Ok(message)) = socket.next().await {
            let text = message.into_text().expect("text").as_str().to_owned();
            if let Some(rest) = text.strip_prefix("42") {
                if rest.contains("\"close\"") {
                    return;
                }
                let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
                socket
                    .send(Message::text(format!("43{id}[{{\"you\":\"said\"}}]")))
                    .await
                    .expect("sent");
            }
        }
    });
    let text = include_str!("../../../scenarios/targets/reference.yaml")
        .replace("http://127.0.0.1:5000", &format!("http://{address}"));
    Site::new(Target::parse(&text).expect("a target")).expect("a site")
}

fn scene() -> Scene {
    Scene {
        airtight_history: 1,
        scenario: "scripted".to_owned(),
        rules: Vec::new(),
        users: Vec::new(),
        expect: Vec::new(),
        seed: 1,
        leaks: std::collections::BTreeMap::new(),
        breaks: std::collections::BTreeMap::new(),
    }
}

/// Opens a tab, runs `what` on it, and gives what was written.
async fn observe(frames: Vec<Message>, what: impl AsyncFnOnce(&Tab)) -> Vec<What> {
    observe_with(frames, None, what).await
}

async fn observe_with(
    frames: Vec<Message>,
    meter: Option<Meter>,
    what: impl AsyncFnOnce(&Tab),
) -> Vec<What> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("history.jsonl");
    let (recorder, writing) =
        Recorder::start(&scene(), std::fs::File::create(&file).expect("a file")).expect("starts");
    {
        let site = scripted(frames).await;
        let browser = match meter {
            Some(meter) => Browser::metered(site, "desktop", recorder, meter),
            None => Browser::new(site, "desktop", recorder),
        };
        let Opened::Granted(tab) = Tab::open(&browser, "1", OpenOptions::default())
            .await
            .expect("opens")
        else {
            panic!("it was refused");
        };
        what(&tab).await;
        tab.close().await;
    }
    tokio::task::spawn_blocking(|| writing.finish())
        .await
        .expect("joins")
        .expect("written");
    let history =
        History::parse(&std::fs::read_to_string(&file).expect("text")).expect("a history");
    history
        .observations
        .into_iter()
        .map(|seen| seen.what)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_is_kept_as_it_came() {
    let frames = [
        "42[\"popup\",{\"info\":\"ä \\u00e4\"},{\"seq\":8}]",
        "no packet at all",
        "42[7]",
        "4299999999999999999999[]",
        "42[\"end\",{},{\"seq\":-1}]",
    ];
    let mut sent: Vec<Message> = frames.iter().map(|frame| Message::text(*frame)).collect();
    sent.insert(1, Message::binary(vec![0xff, b'x']));
    let seen = observe(sent, async |tab| {
        tab.wait_for("end", None, 1, WITHIN)
            .await
            .expect("it comes");
    })
    .await;
    assert_eq!(seen.first(), Some(&What::Joined { last_seq: Some(7) }));
    assert_eq!(seen.last(), Some(&What::Left { by_server: None }));
    let received: Vec<(&str, Option<u64>, &str)> = seen
        .iter()
        .filter_map(|what| match what {
            What::Received {
                event,
                number,
                frame,
            } => Some((event.as_str(), *number, frame.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        received,
        [
            ("popup", Some(8), frames[0]),
            ("(unreadable)", None, "\u{fffd}x"),
            ("(unreadable)", None, frames[1]),
            ("(unreadable)", None, frames[2]),
            ("(unreadable)", None, frames[3]),
            ("end", None, frames[4]),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_is_recorded() {
    let seen = observe(Vec::new(), async |tab| {
        let answer = tab
            .emit("hello", serde_json::json!({"a": 1}), None)
            .await
            .expect("recorded")
            .expect("acknowledged");
        assert_eq!(answer["you"], "said");
    })
    .await;
    let answered = What::Answered {
        asked: "emit hello".to_owned(),
        action: None,
        granted: true,
        frame: "431[{\"you\":\"said\"}]".to_owned(),
    };
    assert!(seen.contains(&answered), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_when_the_server_goes() {
    let seen = observe(vec![Message::text("41")], async |tab| {
        assert_eq!(tab.wait_for("never", None, 1, WITHIN).await, Err(0));
    })
    .await;
    // The server's close, and then the scenario's.
    let left = seen.iter().filter(|what| matches!(what, What::Left { .. }));
    assert_eq!(left.count(), 2);
}

/// How a tab left after these frames, and how it did when the scenario closed it.
async fn left_after(frame: Message) -> Vec<Option<String>> {
    let seen = observe(vec![frame], async |tab| {
        assert_eq!(tab.wait_for("never", None, 1, WITHIN).await, Err(0));
        assert!(tab.has_left(), "it waits for the close");
    })
    .await;
    let left = seen.into_iter().filter_map(|what| match what {
        What::Left { by_server } => Some(by_server),
        _ => None,
    });
    left.collect()
}

/// What is owed to a tab stays owed when the server closes it, and the finding says how it did.
#[tokio::test(flavor = "multi_thread")]
async fn a_close_by_the_server_is_recorded_with_its_words() {
    let close = |code: u16, reason: &str| {
        Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: reason.to_owned().into(),
        }))
    };
    let long = "x".repeat(100);
    let cases = [
        (Message::text("41"), "packet `41`".to_owned()),
        (Message::text("1"), "packet `1`".to_owned()),
        (
            Message::text("44{\"message\":\"no\"}"),
            "packet `44{\"message\":\"no\"}`".to_owned(),
        ),
        (
            close(1008, "policy"),
            "close frame 1008 (policy)".to_owned(),
        ),
        (close(1001, ""), "close frame 1001".to_owned()),
        (
            close(1008, &long),
            format!("close frame 1008 ({} …)", "x".repeat(80)),
        ),
        (
            Message::Close(None),
            "a close frame without a code".to_owned(),
        ),
    ];
    for (frame, how) in cases {
        // The scenario closes it afterwards: from then on nothing is owed.
        assert_eq!(left_after(frame).await, [Some(how), None]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_the_scenario_brought_about_is_its_own() {
    let left = |seen: Vec<What>| {
        seen.into_iter()
            .filter(|what| matches!(what, What::Left { .. }))
    };
    let seen = observe(Vec::new(), async |_| {}).await;
    assert_eq!(
        left(seen).collect::<Vec<_>>(),
        [What::Left { by_server: None }]
    );
    let seen = observe(Vec::new(), async |tab| tab.cut().await).await;
    assert_eq!(
        left(seen).collect::<Vec<_>>(),
        [What::Left { by_server: None }]
    );
    // The server answers the emit by a close, which the scenario has announced.
    let seen = observe(vec![Message::text("42[\"go\"]")], async |tab| {
        tab.wait_for("go", None, 1, WITHIN).await.expect("it comes");
        tab.ends_soon();
        let answer = tab.emit("close", serde_json::Value::Null, None).await;
        assert_eq!(answer.expect("recorded"), None);
        assert_eq!(tab.closed_by_server(), None);
    })
    .await;
    assert_eq!(
        left(seen).collect::<Vec<_>>(),
        [What::Left { by_server: None }]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_is_told_of_each_arrival() {
    let frames = [
        "42[\"popup\",{\"info\":\"x\"},{\"seq\":8,\"queued_at\":1000}]",
        "42[\"end\",{},{\"seq\":9}]",
    ];
    let (meter, mut readings) = Meter::new();
    let sent = frames.iter().map(|frame| Message::text(*frame)).collect();
    let until_end = async |tab: &Tab| {
        tab.wait_for("end", None, 1, WITHIN)
            .await
            .expect("it comes");
    };
    observe_with(sent, Some(meter), until_end).await;
    let mut seen = Vec::new();
    while let Some(reading) = readings.reading() {
        seen.push(reading);
    }
    assert!(
        matches!(seen[0], Reading::Opened { granted: true, .. }),
        "{seen:?}"
    );
    let arrivals: Vec<_> = seen[1..]
        .iter()
        .map(|reading| match reading {
            Reading::Arrived(arrival) => {
                assert!(arrival.received_at > 1000);
                (arrival.event.as_str(), arrival.number, arrival.queued_at)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        arrivals,
        [("popup", Some(8), Some(1000)), ("end", Some(9), None)]
    );
}

/// Of what is longer than any target sends nobody says that the server closed it.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_message_is_read_and_a_longer_one_ends_the_history() {
    let long = |mib: usize| format!("42[\"popup\",\"{}\"]", "x".repeat(mib << 20));
    let frames = [long(20), "42[\"end\"]".to_owned()].map(Message::text);
    let seen = observe(frames.to_vec(), async |tab| {
        tab.wait_for("end", None, 1, WITHIN)
            .await
            .expect("it comes");
    })
    .await;
    let longest = seen.iter().map(|what| match what {
        What::Received { frame, .. } => frame.len(),
        _ => 0,
    });
    assert!(longest.max() > Some(20 << 20));
    assert_eq!(seen.last(), Some(&What::Left { by_server: None }));

    let site = scripted(vec![Message::text(long(65))]).await;
    let (recorder, writing) = Recorder::start(&scene(), std::io::sink()).expect("starts");
    let browser = Browser::new(site, "desktop", recorder);
    let opened = Tab::open(&browser, "1", OpenOptions::default()).await;
    let Ok(Opened::Granted(tab)) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(tab.wait_for("popup", None, 1, WITHIN).await, Err(0));
    assert_eq!(tab.closed_by_server(), None);
    drop((tab, browser));
    let written = tokio::task::spawn_blocking(|| writing.finish()).await;
    let written = written.expect("joins");
    assert!(
        matches!(written, Err(RecorderError::TooLong)),
        "{written:?}"
    );
}

/// Reads one HTTP request; gives its method and its body.
async fn request(stream: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    stream.read_exact(&mut body).await?;
    let method = head.split(' ').next().unwrap_or_default().to_owned();
    Ok((method, String::from_utf8_lossy(&body).into_owned()))
}

/// Opens when it is told to, and stays open.
struct Gate(Semaphore);

impl Gate {
    const fn shut() -> Self {
        Self(Semaphore::const_new(0))
    }

    fn open(&self) {
        self.0.add_permits(1);
    }

    async fn pass(&self) {
        let permit = self.0.acquire().await.expect("never closed");
        drop(permit);
    }
}

/// A server over polling that takes a post only once what it has to say next was fetched, and says the last of it
/// only once the first event was posted.
struct TakesLate {
    says: Mutex<Vec<String>>,
    ready_fetched: Gate,
    all_fetched: Gate,
    emitted: Gate,
}

impl TakesLate {
    async fn start(last: String) -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let ready = "40{\"sid\":\"s1\"}\u{1e}42[\"ready\",{\"seq\":7}]";
        let open = "0{\"sid\":\"s1\",\"pingInterval\":25000}";
        let server = Arc::new(Self {
            says: Mutex::new(vec![last, ready.to_owned(), open.to_owned()]),
            ready_fetched: Gate::shut(),
            all_fetched: Gate::shut(),
            emitted: Gate::shut(),
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&server).serve(stream));
            }
        });
        address
    }

    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        while let Ok((method, posted)) = request(&mut stream).await {
            let (body, then) = match method.as_str() {
                "get" => self.next().await,
                _ => (self.take(&posted).await, None),
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            then.into_iter().for_each(Gate::open);
        }
    }

    /// What a poll is answered with, and what it opens.
    async fn next(&self) -> (String, Option<&Gate>) {
        let (next, left) = {
            let mut says = self.says.lock().expect("whole");
            (says.pop(), says.len())
        };
        match next {
            None => std::future::pending().await,
            Some(last) if left == 0 => {
                self.emitted.pass().await;
                (last, Some(&self.all_fetched))
            }
            Some(ready) if left == 1 => (ready, Some(&self.ready_fetched)),
            Some(open) => (open, None),
        }
    }

    async fn take(&self, posted: &str) -> String {
        if posted.starts_with("42") {
            self.emitted.open();
            self.all_fetched.pass().await;
        } else {
            self.ready_fetched.pass().await;
        }
        "ok".to_owned()
    }
}

/// Each of the two waits for the other where what is read waits for what is posted.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_posts_are_on_their_way_is_read() {
    const MANY: usize = 600;
    let mut last = vec!["42[\"popup\"]"; MANY];
    last.push("42[\"end\"]");
    let address = TakesLate::start(last.join("\u{1e}")).await;
    let text = include_str!("../../../scenarios/targets/reference.yaml")
        .replace("http://127.0.0.1:5000", &format!("http://{address}"));
    let site = Site::new(Target::parse(&text).expect("a target")).expect("a site");
    let (recorder, _writing) = Recorder::start(&scene(), std::io::sink()).expect("starts");
    let browser = Browser::new(site, "desktop", recorder);
    let options = OpenOptions {
        transport: Transport::Polling,
        ..OpenOptions::default()
    };
    let opened = Tab::open(&browser, "1", options).await;
    let Ok(Opened::Granted(tab)) = opened else {
        panic!("{opened:?}");
    };
    for _ in 0..MANY {
        let tab = tab.clone();
        tokio::spawn(async move { tab.emit("hello", serde_json::Value::Null, None).await });
    }
    let came = tab.wait_for("end", None, 1, WITHIN).await;
    assert_eq!(came, Ok(()));
    tab.cut().await;
}

/// A server that answers, and closes a connection that is idle for longer than a second: just when the next request
/// comes on it.
async fn closes_idle() -> std::net::SocketAddr {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut answered = Instant::now();
                while request(&mut stream).await.is_ok() && answered.elapsed() < IDLE {
                    if stream.write_all(ANSWER).await.is_err() {
                        return;
                    }
                    answered = Instant::now();
                }
            });
        }
    });
    address
}

/// More than a second.
const IDLE: Duration = Duration::from_millis(1100);

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_a_server_may_be_closing_is_not_used() {
    let address = closes_idle().await;
    let text = include_str!("../../../scenarios/targets/reference.yaml")
        .replace("http://127.0.0.1:5000", &format!("http://{address}"));
    let site = Site::new(Target::parse(&text).expect("a target")).expect("a site");
    let (recorder, _writing) = Recorder::start(&scene(), std::io::sink()).expect("starts");
    let browser = Browser::new(site, "desktop", recorder);
    let ask = Ask {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        ..Ask::default()
    };
    for _ in 0..2 {
        let answer = browser.request(&ask).await.expect("answered");
        assert_eq!(answer.body, "ok");
        // The connection stands idle.
        tokio::time::sleep(IDLE).await;
    }
}

/// Answers every request with the same, and ends the connection.
async fn stubborn(answer: &'static str) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                stream.write_all(answer.as_bytes()).await?;
                stream.shutdown().await
            });
        }
    });
    address
}

/// How the library's client ends at this address: `refused: WORDS`, or `no connection`.
async fn library(address: std::net::SocketAddr, transport: Transport) -> String {
    let text = include_str!("../../../scenarios/targets/reference.yaml")
        .replace("http://127.0.0.1:5000", &format!("http://{address}"));
    let site = Site::new(Target::parse(&text).expect("a target")).expect("a site");
    let scene = include_str!("../../../deploy/checks/tests/deployment/scene.json");
    let scene: Scene = serde_json::from_str(scene).expect("a scene");
    let (recorder, _writing) = Recorder::start(&scene, std::io::sink()).expect("starts");
    let browser = Browser::new(site, "desktop", recorder);
    let options = OpenOptions {
        client: ClientKind::RustSocketio,
        transport,
        ..OpenOptions::default()
    };
    match Tab::open(&browser, "1", options).await {
        Ok(Opened::Refused(words)) => format!("refused: {words}"),
        Ok(Opened::Granted(_)) => "granted".to_owned(),
        Err(ProbeError::NoConnection { .. }) => "no connection".to_owned(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_is_refused_by_a_status_and_by_nothing_else() {
    const PAGE: &str = "content-length: 4\r\nconnection: close\r\n\r\npage";
    let transports = [Transport::Websocket, Transport::Polling];
    for transport in transports {
        let refusing =
            stubborn("HTTP/1.1 429 No\r\ncontent-length: 4\r\nconnection: close\r\n\r\npage");
        let ended = library(refusing.await, transport).await;
        assert!(ended.starts_with("refused: status 429"), "{ended}");
        // A reset is no refusal, and neither is a port that has the digits of one.
        let resetting = stubborn("").await;
        assert_eq!(library(resetting, transport).await, "no connection");
        for port in [403, 40312, 50300] {
            let nobody = std::net::SocketAddr::from(([127, 0, 0, 1], port));
            if std::net::TcpListener::bind(nobody).is_ok() {
                assert_eq!(library(nobody, transport).await, "no connection");
            }
        }
    }
    let page: &'static str = format!("HTTP/1.1 200 OK\r\n{PAGE}").leak();
    let ended = library(stubborn(page).await, Transport::Polling).await;
    assert_eq!(ended, "no connection");
    // The library asks without an end where a refusal over polling has no body.
    let empty = "HTTP/1.1 403 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let ended = library(stubborn(empty).await, Transport::Polling).await;
    assert_eq!(ended, "refused: status 403");
}
