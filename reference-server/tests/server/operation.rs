//! The binary as a service manager and a proxy see it: notifications, reloads, logs, and the one
//! trusted hop.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::SET_COOKIE;
use rustix::process::{Pid, Signal, kill_process};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Service {
    child: Child,
    url: String,
    manager: UnixDatagram,
    folder: tempfile::TempDir,
}

impl Service {
    fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let manager = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
        manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let text = format!(
            "SECRET_KEY=0123456789abcdef0123456789abcdef\nBIND=127.0.0.1:0\nUSERS_FILE={}\nSESSION_FILE_DIR={}\nLOG_DIR={}\n{settings}\n",
            path("users"),
            path("sessions"),
            path("logs"),
        );
        fs::write(path("settings"), text).expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_reference-server"))
            .args(["serve", "--env-file", &path("settings")])
            .env("NOTIFY_SOCKET", path("notify"))
            .env("WATCHDOG_USEC", "300000")
            .stdout(Stdio::piped())
            .spawn()
            .expect("runs");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let url = line
            .trim()
            .rsplit(' ')
            .next()
            .expect("an address")
            .to_owned();
        Self {
            child,
            url,
            manager,
            folder,
        }
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join("logs").join(name)
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a pid");
        kill_process(pid, signal).expect("it runs");
    }

    /// Reads the notifications to the service manager until one contains this word.
    #[track_caller]
    fn tells(&self, word: &str) {
        let mut message = [0; 1024];
        loop {
            let length = self.manager.recv(&mut message).expect(word);
            let text = String::from_utf8_lossy(&message[..length]);
            if text.lines().any(|line| line == word) {
                return;
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(path: &Path, words: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.contains(words) || Instant::now() > deadline {
            return text;
        }
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn a_service_manager_hears_of_each_change() {
    let mut service = Service::start("");
    service.tells("READY=1");
    // The health check that comes before it is already in the log.
    assert!(
        fs::read_to_string(service.log("access.log"))
            .expect("a log")
            .contains("self-check")
    );
    service.tells("WATCHDOG=1");
    fs::rename(service.log("access.log"), service.log("access.log.1")).expect("rotated");
    service.signal(Signal::HUP);
    service.tells("RELOADING=1");
    service.tells("READY=1");
    reqwest::get(format!("{}/after-the-rotation", service.url))
        .await
        .expect("an answer");
    let new = wait_for(&service.log("access.log"), "after-the-rotation");
    assert!(
        new.contains("\"GET /after-the-rotation HTTP/1.1\" 404 "),
        "{new}"
    );
    service.signal(Signal::TERM);
    service.tells("STOPPING=1");
    assert!(service.child.wait().expect("ends").success());
}

#[tokio::test]
async fn the_trusted_hop_says_where_a_client_is() {
    let service = Service::start("TRUSTED_PROXY=127.0.0.1");
    let http = reqwest::Client::new();
    let ask = http
        .get(format!("{}/login?next=/secret", service.url))
        .header("X-Forwarded-For", "198.51.100.1, 203.0.113.7")
        .header("X-Forwarded-Proto", "https")
        .header("User-Agent", "a\"b");
    let answer = ask.send().await.expect("an answer");
    let cookie = answer.headers()[SET_COOKIE]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(cookie.starts_with("__Host-paralax_session="), "{cookie}");
    for flag in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let log = wait_for(&service.log("access.log"), "/login");
    let line = log
        .lines()
        .find(|line| line.contains("/login"))
        .expect("a line");
    assert!(line.starts_with("203.0.113.7 - - ["), "{line}");
    assert!(line.contains("\"GET /login HTTP/1.1\" 200 "), "{line}");
    assert!(line.contains("\"a\\x22b\" "), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[tokio::test]
async fn nobody_else_is_believed() {
    let service = Service::start("TRUSTED_PROXY=192.0.2.1");
    let ask = reqwest::Client::new()
        .get(format!("{}/login", service.url))
        .header("X-Forwarded-For", "203.0.113.7")
        .header("X-Forwarded-Proto", "https");
    let answer = ask.send().await.expect("an answer");
    let cookie = answer.headers()[SET_COOKIE]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(cookie.starts_with("paralax_session="), "{cookie}");
    assert!(!cookie.contains("Secure"), "{cookie}");
    let log = wait_for(&service.log("access.log"), "/login");
    assert!(
        log.lines().all(|line| line.starts_with("127.0.0.1 ")),
        "{log}"
    );
}

#[test]
fn a_server_that_cannot_keep_sessions_does_not_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a file");
    fs::write(&file, "").expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_reference-server"));
    command
        .arg("serve")
        .env("SECRET_KEY", "0123456789abcdef0123456789abcdef")
        .env("BIND", "127.0.0.1:0");
    for (setting, value) in [
        ("SESSION_FILE_DIR", file.join("sessions")),
        ("LOG_DIR", file.join("logs")),
    ] {
        let ended = command
            .env_remove("LOG_DIR")
            .env("SESSION_FILE_DIR", folder.path().join("sessions"))
            .env(setting, value)
            .output()
            .expect("runs");
        let words = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(4), "{words}");
        assert!(words.contains(setting), "{words}");
    }
}
