//! Disks that are full, read-only or removed, or that contain very many files or garbage. The server keeps running,
//! reports the problem, and logs nobody out.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;
use serde_json::json;

use super::client::{Client, Transport};
use super::rig::{PATIENCE, Server, parameter, undecided, until};
use super::small_disk::SmallDisk;

/// A server with this folder on a separate disk; `None` if none can be mounted.
fn on_small_disk(name: &str, settings: &[(&str, &str)]) -> Option<(Server, SmallDisk)> {
    let mut disk = Err(String::new());
    let prepare = |folder: &Path| disk = SmallDisk::at(&folder.join(name));
    let server = Server::prepared(&["alice", "bob"], settings, prepare).expect("starts");
    match disk {
        Ok(disk) => Some((server, disk)),
        Err(why) => {
            undecided(&format!("a full or read-only `{name}`"), &why);
            None
        }
    }
}

/// A rename of the server's own would be one that forgets to sync the folder.
#[test]
fn nothing_but_whole_file_renames() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["reference-server/src", "whole-file/src"];
    let mut waiting = folders.map(|folder| workspace.join(folder)).to_vec();
    let mut renaming = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            let sound = text.split("#[cfg(test)]\nmod tests {").next();
            let renames = [
                "fs::rename",
                ".persist(",
                "renameat",
                "hard_link",
                "persist_noclobber",
            ];
            if renames
                .iter()
                .any(|name| sound.is_some_and(|text| text.contains(name)))
            {
                let path = path.strip_prefix(&workspace).expect("it is inside");
                renaming.push(path.to_owned());
            }
        }
    }
    renaming.sort();
    assert_eq!(renaming, [Path::new("whole-file/src/disk.rs")]);
}

