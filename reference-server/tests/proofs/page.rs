//! The page in a real browser: `web/tests` says what a user does and sees, and starts its servers itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rig::undecided;

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web")
}

/// Runs a script of the page's package, where there is all that it needs.
async fn holds(name: &str, script: &str, needs: &[&str]) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here =
        |tool: &&&str| std::env::split_paths(&path).any(|folder| folder.join(tool).exists());
    if !web().join("node_modules/.installed-lock.json").exists() {
        return undecided(name, "`ci/setup` has not installed what it needs");
    }
    if !needs.is_empty() && needs.iter().find(is_here).is_none() {
        return undecided(name, &format!("{} is not installed", needs[0]));
    }
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", script]).current_dir(web());
    npm.env("REFERENCE_SERVER", env!("CARGO_BIN_EXE_reference-server"));
    let ended = tokio::task::spawn_blocking(move || npm.output());
    let ended = ended.await.expect("no panic").expect("npm runs");
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_sees_their_own_and_all_of_it_in_a_browser() {
    holds(
        "the page in a browser",
        "browser",
        &["chromium", "chromium-browser", "google-chrome"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_typed_and_small() {
    holds("the page's types and size", "check", &[]).await;
    holds("the page's own logic", "unit", &[]).await;
}
