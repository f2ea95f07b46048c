//! Many logins, a process that is killed in the middle of them, a clock that jumps, and a child that does not end.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt;
use rustix::process::Signal;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::client::{Broken, Client, Transport};
use super::rig::{PATIENCE, Server, log_in, parameter, undecided, until};

/// Bounded in number and time: LOGINS of them, and three minutes on a busy machine.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_logins_a_minute_are_all_granted() {
    let logins = parameter("LOGINS", 10_000);
    let names: Vec<String> = (0..20).map(|n| format!("user{n}")).collect();
    let users: Vec<&str> = names.iter().map(String::as_str).collect();
    let server = Server::start(&users, &[]);
    let (first, started) = (server.login("user0").await, Instant::now());
    let mut tasks = JoinSet::new();
    for worker in 0..16 {
        let (http, url) = (server.http.clone(), server.url.clone());
        let name = names[worker as usize % names.len()].clone();
        tasks.spawn(async move {
            for _ in (worker..logins).step_by(16) {
                log_in(&http, &url, &name).await.expect("a login");
            }
        });
    }
    let mut slowest = Duration::ZERO;
    while !tasks.is_empty() {
        let asked = Instant::now();
        assert_eq!(server.status("", "/health").await, 200);
        slowest = slowest.max(asked.elapsed());
        let _ = tokio::time::timeout(Duration::from_millis(200), tasks.join_next())
            .await
            .map(|ended| ended.map(|ended| ended.expect("no refusal")));
    }
    let took = started.elapsed();
    let rate = logins as f64 / took.as_secs_f64() * 60.0;
    println!("{logins} logins in {took:?}, {rate:.0} a minute; health answered within {slowest:?}");
    assert!(took < Duration::from_secs(180), "{took:?}");
    assert_eq!(server.status(&first, "/").await, 200, "no login is pruned");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_a_storm_loses_no_login_that_was_answered() {
    let rounds = parameter("KILLS", 100);
    let names: Vec<String> = (0..8).map(|n| format!("user{n}")).collect();
    let users: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut server = Server::start(&users, &[]);
    let mut starts = Vec::new();
    let mut answered = 0;
    for round in 0..rounds {
        let granted = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for name in names.clone() {
            let (http, url, granted) = (
                server.http.clone(),
                server.url.clone(),
                Arc::clone(&granted),
            );
            tasks.spawn(async move {
                while let Ok(cookie) = log_in(&http, &url, &name).await {
                    granted.lock().await.push(cookie);
                }
            });
        }
        let moment = Duration::from_millis(rand::rng().random_range(10..150));
        tokio::time::sleep(moment).await;
        server = tokio::task::spawn_blocking(move || {
            server.end(Signal::KILL);
            server
        })
        .await
        .expect("ends");
        while tasks.join_next().await.is_some() {}
        starts.push(server.start_again());
        for file in fs::read_dir(server.sessions()).expect("reads") {
            let path = file.expect("a file").path();
            let text = fs::read_to_string(&path).unwrap_or_default();
            let whole = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let session = path.extension().is_some_and(|suffix| suffix == "session");
            assert!(
                whole && session,
                "round {round}: {} holds {text:?}",
                path.display()
            );
        }
        for cookie in granted.lock().await.iter() {
            assert_eq!(
                server.status(cookie, "/").await,
                200,
                "round {round} lost a login"
            );
            answered += 1;
        }
    }
    starts.sort();
    let (median, longest) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    println!(
        "{rounds} kills, {answered} answered logins, none lost; starts took {median:?}, at most {longest:?}"
    );
    assert!(
        answered > rounds,
        "only {answered} logins: that proves nothing"
    );
    assert!(median < Duration::from_secs(1), "{median:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_ends_sessions_when_it_must_and_reorders_nothing() {
    let library = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
    ]
    .map(|folder| format!("{folder}/faketime/libfaketime.so.1"))
    .into_iter()
    .find(|path| fs::exists(path).unwrap_or(false));
    let Some(library) = library else {
        return undecided("a clock that jumps", "libfaketime is not installed");
    };
    let settings = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", "{folder}clock"),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("PERMANENT_SESSION_LIFETIME", "3600"),
    ];
    let set = |folder: &std::path::Path, offset: &str| {
        let beside = folder.join("clock.new");
        fs::write(&beside, offset).expect("written");
        fs::rename(&beside, folder.join("clock")).expect("set");
    };
    let server =
        Server::prepared(&["alice"], &settings, |folder| set(folder, "+0")).expect("starts");
    let alice = server.login("alice").await;
    let mut client = Client::new(&server.http, &server.url, &alice);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    for offset in ["-2h", "-2d", "+0"] {
        set(server.folder.path(), offset);
        assert_eq!(server.status(&alice, "/").await, 200, "{offset}");
        server.act(&alice, "popups", json!({ "count": 3 })).await;
        let result = client.listen_until(|event| event[0] == "result");
        tokio::time::timeout(PATIENCE, result)
            .await
            .expect("in time")
            .expect("in order");
        let again = server.login("alice").await;
        assert_eq!(server.status(&again, "/").await, 200, "{offset}");
    }
    set(server.folder.path(), "+2h");
    until("the session is over", async || {
        server.status(&alice, "/").await == 303
    })
    .await;
    let ended = client.listen_until(|_| false);
    let ended = tokio::time::timeout(PATIENCE, ended)
        .await
        .expect("in time");
    assert!(
        matches!(ended, Err(Broken::Gone)),
        "its socket ends with it: {ended:?}"
    );
}

/// The processes that an action has started, found by their environment.
fn children_of(action: &str) -> Vec<String> {
    let told = format!("ACTION_ID={action}");
    let processes = fs::read_dir("/proc").expect("reads").flatten();
    processes
        .filter(|process| {
            fs::read(process.path().join("environ")).is_ok_and(|environment| {
                environment
                    .split(|byte| *byte == 0)
                    .any(|pair| pair == told.as_bytes())
            })
        })
        .map(|process| process.file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_ignores_term_goes_with_its_action_and_with_the_server() {
    let mut server = Server::start(&["alice"], &[]);
    let alice = server.login("alice").await;
    let mut client = Client::new(&server.http, &server.url, &alice);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = server
            .act(&alice, "process", json!({ "lines": 1, "stubborn": true }))
            .await;
        let line = client.listen_until(|event| event[0] == "action_status");
        tokio::time::timeout(PATIENCE, line)
            .await
            .expect("in time")
            .expect("a line");
        // TERM has been ignored since before this line, so it has no effect.
        let children = children_of(&id);
        assert!(!children.is_empty(), "it runs");
        ids.push(id);
    }
    server.stop_action(&alice, &ids[0]).await;
    until("the stopped action's child is gone", async || {
        children_of(&ids[0]).is_empty()
    })
    .await;
    assert!(!children_of(&ids[1]).is_empty(), "the other one still runs");
    let asked = Instant::now();
    assert!(server.end(Signal::TERM).success());
    assert!(
        asked.elapsed() < Duration::from_secs(25),
        "{:?}",
        asked.elapsed()
    );
    until("no child is left", async || children_of(&ids[1]).is_empty()).await;
}
