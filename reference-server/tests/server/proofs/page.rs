//! The page in a real browser. The tests are in `web/tests` and start their own servers.

use std::path::{Path, PathBuf};
use std::process::Output;

use tokio::process::Command;

use super::rig::undecided;

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web")
}

/// Whether everything that the page's package needs is installed. If not, reports what is missing.
fn is_here(name: &str, browser: bool) -> bool {
    if !web().join("node_modules/.installed-lock.json").exists() {
        undecided(name, "`ci/setup` has not installed what it needs");
        return false;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |tool: &&str| std::env::split_paths(&path).any(|folder| folder.join(tool).exists());
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    if browser && browsers.iter().find(|tool| found(tool)).is_none() {
        undecided(name, "chromium is not installed");
        return false;
    }
    true
}

/// Runs a script of the package.
async fn npm(script: &[&str]) -> Output {
    ended(&mut command(script)).await
}

fn command(script: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent"])
        .args(script)
        .current_dir(web())
        .env("REFERENCE_SERVER", env!("CARGO_BIN_EXE_reference-server"));
    npm
}

async fn ended(command: &mut Command) -> Output {
    command.output().await.expect("npm runs")
}

fn said(output: &Output) -> String {
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}

async fn holds(script: &str) {
    let ended = npm(&[script]).await;
    assert!(ended.status.success(), "{}", said(&ended));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_sees_their_own_and_all_of_it_in_a_browser() {
    if is_here("the page in a browser", true) {
        holds("browser").await;
    }
}

/// The tests above can fail: each of these servers breaks something that one of them checks, and that test runs on it.
#[cfg(feature = "faults")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_seen_in_a_browser() {
    if !is_here("the page of a broken server", true) {
        return;
    }
    tokio::join!(
        is_seen("ISO13", "no frame of a socket has a word", "secretofalice"),
        is_seen(
            "LOST-ON-RESUME",
            "what was missed without a connection",
            "toHaveCount"
        ),
    );
}

/// With this leak open this test fails, and its message contains what it has seen.
#[cfg(feature = "faults")]
async fn is_seen(fault: &str, test: &str, seen: &str) {
    let results = tempfile::tempdir().expect("a folder");
    let mut browser = command(&["browser", "--", "--workers", "1", "-g", test, "--output"]);
    browser.arg(results.path());
    browser.env("FAULT", fault).env("PATIENCE", "8000");
    let ended = ended(&mut browser).await;
    let said = said(&ended);
    assert!(!ended.status.success(), "{fault}: {said}");
    assert!(
        said.contains("1 failed") && said.contains(seen),
        "{fault}: {said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_typed_and_small() {
    if !is_here("the page's types, size and logic", false) {
        return;
    }
    holds("check").await;
    holds("unit").await;
    let small = npm(&["size", "--", "1024"]).await;
    assert!(!small.status.success(), "{}", said(&small));
    assert!(said(&small).contains("in all, of 1024"), "{}", said(&small));
}
