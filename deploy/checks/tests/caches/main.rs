//! The checks `shared-cache` and `reflected-origin` against a small server, sound and broken in each of the ways that
//! they must see. Deployments behind a real proxy are in `deployment`.

mod notes;

use std::time::Duration;

use deploy_checks::{Host, Outcome, Visit, outside};
use evidence::UserName;
use evidence::Verdict::{self, Holds, Undecided, Violated};

use self::notes::{Keeps, Notes, Origins, Page, Session};

/// How long an answer may take, which is also how long the check lets a cache forget: four times that.
const PATIENCE: Duration = Duration::from_secs(4);

const TARGET: &str = "target: notes
session: {cookie: sid}
login:
  - get: /login
  - {post: /login, form: {user: \"{user}\", password: \"{password}\"}, granted: {status: 303}}
socket: none
actions:
  note:
    takes: {text: marker}
    do: {post: /notes, json: \"{parameters}\", granted: {status: 201}}
    id: /id
    read: {get: \"/notes/{id}\"}
surfaces:
  private page: {get: /, granted: {status: 200}, refused: {status: 303}}
  actions of mine: {get: /notes, list: /notes/*}
";

/// What a check says of this server, with these users.
async fn said(notes: Notes, target: &str, users: &[&str], check: &str) -> Outcome {
    let mut target = targets::parse(target).expect("a target");
    let port = notes.serve();
    target.base = format!("http://127.0.0.1:{port}").parse().ok();
    let users = users
        .iter()
        .map(|name| (UserName::from(*name), "x".to_owned()));
    let host = Host::with_patience(target, users.collect(), PATIENCE).expect("a host");
    let mut rows = outside::CHECKS.into_iter();
    let row = rows.find(|row| row.check.name == check).expect("a check");
    row.run(&Visit::new(&host)).await
}

async fn check(name: &str, notes: Notes, verdict: Verdict, words: &str) {
    let about = format!("{notes:?}");
    let outcome = said(notes, TARGET, &["alice", "bob"], name).await;
    assert_eq!(outcome.verdict, verdict, "{about}: {outcome:?}");
    assert!(
        outcome.found.concat().contains(words),
        "{about}: {outcome:?}"
    );
}

async fn cached(keeps: Keeps, words: &str) {
    let notes = Notes {
        keeps,
        ..Notes::default()
    };
    check("shared-cache", notes, Violated, words).await;
}

#[tokio::test]
async fn an_answer_that_a_cache_keeps_for_others_is_named() {
    cached(Keeps::ByUrl, "/: `bob` got what was made for `alice`").await;
    cached(Keeps::OnlyWithoutQuery, "got what was made for").await;
    cached(Keeps::Second, "got what was made for").await;
    cached(
        Keeps::OnlyJson,
        "/notes: `bob` got what was made for `alice`",
    )
    .await;
    cached(
        Keeps::OnlyRefusals,
        "/: `alice` got what was made for a stranger",
    )
    .await;
    cached(Keeps::OnlyOfUsers, "`bob` got what was made for `alice`").await;
    cached(Keeps::OnlyFiles, "a stranger got what was made for `alice`").await;
}

#[tokio::test]
async fn a_cache_that_knows_no_query_is_named_by_who_asks_first() {
    cached(Keeps::ByPath, "got what was made for").await;
}

#[tokio::test]
async fn a_page_that_is_kept_for_long_is_named_by_the_user_on_it() {
    cached(
        Keeps::ByPathForLong,
        "/: a stranger got a page that names `alice`",
    )
    .await;
}

#[tokio::test]
async fn a_session_that_is_given_twice_is_named() {
    let words = "/login gave the same session cookie to several strangers";
    cached(Keeps::OnlyLogin, words).await;
    let renewed = Notes {
        keeps: Keeps::OnlyHeads,
        session: Session::Renewed,
        ..Notes::default()
    };
    let words = "were given the same session cookie";
    check("shared-cache", renewed, Violated, words).await;
}

#[tokio::test]
async fn a_sound_server_is_not_accused() {
    for (session, page, keeps) in [
        (Session::Random, Page::Personal, Keeps::Nothing),
        // A new session for each stranger, and for a user with each answer.
        (Session::Renewed, Page::Personal, Keeps::Nothing),
        // The session of a stranger says nothing, and is the same for all of them.
        (Session::Constant, Page::Personal, Keeps::Nothing),
        // The page shows nothing of anybody, or something else each time; the list does.
        (Session::Random, Page::Shell, Keeps::Nothing),
        (Session::Random, Page::Nonce, Keeps::Nothing),
        (Session::Random, Page::Banner, Keeps::Nothing),
        // What belongs to nobody may be kept.
        (Session::Random, Page::Nonce, Keeps::OnlyPublic),
    ] {
        let notes = Notes {
            keeps,
            session,
            page,
            ..Notes::default()
        };
        check("shared-cache", notes, Holds, "").await;
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_undecided() {
    let users = &["alice", "bob"][..];
    let nobody = TARGET.replace("session: {cookie: sid}\n", "");
    let from = nobody.find("login:").expect("a login");
    let to = nobody.find("socket:").expect("a socket");
    let nobody = format!("{}login: none\n{}", &nobody[..from], &nobody[to..]);
    let pages = TARGET.find("surfaces:").expect("surfaces");
    let read = "    read: {get: \"/notes/{id}\"}\n";
    let impersonal = TARGET[..pages].replace(read, "");
    for (target, users, words) in [
        (TARGET, &[][..], "two users are needed"),
        (TARGET, &["alice"], "two users are needed"),
        (&nobody, users, "its file says `login: none`"),
        (
            &impersonal,
            users,
            "add `surfaces: {private page: {get: /path}}`",
        ),
        (
            TARGET,
            &["alice", "mallory"],
            "the login of `mallory` was refused",
        ),
    ] {
        let notes = Notes {
            page: Page::Shell,
            ..Notes::default()
        };
        let outcome = said(notes, target, users, "shared-cache").await;
        assert_eq!(outcome.verdict, Undecided, "{outcome:?}");
        assert!(outcome.found.concat().contains(words), "{outcome:?}");
    }
    // Everybody gets the page, though the file says that strangers do not.
    let open = Notes {
        page: Page::Open,
        ..Notes::default()
    };
    let words = "/ is the same for two users and for a stranger";
    check("shared-cache", open, Undecided, words).await;
}

#[tokio::test]
async fn an_origin_that_is_reflected_is_named() {
    for (origins, words) in [
        (
            Origins::Any,
            "`https://evil.example` may read with credentials: /login",
        ),
        (
            Origins::OnlyUsers,
            "`https://evil.example` may read with credentials: / of a user",
        ),
        (Origins::OnlyErrors, "`https://evil.example` may read"),
        (Origins::OnlyPreflights, "OPTIONS /notes"),
        (
            Origins::Null,
            "`null`, which any site can be in a frame, may read",
        ),
        (
            Origins::Beginning,
            "`http://127.0.0.1.evil.example` may read",
        ),
    ] {
        let notes = Notes {
            origins,
            ..Notes::default()
        };
        check("reflected-origin", notes, Violated, words).await;
    }
}

#[tokio::test]
async fn an_origin_that_is_not_reflected_is_not_named() {
    for origins in [
        Origins::None,
        Origins::Star,
        Origins::WithoutCredentials,
        Origins::Own,
        Origins::AnyPort,
    ] {
        let notes = Notes {
            origins,
            ..Notes::default()
        };
        check("reflected-origin", notes, Holds, "").await;
    }
    let words = "a user is needed: name one with --user";
    let outcome = said(Notes::default(), TARGET, &[], "reflected-origin").await;
    assert_eq!(
        (outcome.verdict, outcome.found.concat().as_str()),
        (Undecided, words)
    );
}

/// The target file of a server whose users have tokens.
fn with_tokens() -> String {
    let named = "form: {user: \"{user}\", password: \"{password}\"}, granted: {status: 303}";
    let kept = "form: {user: \"{user}\", password: \"{password}\"}, granted: {status: 200}, keep: {token: /token}";
    let carries = "session: {kept: token}\ncarries: {headers: {Authorization: \"Bearer {token}\"}}";
    TARGET
        .replace(named, kept)
        .replace("session: {cookie: sid}", carries)
}

#[tokio::test]
async fn a_cache_that_does_not_look_at_a_token_is_named() {
    for (keeps, verdict, words) in [
        (
            Keeps::ByUrl,
            Violated,
            "/: `bob` got what was made for `alice`",
        ),
        (Keeps::ByToken, Holds, ""),
        (Keeps::Nothing, Holds, ""),
        (Keeps::OnlyPublic, Holds, ""),
    ] {
        let notes = Notes {
            keeps,
            session: Session::Token,
            ..Notes::default()
        };
        let outcome = said(notes, &with_tokens(), &["alice", "bob"], "shared-cache").await;
        assert_eq!(outcome.verdict, verdict, "{keeps:?}: {outcome:?}");
        assert!(outcome.found.concat().contains(words), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_stream_is_asked_for_with_the_users_cookies() {
    let notes = Notes {
        origins: Origins::OnlyStreams,
        ..Notes::default()
    };
    let streams = TARGET.replace("socket: none", "socket: {protocol: sse, path: /events}");
    let outcome = said(notes, &streams, &["alice", "bob"], "reflected-origin").await;
    assert_eq!(outcome.verdict, Violated, "{outcome:?}");
    let words = "`https://evil.example` may read with credentials: /events";
    assert!(outcome.found.concat().contains(words), "{outcome:?}");
}

#[tokio::test]
async fn an_origin_that_is_allowed_whoever_asks_is_named() {
    let notes = Notes {
        origins: Origins::Partner,
        ..Notes::default()
    };
    let words = "`https://partner.example` may always read with credentials";
    check("reflected-origin", notes, Undecided, words).await;
}
