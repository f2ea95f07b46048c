//! The clients that users have: python-socketio and the official socket.io-client, each over polling, over
//! WebSocket, and with the upgrade from polling to WebSocket.

use std::process::Command;

use serde_json::Value;

use super::rig::{Server, tools, undecided};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/interop.py");
const NODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/interop.mjs");

async fn works(name: &str, needs: &str, client: impl Fn() -> Command) {
    if !tools().join(needs).exists() {
        return undecided(name, "`ci/setup --for test` has not installed it");
    }
    let server = Server::start(&["alice"], &[]);
    for (way, transport) in [
        ("polling", "polling"),
        ("websocket", "websocket"),
        ("upgrade", "websocket"),
    ] {
        let cookie = server.login("alice").await;
        let mut command = client();
        command.args([&server.url, &cookie, way]);
        let ended = tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("no panic")
            .expect("runs");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.success(), "{name} over {way}: {said}");
        let told: Value = serde_json::from_slice(&ended.stdout).expect("one line of JSON");
        assert_eq!(told["transport"], transport, "{name} over {way}");
        assert_eq!(told["started"], "popups", "{name} over {way}");
        assert_eq!(told["refused"], "unknown event", "{name} over {way}");
        assert_eq!(told["stranger"], "refused", "{name} over {way}");
        let numbers: Vec<u64> = serde_json::from_value(told["numbers"].clone()).expect("numbers");
        let first = numbers[0];
        let whole: Vec<u64> = (first..first + numbers.len() as u64).collect();
        assert_eq!(numbers, whole, "{name} over {way}");
        assert!(numbers.len() >= 21, "{name} over {way}: {numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_socketio_works_over_each_transport() {
    works("python-socketio", "python/socketio", || {
        let mut python = Command::new("python3");
        python.arg(PYTHON).env("PYTHONPATH", tools().join("python"));
        python
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_works_over_each_transport() {
    works("socket.io-client", "node_modules/socket.io-client", || {
        let mut node = Command::new("node");
        node.arg(NODE)
            .env("NODE_MODULES", tools().join("node_modules"));
        node
    })
    .await;
}
