//! The server's own description, checked with tools of other projects: the HTTP interface as OpenAPI, the
//! events as AsyncAPI.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::client::{Client, Transport};
use super::rig::{PASSWORD, PATIENCE, Server, tools, undecided};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop");
const EVENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../scenarios/contract/asyncapi.yaml"
);

fn is_here(what: &str, needs: &str) -> bool {
    let here = tools().join(needs).exists();
    if !here {
        undecided(what, "`ci/setup --for test` has not installed it");
    }
    here
}

fn python(folder: &Path) -> Command {
    let mut python = Command::new("python3");
    let path = std::env::join_paths([tools().join("python"), HERE.into()]).expect("paths");
    python.env("PYTHONPATH", path).current_dir(folder);
    python
}

fn described(server: &Server) -> Command {
    let mut st = python(server.folder.path());
    st.arg(tools().join("python/bin/st"))
        .args(["--no-color", "--config-file"])
        .arg(format!("{HERE}/schemathesis.toml"))
        .args(["run", "openapi.json", "--url", &server.url])
        .args(["--seed", "1", "--generation-database", "none"])
        .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
        .env("SERVER_URL", &server.url)
        .env("SERVER_USER", "alice")
        .env("SERVER_PASSWORD", PASSWORD);
    st
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("no panic")
        .expect("runs")
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

/// A server with its description in its folder. It allows so many failed logins that random requests lock nobody out.
async fn server() -> (Server, Value) {
    let server = Server::start(
        &["alice"],
        &[
            ("LOGIN_FAILURES", "1000000"),
            ("LOGIN_FAILURES_ADDRESS", "1000000"),
        ],
    );
    let ask = server.http.get(format!("{}/openapi.json", server.url));
    let text = ask.send().await.expect("an answer").text().await;
    let text = text.expect("text");
    fs::write(server.folder.path().join("openapi.json"), &text).expect("written");
    (server, serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_http_interface_is_as_it_describes_itself() {
    if !is_here("schemathesis", "python/schemathesis") {
        return;
    }
    let (server, mut description) = server().await;
    let mut validator = python(server.folder.path());
    validator.args(["-m", "openapi_spec_validator", "openapi.json"]);
    let valid = run(validator).await;
    assert!(valid.status.success(), "{}", said(&valid));

    let mut st = described(&server);
    st.args(["--max-examples", "50", "--continue-on-failure"]);
    let found = run(st).await;
    assert!(found.status.success(), "{}", said(&found));

    // The check can fail: it finds a description from which a refusal was removed.
    let start = &mut description["paths"]["/api/actions"]["post"]["responses"];
    assert!(
        start
            .as_object_mut()
            .expect("answers")
            .remove("400")
            .is_some()
    );
    let path = server.folder.path().join("openapi.json");
    fs::write(path, description.to_string()).expect("written");
    let mut st = described(&server);
    st.args(["--max-examples", "10", "--include-path", "/api/actions"]);
    let found = run(st).await;
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
    assert!(
        said(&found).contains("Undocumented status code"),
        "{}",
        said(&found)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_stands_in_the_description() {
    let (server, description) = server().await;
    let paths = description["paths"].as_object().expect("paths");
    let table = include_str!("../../../src/http/routes/table.rs");
    let words = table.lines().filter_map(|line| line.split('"').nth(1));
    let routes: BTreeSet<&str> = words.filter(|word| word.starts_with('/')).collect();
    for path in &routes {
        assert!(paths.contains_key(*path), "{path}");
    }
    assert_eq!(routes.len(), paths.len(), "{paths:?}");
    drop(server);
}

fn complaints(file: &Path) -> String {
    let output = Command::new("node")
        .arg(format!("{HERE}/asyncapi.mjs"))
        .arg(file)
        .env("NODE_MODULES", tools().join("node_modules"))
        .output()
        .expect("runs");
    said(&output)
}

#[test]
fn the_events_are_described_in_asyncapi() {
    if !is_here("the AsyncAPI parser", "node_modules/@asyncapi/parser") {
        return;
    }
    assert_eq!(complaints(Path::new(EVENTS)), "");
    let text = fs::read_to_string(EVENTS).expect("a file");
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("asyncapi.yaml");
    fs::write(&broken, text.replacen("action: send", "action: sent", 1)).expect("written");
    assert!(complaints(&broken).contains("operations.open.action"));
}

/// The messages, each with its complete schema and its examples.
fn messages() -> Vec<(String, jsonschema::Validator, Vec<Value>)> {
    let text = fs::read_to_string(EVENTS).expect("a file");
    let whole: Value = serde_saphyr::from_str(&text).expect("YAML");
    let messages = whole["components"]["messages"]
        .as_object()
        .expect("messages");
    let whole_schema = |payload: &Value| {
        let mut schema =
            json!({ "$schema": "http://json-schema.org/draft-07/schema#", "allOf": [payload] });
        schema["components"] = whole["components"].clone();
        jsonschema::validator_for(&schema).expect("a schema")
    };
    messages
        .iter()
        .map(|(name, message)| {
            let examples = message["examples"].as_array().expect("examples");
            let examples = examples.iter().map(|example| example["payload"].clone());
            (
                name.clone(),
                whole_schema(&message["payload"]),
                examples.collect(),
            )
        })
        .collect()
}

#[test]
fn each_example_is_of_its_message() {
    let messages = messages();
    for (name, schema, examples) in &messages {
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let wrong: Vec<String> = schema
                .iter_errors(example)
                .map(|error| error.to_string())
                .collect();
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
        }
    }
    let popup = &messages
        .iter()
        .find(|(name, ..)| name == "popup")
        .expect("it")
        .1;
    for bad in [
        json!([{ "info": 1 }, { "seq": 1, "action": null, "queued_at": 1 }]),
        json!([{ "loud": "x" }, { "seq": 1, "action": null, "queued_at": 1 }]),
        json!([{ "info": "x" }, { "seq": 1 }]),
        json!([{ "info": "x" }]),
    ] {
        assert!(!popup.is_valid(&bad), "{bad}");
    }
}

/// Every event that the server sends after `ready`.
const SENT: [&str; 10] = [
    "action_status",
    "popup",
    "result",
    "modal",
    "button",
    "reload",
    "enable_button",
    "disable_button",
    "threads",
    "log_update",
];

/// Events from the client, valid and invalid ones. The last of them make the server send each of its events.
fn asked() -> Vec<(&'static str, Value)> {
    let mut asked = vec![
        ("user_connected", json!({})),
        ("live_logs", json!({ "on": true })),
        ("live_logs", json!({})),
        ("resume", json!({ "last_seq": 0 })),
        ("resume", json!({ "last_seq": 1_000_000 })),
        ("resume", json!({})),
        ("stop_action", json!({ "id": "none" })),
        ("start_action", json!({ "kind": "dance" })),
    ];
    let kinds = [
        json!({ "kind": "parallel" }),
        json!({ "kind": "log" }),
        json!({ "kind": "popups" }),
        json!({ "kind": "modals" }),
        json!({ "kind": "buttons", "parameters": { "button": "a", "sequence": ["enable"] } }),
        json!({ "kind": "buttons", "parameters": { "button": "b", "sequence": ["disable"] } }),
        json!({ "kind": "reload" }),
        json!({ "kind": "fail" }),
        json!({ "kind": "process" }),
    ];
    asked.extend(kinds.map(|kind| ("start_action", kind)));
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_sends_is_what_the_description_says() {
    let schemas: BTreeMap<String, jsonschema::Validator> = messages()
        .into_iter()
        .map(|(name, schema, _)| (name, schema))
        .collect();
    let holds = |name: &str, payload: &Value| {
        let schema = schemas
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not described"));
        let wrong: Vec<String> = schema
            .iter_errors(payload)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{name} {payload}: {wrong:?}");
    };
    let server = Server::start(&["alice"], &[]);
    let cookie = server.login("alice").await;
    let mut client = Client::new(&server.http, &server.url, &cookie);
    client
        .connect(Transport::WebSocket)
        .await
        .expect("connected");
    for (name, data) in asked() {
        let answer = client.ask(name, data).await.expect("an answer");
        holds(&format!("{name}_ack"), &json!([answer]));
    }
    let started = client
        .ask("start_action", json!({ "kind": "endless" }))
        .await;
    let id = started.expect("an answer")["id"].clone();
    let stopped = client.ask("stop_action", json!({ "id": id })).await;
    holds("stop_action_ack", &json!([stopped.expect("an answer")]));

    let mut waited_for = BTreeSet::from(SENT);
    let mut look = |event: &Value| {
        let name = event[0].as_str().expect("a name");
        holds(name, &event.as_array().expect("arguments")[1..].into());
        waited_for.remove(name);
        waited_for.is_empty()
    };
    client.events.iter().for_each(|event| {
        look(event);
    });
    // The list of actions changes once more, and there are log lines again, whatever has come before.
    for kind in ["countdown", "log"] {
        server.act(&cookie, kind, json!({})).await;
    }
    let all = tokio::time::timeout(PATIENCE, client.listen_until(&mut look)).await;
    if !matches!(all, Ok(Ok(()))) {
        panic!("{waited_for:?} did not come: {all:?}");
    }
}
