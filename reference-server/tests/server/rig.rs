//! A server under test: the real binary with a folder, users and settings of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, Response};
use rustix::process::{Pid, Signal, kill_process};

/// Far more than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A folder with users and settings, for a server that has not been started yet.
pub(crate) struct Setup {
    pub(crate) folder: tempfile::TempDir,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let setup = Self { folder };
        let mut add = setup.command(&["user", "add", "--cost", "minimal", "alice", "bob"]);
        let mut child = add.stdin(Stdio::piped()).spawn().expect("runs");
        let mut input = child.stdin.take().expect("a pipe");
        input
            .write_all(b"password-a\npassword-b\n")
            .expect("written");
        drop(input);
        assert!(child.wait().expect("ends").success());
        setup
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the settings file, with additional lines. A setting that occurs twice is an error, as it should be.
    pub(crate) fn settings(&self, more: &str) -> PathBuf {
        let path = |name: &str| self.path(name).display().to_string();
        let mut text = format!(
            "USERS_FILE={}\nSESSION_FILE_DIR={}\nLOG_DIR={}\n{more}\n",
            path("users"),
            path("sessions"),
            path("logs"),
        );
        for (name, value) in [("SECRET_KEY", KEY), ("BIND", "127.0.0.1:0")] {
            if !more
                .lines()
                .any(|line| line.starts_with(&format!("{name}=")))
            {
                text += &format!("{name}={value}\n");
            }
        }
        fs::write(self.path("settings"), text).expect("written");
        self.path("settings")
    }

    /// The binary, with the folders of this setup and nothing of this process's settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reference-server"));
        command
            .args(arguments)
            .env_clear()
            .env("USERS_FILE", self.path("users"))
            .env("SESSION_FILE_DIR", self.path("sessions"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("runs")
    }
}

/// A running server. It is ended by its own pid.
pub(crate) struct Service {
    pub(crate) child: Child,
    pub(crate) url: String,
    pub(crate) http: Client,
    pub(crate) setup: Setup,
}

impl Service {
    pub(crate) fn start(more: &str) -> Self {
        Self::start_in(Setup::new(), more, |_| {})
    }

    pub(crate) fn start_in(setup: Setup, more: &str, change: impl FnOnce(&mut Command)) -> Self {
        let settings = setup.settings(more);
        let mut command = Command::new(env!("CARGO_BIN_EXE_reference-server"));
        command
            .arg("serve")
            .arg("--env-file")
            .arg(settings)
            .env_clear();
        change(&mut command);
        let (child, url) = launch(command);
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // The server closes idle connections; a request that is on its way at that moment would be lost.
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client");
        Self {
            child,
            url,
            http,
            setup,
        }
    }

    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.setup.path("logs").join(name)).unwrap_or_default()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a pid");
        kill_process(pid, signal).expect("it runs");
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        let ask = self.http.get(format!("{}{path}", self.url));
        ask.send().await.expect("an answer")
    }

    /// A login from `address`, if a proxy is trusted.
    pub(crate) async fn try_login(&self, user: &str, password: &str, address: &str) -> Response {
        let ask = self
            .http
            .post(format!("{}/login", self.url))
            .header(ORIGIN, &self.url)
            .header("X-Forwarded-For", address)
            .form(&[("user", user), ("password", password)]);
        ask.send().await.expect("an answer")
    }

    /// Logs in and returns the cookie.
    pub(crate) async fn login(&self, user: &str) -> String {
        let password = format!("password-{}", &user[..1]);
        let answer = self.try_login(user, &password, "192.0.2.99").await;
        assert_eq!(answer.status(), 303, "{user}");
        let cookie = answer.headers()[SET_COOKIE].to_str().expect("text");
        cookie.split(';').next().expect("a pair").to_owned()
    }

    /// A request of a logged-in user, from our own page.
    pub(crate) async fn ask(&self, method: &str, path: &str, cookie: &str) -> Response {
        let method = method.parse().expect("a method");
        let ask = self
            .http
            .request(method, format!("{}{path}", self.url))
            .header(COOKIE, cookie)
            .header(ORIGIN, &self.url);
        ask.send().await.expect("an answer")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the command and waits for the line that says where it listens.
pub(crate) fn launch(mut command: Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("runs");
    let out = child.stdout.take().expect("a pipe");
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).expect("a line");
    let url = line.trim().strip_prefix("listening on ");
    (child, url.expect("an address").to_owned())
}

/// A command that passes a socket as the service manager does: as file descriptor 3, and with the variables for it.
pub(crate) fn with_socket(command: &Command, socket: &OwnedFd) -> Command {
    let mut shell = Command::new("bash");
    let script = "exec 3<&0 0</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\"";
    let socket = socket.try_clone().expect("a socket");
    shell
        .stdin(Stdio::from(socket))
        .args(["-c", script, "bash"])
        .arg(command.get_program())
        .args(command.get_args());
    shell
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::task::yield_now().await;
    }
}
