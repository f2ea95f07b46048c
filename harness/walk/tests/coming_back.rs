//! A tab that was cut gets what it missed in an acknowledgement, and everything is seen in its order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use socketioxide::layer::SocketIoLayer;
use tokio::net::TcpListener;
use walk::{Answer, Browser, Near, OpenWay, Sight, Site, Whereabouts, Witness};

const TARGET: &str = r#"
target: numbered news
login: none
open: [{connect: {}}, {await: {event: ready}}]
socket:
  path: /socket.io/
  resume:
    last: [$2/seq, {event: ready, at: /seq}]
    open:
      - {connect: {}}
      - {await: {event: ready}, keep: {was: /visit}}
      - {emit: [resume, {last_seq: "{last}", visit: "{was}"}], granted: {ack: {/missed: present}},
         delivers: {ack: /missed/*}}
actions:
  settle: {marked: false, do: {await: {event: settled}}}
"#;

/// What came, in the order in which it was seen.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<String>>);

impl Seen {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("unpoisoned"))
    }
}

impl Witness for Seen {
    fn see(&self, _: &Whereabouts, sight: &Sight<'_>) {
        if let Sight::Heard { came, waited, .. } = sight
            && let Some(event) = &came.event
        {
            let number = came.arguments.get(1).map(|meta| meta["seq"].to_string());
            let told = format!("{event} {} {waited}", number.unwrap_or_default());
            self.0.lock().expect("unpoisoned").push(told);
        }
    }
}

/// The first visit hears 6 and 7; the second hears 10 before it asks for what it missed.
fn on_connect(visits: &Mutex<u64>, asked: &Arc<Mutex<Vec<Value>>>, socket: &SocketRef) {
    let visit = {
        let mut visits = visits.lock().expect("unpoisoned");
        *visits += 1;
        *visits
    };
    let news = |number: u64| {
        let _ = socket.emit("news", &(json!({}), json!({ "seq": number })));
    };
    if visit == 1 {
        let _ = socket.emit("ready", &json!({ "seq": 5, "visit": visit }));
        news(6);
        news(7);
        let _ = socket.emit("settled", &json!({}));
        return;
    }
    news(10);
    let _ = socket.emit("ready", &json!({ "seq": 10, "visit": visit }));
    let asked = Arc::clone(asked);
    socket.on(
        "resume",
        move |Data::<Value>(ask), ack: AckSender| async move {
            asked.lock().expect("unpoisoned").push(ask);
            let event = |number: u64| json!(["news", {}, { "seq": number }]);
            let _ = ack.send(&json!({ "missed": [event(8), event(9)] }));
        },
    );
}

/// A server on a port of its own, and the site that a target file describes there.
async fn serve(layer: SocketIoLayer, target: &str) -> Arc<Site> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let router = axum::Router::new().layer(layer);
        axum::serve(listener, router).await.expect("serving");
    });
    let target = targets::parse(target).expect("a target");
    let way = Box::new(reqwest::Client::builder);
    Site::new(target, base.parse().expect("a URL"), way).expect("a site")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_seen_before_what_is_newer() {
    let (layer, io) = SocketIo::new_layer();
    let asked: Arc<Mutex<Vec<Value>>> = Arc::default();
    let (told, visits) = (Arc::clone(&asked), Arc::new(Mutex::new(0)));
    io.ns("/", move |socket: SocketRef| {
        on_connect(&visits, &told, &socket);
        std::future::ready(())
    });
    let site = serve(layer, TARGET).await;
    let seen = Arc::new(Seen::default());
    let witness: Arc<dyn Witness> = Arc::clone(&seen) as Arc<dyn Witness>;
    let browser = Browser::new(&site, "desktop", None, &witness);
    let (tab, told) = browser.open("1", &OpenWay::default()).await.expect("open");
    assert_eq!(told.answer, Answer::Yes);
    let (name, action) = &site.target.actions[0];
    let settled = tab.act(name, action, None, &BTreeMap::new(), "").await;
    assert_eq!(settled.expect("heard").told.answer, Answer::Yes);
    tab.cut().await.expect("our own client");
    let first = seen.take();
    assert_eq!(
        first,
        [
            "ready  false",
            "news 6 false",
            "news 7 false",
            "settled  false"
        ]
    );

    let told = tab.come_back(&OpenWay::default()).await.expect("back");
    assert_eq!(told.answer, Answer::Yes);
    // Asked by what was had before the cut, and after the `ready` of this visit.
    let asked = asked.lock().expect("unpoisoned").clone();
    assert_eq!(asked, [json!({ "last_seq": 7, "visit": 2 })]);
    let second = seen.take();
    assert_eq!(
        second,
        [
            "news 8 true",
            "news 9 true",
            "news 10 false",
            "ready  false"
        ]
    );
}

const OF_A_TAB: &str = r#"
target: pages that name themselves
login: none
open: {connect: {auth: {page: "{new uuid}", visit: "{new uuid}"}}}
socket: {path: /socket.io/, resume: connection-state}
actions: {}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_comes_back_with_the_ids_that_it_made() {
    let (layer, io) = SocketIo::new_layer();
    let named: Arc<Mutex<Vec<Value>>> = Arc::default();
    let told = Arc::clone(&named);
    io.ns("/", move |Data::<Value>(auth)| {
        told.lock().expect("unpoisoned").push(auth);
        std::future::ready(())
    });
    let site = serve(layer, OF_A_TAB).await;
    let witness: Arc<dyn Witness> = Arc::new(Seen::default());
    let browser = Browser::new(&site, "desktop", None, &witness);
    let (tab, _) = browser.open("1", &OpenWay::default()).await.expect("open");
    tab.cut().await.expect("our own client");
    tab.come_back(&OpenWay::default()).await.expect("back");
    let (other, _) = browser.open("2", &OpenWay::default()).await.expect("open");
    tab.close().await;
    other.close().await;

    let named = named.lock().expect("unpoisoned").clone();
    let [first, again, other] = named.as_slice() else {
        panic!("three handshakes: {named:?}")
    };
    assert_eq!(first, again);
    assert_ne!(first["page"], first["visit"]);
    assert_ne!(first["page"], other["page"]);
}

#[test]
fn a_session_too_short_to_forge_is_not_handed_out() {
    let text = "target: x\nusers: {amy: {token: abc}, bob: {token: 0123456789abcdef}}\nlogin: {get: /, keep: {token: /token}}\nsession: {kept: token}\nsocket: none\nactions: {}\n";
    let target = targets::parse(text).expect("a target");
    let base = "http://127.0.0.1:1/".parse().expect("a URL");
    let site = Site::new(target, base, Box::new(reqwest::Client::builder)).expect("a site");
    let witness: Arc<dyn Witness> = Arc::new(Seen::default());
    let browser = |who| Browser::new(&site, "desktop", who, &witness);
    let forger = browser(None);
    assert!(!forger.forge(&browser(Some(("amy", ""))), Near::End));
    assert_eq!(forger.kept("token"), None);
    assert!(forger.forge(&browser(Some(("bob", ""))), Near::End));
    let forged = forger.kept("token").expect("a token");
    assert_ne!(forged, json!("0123456789abcdef"));
}
