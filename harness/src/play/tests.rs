//! Scenarios in, on a server that plays its part in a few lines; what the history says out.

use std::collections::BTreeMap;
use std::path::Path;

use evidence::{History, Scene, What};
use probe::{ClientKind, Recorder, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::scenario::file::parse;

/// What the server does with a request; `None` is a reset.
type Play = fn(&str) -> Option<String>;

fn answer(status: &str, headers: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    ))
}

/// The page of the login, with its form.
fn form() -> Option<String> {
    let form = "<form method=post><input type=hidden name=csrf_token value=x><input type=password name=password></form>";
    answer("200 OK", "content-type: text/html\r\n", form)
}

fn login(head: &str) -> Option<String> {
    if head.starts_with("get /login") {
        return form();
    }
    answer(
        "303 See Other",
        "set-cookie: paralax_session=x; Path=/\r\n",
        "",
    )
}

async fn serve(mut stream: TcpStream, play: Play) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().expect("a length"));
    stream.read_exact(&mut vec![0; length]).await?;
    if let Some(answer) = play(&head) {
        stream.write_all(answer.as_bytes()).await?;
    }
    stream.shutdown().await
}

/// Runs the steps; gives how the run ended and every expectation, with whether it was met.
async fn run(steps: &str, play: Play) -> (Option<String>, Vec<(String, bool, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, play));
        }
    });
    let target = include_str!("../../../scenarios/targets/reference.yaml")
        .replace("http://127.0.0.1:5000", &format!("http://{address}"));
    let site = Site::new(targets::parse(&target).expect("a target")).expect("a site");
    let text = format!(
        "{{scenario: x, rules: [ISO04], users: [alice, bob], expect: [no_foreign_events], steps: [{steps}]}}"
    );
    let scenario = parse(Path::new("x.yaml"), text.as_bytes());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.jsonl");
    let scene = Scene {
        airtight_history: evidence::history::VERSION,
        scenario: "x".to_owned(),
        users: scenario.users.clone(),
        seed: 1,
        ..Scene::default()
    };
    let file = std::fs::File::create(&path).expect("a file");
    let (recorder, writing) = Recorder::start(&scene, file).expect("starts");
    let passwords = ["alice", "bob"].map(|user| (user.into(), "secret".to_owned()));
    let passwords = BTreeMap::from(passwords);
    let run = Run::new(site, recorder, ClientKind::Own, passwords.into(), None, 1);
    let ended = alone(&run, &scenario.steps).await;
    drop(run);
    let written = tokio::task::spawn_blocking(|| writing.finish());
    written.await.expect("joins").expect("written");
    let text = std::fs::read_to_string(&path).expect("text");
    let history = History::parse(&text).expect("a history");
    let expected = history
        .observations
        .into_iter()
        .filter_map(|seen| match seen.what {
            What::Expected {
                claim, met, found, ..
            } => Some((claim, met, found)),
            _ => None,
        });
    let ended = ended
        .err()
        .map(|Stopped { line, error }| format!("{line}: {error}"));
    (ended, expected.collect())
}

const LAST: &str = "{http: {as: bob, get: /page, expect: 200}}";

#[tokio::test]
async fn a_refused_start_fails_the_step_and_the_rest_is_run() {
    let steps = format!(
        "{{login: alice}}, {{login: bob}},\n{{start: {{as: alice, action: countdown}}}},\n\
         {{stop: {{as: alice, action: countdown}}}},\n{LAST}"
    );
    let play: Play = |head| match head {
        head if head.starts_with("post /api/actions") => {
            let page = format!("<html><title>Too\u{1b} many</title>{}", "x".repeat(80_000));
            answer("409 Conflict", "", &page)
        }
        head if head.starts_with("get /page") => answer("200 OK", "", "fine"),
        head => login(head),
    };
    let (ended, expected) = run(&steps, play).await;
    assert_eq!(ended, None);
    let [start, stop, last] = expected.as_slice() else {
        panic!("{expected:?}");
    };
    assert_eq!(start.0, "`countdown` is granted");
    assert_eq!(start.2, "it was refused: start: status 409 Too\\u{1b} many");
    assert!(
        !stop.1 && stop.2.contains("it needs `alice.countdown`"),
        "{stop:?}"
    );
    assert!(last.1, "{last:?}");
}

