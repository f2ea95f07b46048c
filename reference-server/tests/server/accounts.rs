//! Users that are added and removed while a server runs, keys that change, and pages of another session.

use reqwest::header::{COOKIE, ORIGIN};

use crate::rig::{Service, Setup, until};

#[tokio::test]
async fn one_file_that_stays_is_no_business_of_anybody_else() {
    let service = Service::start("");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    let folder = service.setup.path("sessions");
    let listed = service.setup.run(&["session", "list", "--user", "alice"]);
    assert!(listed.status.success());
    // A folder in place of alice's file cannot be removed like a file.
    let of_alice = |path: &std::path::PathBuf| {
        std::fs::read_to_string(path).is_ok_and(|text| text.contains("\"alice\""))
    };
    let files = std::fs::read_dir(&folder).expect("reads");
    let mut files = files.map(|file| file.expect("a file").path());
    let file = files.find(of_alice).expect("alice's");
    std::fs::remove_file(&file).expect("removed");
    std::fs::create_dir(&file).expect("made");
    assert_eq!(service.ask("POST", "/logout", &alice).await.status(), 500);
    assert_eq!(service.ask("GET", "/", &alice).await.status(), 303);
    assert_eq!(service.ask("POST", "/logout", &bob).await.status(), 303);
    // And it is removed as soon as that is possible.
    std::fs::remove_dir(&file).expect("removed");
    std::fs::write(&file, "{}").expect("written");
    until("it is gone", async || !file.exists()).await;
}

#[test]
fn of_users_that_are_added_at_once_none_is_lost() {
    let setup = Setup::new();
    std::thread::scope(|scope| {
        for name in ["carol", "dan", "erin", "frank", "grace", "heidi"] {
            let setup = &setup;
            scope.spawn(move || {
                let mut add = setup.command(&["user", "add", "--cost", "minimal", name]);
                let mut child = add
                    .stdin(std::process::Stdio::piped())
                    .spawn()
                    .expect("runs");
                let mut input = child.stdin.take().expect("a pipe");
                std::io::Write::write_all(&mut input, b"password\n").expect("written");
                drop(input);
                assert!(child.wait().expect("ends").success());
            });
        }
    });
    let listed = setup.run(&["user", "list"]);
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 8);
}

#[tokio::test]
async fn a_key_is_rotated_without_a_logout() {
    let old = Service::start("");
    let cookie = old.login("alice").await;
    let page = old
        .ask("GET", "/", &cookie)
        .await
        .text()
        .await
        .expect("text");
    let token = page
        .split("name=\"csrf_token\" value=\"")
        .nth(1)
        .expect("a token");
    let token = token.split('"').next().expect("a token").to_owned();
    old.setup.settings(&format!(
        "SECRET_KEY={}\nSECRET_KEY_PREVIOUS={}",
        "f".repeat(16) + &"e".repeat(16),
        crate::rig::KEY
    ));
    // A reload is enough, and sessions stay valid.
    old.signal(rustix::process::Signal::HUP);
    until("the new key counts", async || {
        old.log("app.log")
            .contains("the new settings are in effect")
    })
    .await;
    assert_eq!(old.ask("GET", "/", &cookie).await.status(), 200);
    // A page's token from before the rotation is still valid, and new signatures use the new key.
    let logout = old
        .http
        .post(format!("{}/logout", old.url))
        .header(COOKIE, &cookie)
        .form(&[("csrf_token", &token)]);
    assert_eq!(logout.send().await.expect("an answer").status(), 303);
    let new = old.login("alice").await;
    let key = "f".repeat(16) + &"e".repeat(16);
    old.setup.settings(&format!("SECRET_KEY={key}"));
    old.signal(rustix::process::Signal::HUP);
    until("the old key is gone", async || {
        old.log("app.log")
            .matches("the new settings are in effect")
            .count()
            == 2
    })
    .await;
    assert_eq!(old.ask("GET", "/", &new).await.status(), 200);
    assert_eq!(old.ask("GET", "/", &cookie).await.status(), 303);
}

#[tokio::test]
async fn a_page_of_another_session_changes_nothing() {
    let service = Service::start("");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    let page = service.ask("GET", "/", &alice).await;
    let page = page.text().await.expect("text");
    let own = page.split("data-session=\"").nth(1).expect("the session");
    let own = own.split('"').next().expect("the session").to_owned();
    let ask = |method: &str, path: &str, cookie: &str, session: &str| {
        let method = method.parse().expect("a method");
        let ask = service
            .http
            .request(method, format!("{}{path}", service.url))
            .header(COOKIE, cookie)
            .header(ORIGIN, &service.url)
            .header("X-Session", session)
            .header("content-type", "application/json")
            .body(r#"{"kind": "countdown"}"#);
        ask.send()
    };
    // Alice's page, and the cookie of a user who has logged in with the same browser since.
    for (method, path) in [
        ("POST", "/api/actions"),
        ("DELETE", "/api/sessions"),
        ("POST", "/logout"),
    ] {
        let answer = ask(method, path, &bob, &own).await.expect("an answer");
        assert_eq!(answer.status(), 409, "{method} {path}");
    }
    let list = service.ask("GET", "/api/actions", &bob).await;
    assert_eq!(list.text().await.expect("text"), r#"{"actions":[]}"#);
    let started = ask("POST", "/api/actions", &alice, &own).await;
    assert_eq!(started.expect("an answer").status(), 201);
    let left = ask("POST", "/logout", &alice, &own).await;
    assert_eq!(left.expect("an answer").status(), 303);
}

#[tokio::test]
async fn a_user_who_is_removed_is_logged_out_and_leaves_nothing_to_a_namesake() {
    let service = Service::start("");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    let settings = service.setup.path("settings");
    let settings = settings.to_str().expect("text");
    let removed = ["user", "remove", "--env-file", settings, "alice"];
    let removed = service.setup.run(&removed);
    let said = String::from_utf8_lossy(&removed.stdout).into_owned();
    assert!(
        removed.status.success() && said.contains("ended 1 session\n"),
        "{said}"
    );
    until("alice is logged out", async || {
        service.ask("GET", "/api/actions", &alice).await.status() == 401
    })
    .await;
    assert_eq!(service.ask("GET", "/api/actions", &bob).await.status(), 200);
    // With only the users file given, the command says what remains to be done.
    let users = service.setup.path("users");
    let users = users.to_str().expect("text");
    let removed = service
        .setup
        .run(&["user", "remove", "--users-file", users, "bob"]);
    let said = String::from_utf8_lossy(&removed.stdout).into_owned();
    assert!(
        said.contains("session end --env-file FILE --user bob"),
        "{said}"
    );
}