fn is_result(event: &serde_json::Value) -> bool {
    event[0] == "result"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_session_folder_refuses_logins_and_keeps_those_there_are() {
    let Some((mut server, disk)) = on_small_disk("sessions", &[]) else {
        return;
    };
    let alice = server.login("alice").await;
    let mut client = Client::new(&server.http, &server.url, &alice);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    disk.fill();
    assert_eq!(server.try_login("bob").await, Err(500));
    assert_eq!(server.status(&alice, "/").await, 200);
    assert_eq!(server.status("", "/health").await, 200);
    server.act(&alice, "popups", json!({ "count": 50 })).await;
    client.listen_until(is_result).await.expect("a result");
    disk.free();
    let bob = server.login("bob").await;
    server.act(&alice, "popups", json!({ "count": 2 })).await;
    client.listen_until(is_result).await.expect("a result");
    client.cut();
    let last = client.last;
    server.end(Signal::KILL);
    server.start_again();
    assert_eq!(server.status(&alice, "/").await, 200);
    assert_eq!(server.status(&bob, "/").await, 200);
    client.connect(Transport::WebSocket).await.expect("resumes");
    assert_eq!(client.resumed["complete"], true);
    assert!(client.last >= last, "no number is given twice");
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_still_full_at_the_restart_gives_no_number_twice() {
    let Some((mut server, disk)) = on_small_disk("sessions", &[]) else {
        return;
    };
    let alice = server.login("alice").await;
    let mut client = Client::new(&server.http, &server.url, &alice);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    disk.fill();
    server.act(&alice, "popups", json!({ "count": 50 })).await;
    client.listen_until(is_result).await.expect("a result");
    client.cut();
    let last = client.last;
    server.end(Signal::KILL);
    disk.free();
    server.start_again();
    client.connect(Transport::WebSocket).await.expect("resumes");
    assert_eq!(client.resumed["complete"], false, "{}", client.resumed);
    assert!(client.last > last);
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_session_folder_is_named_and_harms_nobody_who_is_there() {
    let Some((mut server, disk)) = on_small_disk("sessions", &[]) else {
        return;
    };
    let alice = server.login("alice").await;
    let mut client = Client::new(&server.http, &server.url, &alice);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    disk.set_read_only(true);
    assert_eq!(server.try_login("bob").await, Err(500));
    assert_eq!(server.status(&alice, "/").await, 200);
    disk.set_read_only(false);
    server.login("bob").await;
    server.end(Signal::TERM);
    disk.set_read_only(true);
    let said = server.cannot_start_again();
    assert!(said.contains("SESSION_FILE_DIR"), "{said}");
    disk.set_read_only(false);
    server.start_again();
    assert_eq!(server.status(&alice, "/").await, 200);
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_folder_that_goes_away_stops_logins_until_it_is_back() {
    let server = Server::start(&["alice", "bob"], &[]);
    let alice = server.login("alice").await;
    let away = server.folder.path().join("elsewhere");
    fs::rename(server.sessions(), &away).expect("moved");
    assert_eq!(server.try_login("bob").await, Err(500));
    assert_eq!(server.status(&alice, "/").await, 200);
    let mut client = Client::new(&server.http, &server.url, &alice);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");
    server.act(&alice, "popups", json!({ "count": 3 })).await;
    client.listen_until(is_result).await.expect("a result");
    fs::rename(&away, server.sessions()).expect("moved back");
    server.login("bob").await;
    assert_eq!(server.status(&alice, "/").await, 200);
}

/// For more files by hand: MANY_FILES=1000000. Creating them takes minutes, and removing them may too.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowded_session_folder_is_read_in_time_and_thinned_out() {
    let many = parameter("MANY_FILES", 50_000);
    let mut server = Server::start(&["alice", "bob"], &[]);
    let alice = server.login("alice").await;
    server.end(Signal::KILL);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time")
        .as_secs();
    for n in 0..many {
        // Guests, expired sessions, and files that were set aside long ago.
        let (suffix, expires) = match n % 3 {
            0 => ("session", now + 3600),
            1 => ("session", now - 3600),
            _ => ("unreadable", now),
        };
        let text = format!(
            "{{\"user\":null,\"created\":{},\"expires\":{expires}}}",
            now - 7200
        );
        fs::write(server.sessions().join(format!("{n:064x}.{suffix}")), text).expect("written");
    }
    let took = server.start_again();
    println!("{many} files: it listened after {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(server.status(&alice, "/").await, 200);
    let started = Instant::now();
    let bob = server.login("bob").await;
    println!("the first login took {:?}", started.elapsed());
    assert_eq!(server.status(&bob, "/").await, 200);
    let left = || {
        let files = fs::read_dir(server.sessions()).expect("reads");
        let live = |name: &str| name.ends_with(".session");
        files
            .filter(|file| live(&file.as_ref().expect("a file").file_name().to_string_lossy()))
            .count()
    };
    // It may take long, as long as it makes progress.
    let mut now = left();
    while now > 500 {
        let before = now;
        until("the folder is thinned out to its threshold", async || {
            now = left();
            now < before
        })
        .await;
    }
    println!("thinned out after {:?}", started.elapsed());
    assert_eq!(server.status(&alice, "/").await, 200);
    assert_eq!(server.status(&bob, "/").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_the_session_folder_is_set_aside() {
    let mut server = Server::start(&["alice"], &[]);
    let alice = server.login("alice").await;
    server.end(Signal::TERM);
    let sessions = server.sessions();
    let key = |n: u8| format!("{n:064x}");
    let file = |n: u8, suffix: &str| sessions.join(format!("{}.{suffix}", key(n)));
    fs::write(file(1, "session"), [0xff, 0, 1]).expect("written");
    fs::write(file(2, "session"), "").expect("written");
    fs::write(file(3, "session"), "{\"user\":\"root\"").expect("written");
    fs::create_dir(file(4, "session")).expect("made");
    fs::create_dir(file(4, "new")).expect("made");
    fs::create_dir(file(4, "events")).expect("made");
    symlink("/etc/passwd", file(5, "session")).expect("linked");
    symlink("/nowhere", file(6, "session")).expect("linked");
    for suffix in ["session", "events"] {
        let made = Command::new("mkfifo")
            .arg(file(7, suffix))
            .status()
            .expect("runs");
        assert!(made.success());
    }
    let sparse = fs::File::create(file(8, "session")).expect("created");
    sparse.set_len(1 << 40).expect("sized");
    fs::write(
        sessions.join("no key.session"),
        "{\"user\":\"root\",\"created\":0,\"expires\":99999999999}",
    )
    .expect("written");
    for file in fs::read_dir(&sessions).expect("reads") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|suffix| suffix == "events") && path.is_file() {
            fs::write(path, [0xff; 100]).expect("written");
        }
    }
    let took = server.start_again();
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(server.status(&alice, "/").await, 200);
    for n in 1..=8 {
        assert!(
            file(n, "session").symlink_metadata().is_err(),
            "{n} is still there"
        );
    }
    assert!(
        fs::read_to_string("/etc/passwd")
            .expect("reads")
            .contains("root")
    );
    assert_eq!(server.log().matches("was set aside").count(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_log_folder_stops_no_answer_and_logs_again_when_there_is_room() {
    let Some((mut server, disk)) = on_small_disk("logs", &[("LOG_DIR", "{folder}logs")]) else {
        return;
    };
    let alice = server.login("alice").await;
    disk.fill();
    for _ in 0..200 {
        assert_eq!(server.status(&alice, "/api/actions").await, 200);
        assert_eq!(server.status("", "/lost-in-the-log").await, 404);
    }
    disk.free();
    let log = server.folder.path().join("logs/access.log");
    until("a line in the log", async || {
        server.status("", "/there-is-room-again").await;
        fs::read_to_string(&log).is_ok_and(|text| text.contains("/there-is-room-again"))
    })
    .await;
    assert!(server.end(Signal::TERM).success());
}

/// Journals that are pipes. To the server they look like a disk that does not answer until somebody reads.
struct Pipes(Vec<std::path::PathBuf>);

impl Pipes {
    /// Replaces the journal of the newest session with a pipe.
    fn lay(&mut self, server: &Server) {
        for file in fs::read_dir(server.sessions()).expect("reads") {
            let path = file.expect("a file").path();
            let pipe = path.with_extension("events-new");
            if path.extension().is_some_and(|suffix| suffix == "session") && !pipe.exists() {
                let made = Command::new("mkfifo").arg(&pipe).status().expect("runs");
                assert!(made.success());
                self.0.push(pipe);
            }
        }
    }

    /// Reads what has been written so far. The rest is read once the returned sender is used or dropped.
    fn open(&self) -> std::sync::mpsc::Sender<()> {
        let (flows, flowing) = std::sync::mpsc::channel();
        let pipes = self.0.clone();
        std::thread::spawn(move || {
            let open = |pipe| fs::File::open(pipe).expect("a pipe");
            let pipes: Vec<fs::File> = pipes.iter().map(open).collect();
            // An error means that the sender was dropped, which has the same effect.
            let _ = flowing.recv();
            for mut pipe in pipes {
                std::thread::spawn(move || std::io::copy(&mut pipe, &mut std::io::sink()));
            }
        });
        flows
    }
}

/// Starts an action of bob's, waits for its result, and checks the server's health.
async fn bob_is_served(server: &Server, cookie: &str, client: &mut Client) {
    let served = async {
        server.act(cookie, "popups", json!({ "count": 3 })).await;
        client.listen_until(is_result).await.expect("a result");
        assert_eq!(server.status("", "/health").await, 200);
    };
    tokio::time::timeout(PATIENCE, served)
        .await
        .expect("bob does not wait for alice's disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_does_not_answer_for_one_user_keeps_nobody_else_waiting() {
    let server = Server::start(&["alice", "bob"], &[]);
    let (mut pipes, mut alices) = (Pipes(Vec::new()), Vec::new());
    // More than the server has threads for its tasks.
    let many = std::thread::available_parallelism().map_or(4, usize::from) + 2;
    for _ in 0..many {
        let alice = server.login("alice").await;
        alices.push((Client::new(&server.http, &server.url, &alice), alice));
        pipes.lay(&server);
    }
    let bob = server.login("bob").await;
    let mut client = Client::new(&server.http, &server.url, &bob);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connects");

    // The journal is read at a join.
    let mut joining = tokio::task::JoinSet::new();
    for (mut alice, cookie) in alices {
        joining.spawn(async move {
            let joined = alice.connect(Transport::WebSocket).await;
            (joined, alice, cookie)
        });
    }
    for _ in 0..10 {
        bob_is_served(&server, &bob, &mut client).await;
    }
    assert!(joining.try_join_next().is_none(), "nobody has read a pipe");
    let flows = pipes.open();
    let mut joined = Vec::new();
    while let Some(ended) = joining.join_next().await {
        let (ended, mut alice, cookie) = ended.expect("no panic");
        // On a busy machine the server may have timed out.
        if ended.is_err() {
            alice.connect(Transport::WebSocket).await.expect("connects");
        }
        joined.push((alice, cookie));
    }

    // The journal is written at a tick: more than a pipe holds.
    let (mut alice, cookie) = joined.pop().expect("one of them");
    let much = json!({ "count": 500, "text": "x".repeat(400) });
    server.act(&cookie, "popups", much).await;
    let mut result = Box::pin(alice.listen_until(is_result));
    let served = async {
        for _ in 0..10 {
            bob_is_served(&server, &bob, &mut client).await;
        }
    };
    tokio::select! {
        biased;
        ended = &mut result => panic!("sent before it was written down: {ended:?}"),
        () = served => {}
    }
    drop(flows);
    let in_order = tokio::time::timeout(PATIENCE, result).await;
    in_order.expect("in time").expect("all, in order");
    assert_eq!(alice.events.len(), 501);
}