#[tokio::test]
async fn whoever_was_too_fast_was_not_refused() {
    let steps = "{login: alice}, {login: bob},\n{start: {as: alice, action: countdown}},\n\
        {http: {as: bob, get: /page, expect: 200}}, {http: {as: bob, get: /page, contains: fine}}";
    let play: Play = |head| match head {
        head if head.starts_with("post /api/actions") || head.starts_with("get /page") => {
            answer("429 Too Many Requests", "", "slow\u{1b}down")
        }
        head => login(head),
    };
    let (ended, expected) = run(steps, play).await;
    assert_eq!(ended, None);
    assert_eq!(expected.len(), 3, "{expected:?}");
    for (claim, met, found) in &expected {
        assert!(!met && found.contains("too fast"), "{claim}: {found}");
        assert!(!found.contains('\u{1b}'), "{claim}: {found}");
    }
}

#[tokio::test]
async fn a_reset_is_no_refusal_and_fails_the_step_only() {
    let steps = format!(
        "{{login: alice}}, {{login: bob}},\n{{http: {{as: alice, get: /reset, expect: 403}}}},\n{LAST}"
    );
    let play: Play = |head| match head {
        head if head.starts_with("get /reset") => None,
        head if head.starts_with("get /page") => answer("200 OK", "", "fine"),
        head => login(head),
    };
    let (ended, expected) = run(&steps, play).await;
    assert_eq!(ended, None);
    assert!(
        expected[0].2.contains("no answer to GET /reset"),
        "{expected:?}"
    );
    assert!(!expected[0].1 && expected[1].1, "{expected:?}");
}

#[tokio::test]
async fn an_answer_that_was_cut_decides_nothing_about_its_body() {
    let steps = "{login: bob},\n{http: {as: bob, get: /page, expect: {status: 200, cookie: paralax_session, lacks: no, /id: 1}}}";
    let play: Play = |head| match head {
        head if head.starts_with("get /page") => answer("200 OK", "", &"x".repeat(17 << 20)),
        head => login(head),
    };
    let (ended, expected) = run(steps, play).await;
    assert_eq!(ended, None);
    let (known, unknown): (Vec<_>, Vec<_>) = expected.iter().partition(|(_, met, _)| *met);
    assert_eq!(known.len(), 2, "{expected:?}");
    for (claim, _, found) in &unknown {
        assert_eq!(found, "the answer is longer than 16 MiB", "{claim}");
    }
    assert_eq!(unknown.len(), 2, "{expected:?}");
}

#[tokio::test]
async fn a_login_without_its_cookie_is_reported_and_nobody_guesses_who_acts_then() {
    let steps = format!(
        "{{login: bob}}, {{login: alice}},\n{{start: {{as: alice, action: countdown}}}},\n{LAST}"
    );
    let play: Play = |head| match head {
        head if head.starts_with("get /page") => answer("200 OK", "", "fine"),
        head if head.starts_with("post /login") => answer("303 See Other", "", ""),
        _ => form(),
    };
    let (ended, expected) = run(&steps, play).await;
    assert_eq!(ended, None);
    let nameless = "the login was granted, and no cookie `paralax_session` came";
    assert!(expected[0].2.contains(nameless), "{expected:?}");
    assert!(expected.iter().all(|(_, met, _)| !met), "{expected:?}");
    assert!(
        expected
            .iter()
            .skip(2)
            .all(|(.., why)| why.contains("it needs `the login"))
    );
}

#[tokio::test]
async fn where_nothing_is_asked_for_the_failed_step_ends_it_in_words() {
    let play: Play = |_| None;
    let (ended, _) = run("{login: alice},\n{open: alice}", play).await;
    let ended = ended.expect("nobody would judge it");
    assert!(ended.contains("no answer to GET /login"), "{ended}");
}
