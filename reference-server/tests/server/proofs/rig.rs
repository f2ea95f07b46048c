//! A separate server for each test: the binary with its own folders, users and settings.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Far more than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Every user's password.
pub(crate) const PASSWORD: &str = "a long enough password";

pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    pub(crate) folder: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

impl Server {
    pub(crate) fn start(users: &[&str], settings: &[(&str, &str)]) -> Self {
        Self::prepared(users, settings, |_| {}).expect("starts")
    }

    /// Starts a server after `prepare` has prepared its folder. `Err` is its output if it did not start.
    pub(crate) fn prepared(
        users: &[&str],
        settings: &[(&str, &str)],
        prepare: impl FnOnce(&Path),
    ) -> Result<Self, String> {
        let folder = tempfile::tempdir().expect("a folder");
        add_users(&folder.path().join("users"), users);
        prepare(folder.path());
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut all = vec![
            (
                "SECRET_KEY".to_owned(),
                "0123456789abcdef0123456789abcdef".to_owned(),
            ),
            ("USERS_FILE".to_owned(), path("users")),
            ("SESSION_FILE_DIR".to_owned(), path("sessions")),
            ("WORKER_CONNECTIONS".to_owned(), "4000".to_owned()),
            ("SESSIONS_PER_USER".to_owned(), "100000".to_owned()),
        ];
        for (name, value) in settings {
            all.retain(|(other, _)| other != name);
            all.push(((*name).to_owned(), value.replace("{folder}", &path(""))));
        }
        let (child, url) = launch(folder.path(), &all, "127.0.0.1:0")?;
        Ok(Self {
            child,
            url,
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .pool_max_idle_per_host(0)
                .build()
                .expect("a client"),
            folder,
            settings: all,
        })
    }

    pub(crate) fn sessions(&self) -> PathBuf {
        self.folder.path().join("sessions")
    }

    /// Its output on standard error so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }

    /// Sends it a signal and waits for its end.
    pub(crate) fn end(&mut self, signal: Signal) -> ExitStatus {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a pid");
        // It may have ended by itself; then its status says how.
        let _ = kill_process(pid, signal);
        self.child.wait().expect("ends")
    }

    /// Starts it again at the same address. Returns the time until it reported that it listens.
    pub(crate) fn start_again(&mut self) -> Duration {
        let started = Instant::now();
        (self.child, self.url) = self.launch_again().expect("starts again");
        started.elapsed()
    }

    /// Tries to start it again, and returns its output. Panics if it starts.
    pub(crate) fn cannot_start_again(&mut self) -> String {
        match self.launch_again() {
            Ok((child, _)) => {
                self.child = child;
                panic!("it started");
            }
            Err(said) => said,
        }
    }

    fn launch_again(&self) -> Result<(Child, String), String> {
        let bind = self.url.trim_start_matches("http://");
        launch(self.folder.path(), &self.settings, bind)
    }

    /// Logs in. Returns the cookie, or the status of the refusal.
    pub(crate) async fn try_login(&self, user: &str) -> Result<String, u16> {
        log_in(&self.http, &self.url, user).await
    }

    pub(crate) async fn login(&self, user: &str) -> String {
        self.try_login(user).await.expect("a login")
    }

    pub(crate) async fn status(&self, cookie: &str, path: &str) -> u16 {
        let ask = self
            .http
            .get(format!("{}{path}", self.url))
            .header(COOKIE, cookie);
        ask.send().await.expect("an answer").status().as_u16()
    }

    /// Starts an action over HTTP and returns its id.
    pub(crate) async fn act(&self, cookie: &str, kind: &str, parameters: Value) -> String {
        let ask = self
            .http
            .post(format!("{}/api/actions", self.url))
            .header(COOKIE, cookie)
            .header(ORIGIN, &self.url)
            .header("content-type", "application/json")
            .body(json!({ "kind": kind, "parameters": parameters }).to_string());
        let answer = ask.send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        let answer: Value =
            serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
        answer["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn stop_action(&self, cookie: &str, id: &str) {
        let ask = self
            .http
            .delete(format!("{}/api/actions/{id}", self.url))
            .header(COOKIE, cookie)
            .header(ORIGIN, &self.url);
        assert_eq!(ask.send().await.expect("an answer").status(), 200);
    }
}

/// Logs in. Returns the cookie, the status of the refusal, or 0 if there was no answer.
pub(crate) async fn log_in(http: &reqwest::Client, url: &str, user: &str) -> Result<String, u16> {
    let ask = http
        .post(format!("{url}/login"))
        .header(ORIGIN, url)
        .form(&[("user", user), ("password", PASSWORD)]);
    let answer = ask.send().await.map_err(|_| 0_u16)?;
    if answer.status() != 303 {
        return Err(answer.status().as_u16());
    }
    let cookie = answer.headers()[SET_COOKIE].to_str().expect("text");
    Ok(cookie.split(';').next().expect("a pair").to_owned())
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("the server's log ends so:");
            for line in lines.iter().skip(lines.len().saturating_sub(30)) {
                eprintln!("  {line}");
            }
        }
    }
}

fn add_users(file: &Path, users: &[&str]) {
    if users.is_empty() {
        return;
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_reference-server"))
        .args(["user", "add", "--cost", "minimal", "--"])
        .args(users)
        .env("USERS_FILE", file)
        .stdin(Stdio::piped())
        .spawn()
        .expect("runs");
    let passwords = format!("{PASSWORD}\n").repeat(users.len());
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(passwords.as_bytes()).expect("written");
    drop(stdin);
    assert!(child.wait().expect("ends").success());
}

fn launch(
    folder: &Path,
    settings: &[(String, String)],
    bind: &str,
) -> Result<(Child, String), String> {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("stderr"))
        .expect("a log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_reference-server"))
        .args(["serve", "--until-stdin-closes"])
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .env("BIND", bind)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("runs");
    let mut line = String::new();
    let out = child.stdout.take().expect("a pipe");
    BufReader::new(out).read_line(&mut line).expect("a line");
    match line.trim().rsplit_once("listening on ") {
        Some((_, url)) => Ok((child, url.to_owned())),
        None => {
            let ended = child.wait().expect("ends");
            let said = fs::read_to_string(folder.join("stderr")).unwrap_or_default();
            Err(format!("{ended}\n{said}"))
        }
    }
}

/// Reports that something is not available here. In CI that is a failure.
pub(crate) fn undecided(what: &str, why: &str) {
    eprintln!("undecided: {what}: {why}");
    assert!(
        std::env::var_os("AIRTIGHT_CI").is_none(),
        "undecided in CI: {what}: {why}"
    );
}

/// A number from the environment, for longer runs by hand.
pub(crate) fn parameter(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} must be a number"))
    })
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The folder in which `ci/setup --for test` installs clients and tools of other projects.
pub(crate) fn tools() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root.join(target).join("tools/interop")
}
