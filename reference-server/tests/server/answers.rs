//! What every answer and every log line must contain, and what none may contain.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::rig::{Service, Setup, until};
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::Value;

#[tokio::test]
async fn every_answer_protects_the_browser_that_shows_it() {
    let service = Service::start("TRUSTED_PROXY=127.0.0.1");
    let cookie = service.login("alice").await;
    for path in [
        "/",
        "/login",
        "/api/actions",
        "/api/sessions",
        "/health",
        "/none",
        "/socket.io/",
    ] {
        let answer = service.ask("GET", path, &cookie).await;
        let header = |name: &str| {
            let all: Vec<_> = answer.headers().get_all(name).iter().collect();
            assert_eq!(all.len(), 1, "{path}: {name}");
            all[0].to_str().expect("text").to_owned()
        };
        let policy = header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(
            header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert!(header("permissions-policy").contains("camera=()"), "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(!answer.headers().contains_key("server"), "{path}");
        // Without TLS there is no reason for this header.
        assert!(
            !answer.headers().contains_key("strict-transport-security"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_page_runs_what_carries_its_own_nonce() {
    let service = Service::start("");
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let answer = service.get("/login").await;
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .expect("text")
            .to_owned();
        let nonce = policy.split("'nonce-").nth(1).expect("a nonce");
        let nonce = nonce.split('\'').next().expect("a nonce").to_owned();
        let body = answer.text().await.expect("text");
        let carrying = format!("<script type=\"module\" nonce=\"{nonce}\" src=\"/static/");
        assert!(nonce.len() >= 22 && body.contains(&carrying), "{body}");
        assert!(
            !body.contains(" style=") && !body.contains("<script>") && !body.contains("<style")
        );
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn what_a_page_links_is_kept_for_ever_and_sent_small() {
    let service = Service::start("");
    let page = service.get("/login").await.text().await.expect("text");
    let links: Vec<&str> = page
        .split('"')
        .filter(|word| word.starts_with("/static/"))
        .collect();
    assert!(links.len() >= 3, "{page}");
    // The raw answer: the client of the other tests decompresses it.
    let ask = |link: &str, takes: &str| -> (String, usize) {
        let mut stream = TcpStream::connect(service.address()).expect("connects");
        let request = format!(
            "GET {link} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {takes}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .expect("a head");
        let head = String::from_utf8(answer[..end].to_vec()).expect("text");
        (head.to_lowercase(), answer.len() - end - 4)
    };
    for link in links {
        let mut sizes = Vec::new();
        for (takes, sent) in [
            ("identity", None),
            ("gzip;q=0.5", Some("gzip")),
            ("gzip, br", Some("br")),
        ] {
            let (head, size) = ask(link, takes);
            let has = |line: &str| head.lines().any(|found| found == line);
            assert!(has("http/1.1 200 ok"), "{link}: {head}");
            assert!(
                has("cache-control: public, max-age=31536000, immutable"),
                "{head}"
            );
            assert!(
                has("vary: accept-encoding") && has("x-content-type-options: nosniff"),
                "{head}"
            );
            assert!(!head.contains("set-cookie"), "{head}");
            let encoding = head
                .lines()
                .find_map(|line| line.strip_prefix("content-encoding: "));
            assert_eq!(encoding, sent, "{link}: {head}");
            sizes.push(size);
        }
        assert!(
            sizes[2] < sizes[0] && sizes[1] < sizes[0],
            "{link}: {sizes:?}"
        );
    }
    for path in [
        "/static/",
        "/static/main.js",
        "/static/.vite/manifest.json",
        "/static/..%2fbuild.rs",
    ] {
        let answer = service.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn over_tls_the_cookie_is_the_hosts_own() {
    let service = Service::start("TRUSTED_PROXY=127.0.0.1");
    let ask = service
        .http
        .get(format!("{}/login", service.url))
        .header("X-Forwarded-Proto", "https");
    let answer = ask.send().await.expect("an answer");
    assert_eq!(
        answer.headers()["strict-transport-security"],
        "max-age=63072000"
    );
    let cookie = answer.headers()[SET_COOKIE].to_str().expect("text");
    assert!(cookie.starts_with("__Host-paralax_session="), "{cookie}");
}

async fn start_action(service: &Service, cookie: &str, body: &'static str) {
    let start = service
        .http
        .post(format!("{}/api/actions", service.url))
        .header(COOKIE, cookie)
        .header(ORIGIN, &service.url)
        .header("content-type", "application/json")
        .body(body);
    assert_eq!(start.send().await.expect("an answer").status(), 201);
}

#[tokio::test]
async fn json_logs_are_json_and_no_log_holds_a_secret_or_a_payload() {
    let service = Service::start("LOG_FORMAT=json\nLOG_LEVEL=trace");
    let cookie = service.login("alice").await;
    service
        .try_login("bob", "a-guess-that-is-nearly-right", "-")
        .await;
    start_action(
        &service,
        &cookie,
        r#"{"kind": "log", "parameters": {"text": "a-word-of-a-payload", "lines": 2}}"#,
    )
    .await;
    let poll = service
        .ask("GET", "/socket.io/?EIO=4&transport=polling", &cookie)
        .await;
    let open: Value = serde_json::from_str(&poll.text().await.expect("text")[1..]).expect("JSON");
    let sid = open["sid"].as_str().expect("an id");
    let path = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    service.ask("GET", &path, &cookie).await;
    // A joined socket gets events that the libraries would log at this level.
    for frame in [
        "40",
        r#"42["live_logs",{"on":true}]"#,
        r#"420["a-word-of-an-event"]"#,
    ] {
        let ask = service.http.post(format!("{}{path}", service.url));
        let ask = ask.header(COOKIE, &cookie).body(frame);
        assert_eq!(ask.send().await.expect("an answer").status(), 200);
        if frame == "40" {
            let ready = async || {
                let polled = service.ask("GET", &path, &cookie).await;
                polled.text().await.expect("text").contains("\"ready\"")
            };
            until("it is ready", ready).await;
        }
    }
    start_action(
        &service,
        &cookie,
        r#"{"kind": "popups", "parameters": {"text": "a-word-of-a-payload"}}"#,
    )
    .await;
    until("it is sent", async || {
        let polled = service.ask("GET", &path, &cookie).await;
        polled
            .text()
            .await
            .expect("text")
            .contains("a-word-of-a-payload")
    })
    .await;
    service.get("/login?next=/a-word-in-a-query").await;
    until("the last is logged", async || {
        service.log("access.log").matches("\"/login\"").count() >= 3
    })
    .await;
    let id = cookie.split('=').nth(1).expect("a value");
    for name in ["app.log", "access.log", "error.log"] {
        let log = service.log(name);
        for line in log.lines() {
            let line: Value = serde_json::from_str(line).expect(line);
            assert!(line.is_object());
        }
        let secrets = [
            crate::rig::KEY,
            "password-a",
            "a-guess-that",
            "a-word-of",
            "a-word-in",
            id,
            &id[id.len() - 43..],
        ];
        for secret in secrets {
            assert!(!log.contains(secret), "{name} holds {secret}");
        }
        assert!(!log.contains(sid), "{name} holds a transport's id");
    }
}

/// The answer to a request that is sent exactly as it is written. A client library would correct it.
fn raw(service: &Service, request: &str) -> String {
    let mut stream = TcpStream::connect(service.address()).expect("a connection");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

#[tokio::test]
async fn no_path_of_a_client_reaches_the_disk() {
    let service = Service::start("");
    let cookie = service.login("alice").await;
    let host = service.address();
    for path in [
        "/../settings",
        "/static/../../settings",
        "/%2e%2e/settings",
        "/..%2fsettings",
        "/..\\settings",
        "/api/actions/..%2f..%2fsettings",
        "/api/actions/%2fetc%2fpasswd",
        "//etc/passwd",
    ] {
        let answer = raw(
            &service,
            &format!(
                "GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
            ),
        );
        assert!(answer.starts_with("HTTP/1.1 40"), "{path}: {answer}");
        assert!(
            !answer.contains("SECRET_KEY") && !answer.contains("root:"),
            "{path}"
        );
    }
    let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../../users\"\r\n\r\nmallory\r\n--x--\r\n";
    let answer = raw(
        &service,
        &format!(
            "POST /upload HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nCookie: {cookie}\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n\r\n{body}",
            service.url,
            body.len()
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let users = fs::read_to_string(service.setup.path("users")).expect("there");
    assert!(!users.contains("mallory"));
    let uploads = service.setup.path("sessions").join("uploads");
    let folders: Vec<_> = fs::read_dir(uploads).expect("a folder").flatten().collect();
    assert_eq!(folders.len(), 1);
    for file in fs::read_dir(folders[0].path()).expect("a folder").flatten() {
        let name = file.file_name().into_string().expect("text");
        assert!(
            name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_a_user_typed_is_text_in_a_page() {
    let setup = Setup::new();
    let name = "<img src=x onerror=alert(1)>\"'&amp;";
    let mut add = setup.command(&["user", "add", "--cost", "minimal", "--", name]);
    let mut child = add.stdin(Stdio::piped()).spawn().expect("runs");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"password-<\n").expect("written");
    drop(input);
    assert!(child.wait().expect("ends").success());
    let service = Service::start_in(setup, "", |_| {});
    let cookie = service.login(name).await;
    let page = service
        .ask("GET", "/", &cookie)
        .await
        .text()
        .await
        .expect("text");
    assert!(!page.contains("<img"), "{page}");
    assert!(page.contains("onerror=alert(1)"), "{page}");
    let page = service
        .get("/login?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        .await;
    let page = page.text().await.expect("text");
    assert!(!page.contains("<script>alert"), "{page}");
}

#[tokio::test]
async fn there_is_no_debug_mode_and_an_error_shows_nothing_of_the_inside() {
    let setup = Setup::new();
    let settings = setup.settings("DEBUG=1");
    let ended = setup.run(&["check", "--env-file", &settings.display().to_string()]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("no setting `DEBUG`"));

    let service = Service::start("LOG_LEVEL=trace");
    let cookie = service.login("alice").await;
    // The upload folder cannot be created, because there is a file of that name.
    fs::write(service.setup.path("sessions").join("uploads"), "").expect("written");
    let body = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--x--\r\n";
    let ask = service
        .http
        .post(format!("{}/upload", service.url))
        .header(COOKIE, &cookie)
        .header(ORIGIN, &service.url)
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body);
    let answer = ask.send().await.expect("an answer");
    assert_eq!(answer.status(), 500);
    let said: Value = serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
    assert_eq!(said["error"], "the server could not handle the request");
    assert_eq!(said.as_object().expect("an object").len(), 2, "{said}");
    for (path, status) in [
        ("/none", 404),
        ("/health/none", 404),
        ("/api/actions/none", 404),
    ] {
        let answer = service.ask("GET", path, &cookie).await;
        assert_eq!(answer.status(), status, "{path}");
        let said = answer.text().await.expect("text");
        let inside = [".rs:", "panicked", "stack", "/src/"];
        assert!(
            inside.iter().all(|word| !said.contains(word)),
            "{path}: {said}"
        );
    }
}

/// Reporting on standard error that a line could not be written there would panic.
#[tokio::test]
async fn a_log_that_takes_no_line_ends_nothing() {
    let full = || {
        fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("opens")
    };
    let service = Service::start_in(Setup::new(), "LOG_LEVEL=trace", |command| {
        command.stderr(full());
    });
    for name in ["app.log", "access.log", "error.log"] {
        let log = service.setup.path("logs").join(name);
        fs::remove_file(&log).expect("removed");
        std::os::unix::fs::symlink("/dev/full", &log).expect("linked");
    }
    service.signal(rustix::process::Signal::HUP);
    for _ in 0..20 {
        service.try_login("alice", "a wrong guess", "-").await;
    }
    assert_eq!(
        service.try_login("bob", "password-b", "-").await.status(),
        429
    );
    assert_eq!(service.get("/health").await.status(), 200);
}
