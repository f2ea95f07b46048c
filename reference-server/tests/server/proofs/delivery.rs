//! Missed events come back once and in order: over both transports, after a restart, and when connections are cut.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::client::{Broken, Client, Transport};
use super::rig::{PATIENCE, Server, parameter};

fn is_result(event: &Value) -> bool {
    event[0] == "result"
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_survives_either_end_of_the_process_and_either_transport() {
    for (signal, away, back) in [
        (Signal::TERM, Transport::WebSocket, Transport::Polling),
        (Signal::KILL, Transport::Polling, Transport::WebSocket),
    ] {
        let mut server = Server::start(&["alice"], &[]);
        let cookie = server.login("alice").await;
        let mut here = Client::new(&server.http, &server.url, &cookie);
        let mut gone = Client::new(&server.http, &server.url, &cookie);
        here.connect(Transport::WebSocket).await.expect("connects");
        gone.connect(away).await.expect("connects");
        gone.cut();
        server.act(&cookie, "popups", json!({ "count": 300 })).await;
        here.listen_until(is_result).await.expect("a result");
        let before = here.last;
        server.end(signal);
        let mode = |path: &std::path::Path| {
            std::fs::metadata(path).expect("there").permissions().mode() & 0o777
        };
        for file in std::fs::read_dir(server.sessions()).expect("reads") {
            assert_eq!(mode(&file.expect("a file").path()), 0o600);
        }
        server.start_again();
        gone.connect(back).await.expect("resumes");
        assert_eq!(gone.resumed["complete"], true);
        assert_eq!(gone.events.len(), 301, "{signal:?}");
        assert!(gone.last >= before, "{signal:?}: numbers go on");
        here.connect(Transport::WebSocket).await.expect("resumes");
        server.act(&cookie, "popups", json!({ "count": 3 })).await;
        here.listen_until(is_result).await.expect("a result");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_more_than_is_kept_is_told_so_and_gets_the_present_state() {
    let mut server = Server::start(&["alice"], &[]);
    let cookie = server.login("alice").await;
    let mut client = Client::new(&server.http, &server.url, &cookie);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    client.cut();
    let endless = server
        .act(&cookie, "endless", json!({ "text": "still here" }))
        .await;
    let mut watching = Client::new(&server.http, &server.url, &cookie);
    watching
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    for _ in 0..3 {
        server.act(&cookie, "popups", json!({ "count": 400 })).await;
        watching.listen_until(is_result).await.expect("a result");
    }
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    let told = &client.resumed;
    assert_eq!(told["complete"], false, "{told}");
    assert!(
        told["lost"].as_u64().expect("a number") >= 200,
        "{}",
        told["lost"]
    );
    assert_eq!(told["missed"].as_array().expect("a list").len(), 1000);
    assert_eq!(told["state"]["threads"][0]["name"], "endless: still here");
    let actions = told["state"]["actions"].as_array().expect("a list");
    assert!(
        actions
            .iter()
            .any(|action| action["id"] == endless.as_str())
    );

    // A sequence that was lost with its file is never taken for the one that the client knows.
    let numbers = watching.last;
    server.end(Signal::KILL);
    for file in std::fs::read_dir(server.sessions()).expect("reads") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|suffix| suffix == "events") {
            std::fs::write(path, "").expect("written");
        }
    }
    server.start_again();
    watching
        .connect(Transport::Polling)
        .await
        .expect("connects");
    assert_eq!(watching.resumed["complete"], false);
    assert_eq!(watching.resumed["state"]["threads"], json!([]));
    assert!(watching.last > numbers);
}

/// The transports of many clients are cut at random, and the server is restarted in the middle. No event is
/// lost, doubled or reordered, and nobody gets another user's events. `make cuts` does it with a thousand clients.
#[tokio::test(flavor = "multi_thread")]
async fn random_cuts_take_nothing_from_anybody() {
    let (clients, seconds) = (parameter("CUTS_CLIENTS", 60), parameter("CUTS_TIME", 8));
    let seed = parameter("CUTS_SEED", rand::random::<u64>() >> 12);
    eprintln!("CUTS_SEED={seed}");
    let names: Vec<String> = (0..clients).map(|n| format!("user{n:05}")).collect();
    let users: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut server = Server::start(&users, &[]);
    let (cuts, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for (n, name) in names.iter().enumerate() {
        let cookie = server.login(name).await;
        let client = Client::new(&server.http, &server.url, &cookie);
        let (cuts, stop) = (Arc::clone(&cuts), Arc::clone(&stop));
        let chance = StdRng::seed_from_u64(seed.wrapping_add(n as u64));
        tasks.spawn(live(client, name.clone(), chance, cuts, stop));
    }
    let half = Duration::from_secs(seconds) / 2;
    tokio::time::sleep(half).await;
    let server = tokio::task::spawn_blocking(move || {
        server.end(Signal::TERM);
        server.start_again();
        server
    })
    .await
    .expect("restarts");
    tokio::time::sleep(half).await;
    stop.store(1, Ordering::Relaxed);
    let mut events = 0;
    while let Some(ended) = tasks.join_next().await {
        match ended.expect("no panic") {
            Ok(count) => events += count,
            Err(why) => panic!("{why}; again with CUTS_SEED={seed}"),
        }
    }
    drop(server);
    let cuts = cuts.load(Ordering::Relaxed);
    assert!(cuts > clients, "only {cuts} cuts: that proves nothing");
    println!(
        "{clients} clients, {cuts} cuts, one restart, {events} events: none lost, doubled or reordered"
    );
}

/// Runs one client. Returns how many events it got.
async fn live(
    mut client: Client,
    name: String,
    mut chance: StdRng,
    cuts: Arc<AtomicU64>,
    stop: Arc<AtomicU64>,
) -> Result<usize, String> {
    let mut owed = BTreeSet::new();
    let mut n = 0;
    while stop.load(Ordering::Relaxed) == 0 {
        let transport = if chance.random_bool(0.3) {
            Transport::Polling
        } else {
            Transport::WebSocket
        };
        let pause = Duration::from_millis(chance.random_range(50..2500));
        let (starts, count) = (chance.random_bool(0.7), chance.random_range(1..5_u32));
        let lived = async {
            client.connect(transport).await?;
            if starts {
                n += 1;
                let text = format!("{name} {n}");
                let request =
                    json!({ "kind": "popups", "parameters": { "text": text, "count": count } });
                let answer = client.ask("start_action", request).await?;
                owed.extend(answer["id"].as_str().map(str::to_owned));
            }
            client.listen(pause).await
        };
        match lived.await {
            Ok(()) => cuts.fetch_add(1, Ordering::Relaxed),
            // The server is restarting and will be back in a moment.
            Err(Broken::Gone) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                0
            }
            Err(Broken::Promise(why)) => return Err(format!("{name}: {why}")),
        };
        client.cut();
    }
    // At the end everything that is due arrives.
    let deadline = Instant::now() + PATIENCE;
    while let Err(broken) = settle(&mut client, &name).await {
        client.cut();
        match broken {
            Broken::Promise(why) => return Err(format!("{name}: {why}")),
            Broken::Gone if Instant::now() > deadline => {
                return Err(format!("{name}: no connection"));
            }
            Broken::Gone => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    for event in &client.events {
        let text = event.to_string();
        if text.matches("user0").count() != text.matches(&name).count() {
            return Err(format!("{name} got {text}"));
        }
        if is_result(event)
            && let Some(id) = event[2]["action"].as_str()
        {
            owed.remove(id);
        }
    }
    if owed.is_empty() {
        Ok(client.events.len())
    } else {
        Err(format!("{name} never got the results of {owed:?}"))
    }
}

async fn settle(client: &mut Client, name: &str) -> Result<(), Broken> {
    client.connect(Transport::WebSocket).await?;
    let request = json!({ "kind": "popups", "parameters": { "text": format!("{name} settled") } });
    let answer = client.ask("start_action", request).await?;
    let id = answer["id"].as_str().ok_or(Broken::Gone)?.to_owned();
    if client
        .events
        .iter()
        .any(|event| is_result(event) && event[2]["action"] == id.as_str())
    {
        return Ok(());
    }
    let settled =
        client.listen_until(|event| is_result(event) && event[2]["action"] == id.as_str());
    tokio::time::timeout(PATIENCE, settled)
        .await
        .map_err(|_| Broken::Promise("the last result did not come".to_owned()))?
}
