//! Polling: reading does not wait for posting.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use probe::{OpenOptions, Opened, Tab, Transport};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::observing::WITHIN;
use crate::server::{browser, request};

/// A gate that is opened once and stays open.
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

/// A polling server that accepts a post only after its next answer was fetched, and gives its last answer only after
/// the first event was posted.
struct TakesLate {
    says: Mutex<Vec<String>>,
    ready_fetched: Gate,
    all_fetched: Gate,
    emitted: Gate,
}

impl TakesLate {
    async fn start(last: String) -> SocketAddr {
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

    /// The answer to a poll, and the gate that it opens.
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

/// If reading waited for posting, the client and the server would wait for each other.
#[tokio::test(flavor = "multi_thread")]
async fn events_are_read_while_posts_are_on_their_way() {
    const MANY: usize = 600;
    let mut last = vec!["42[\"popup\"]"; MANY];
    last.push("42[\"end\"]");
    let address = TakesLate::start(last.join("\u{1e}")).await;
    let browser = browser(address);
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
        tokio::spawn(async move { tab.emit("hello", Vec::new(), None).await });
    }
    let came = tab.wait_for("end", None, 1, WITHIN).await;
    assert_eq!(came, Ok(()));
    tab.cut().await;
}
