//! The images of machines: of a bare one, and of one on which the installer has run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use openssl::sha::Sha256;

use super::project::{deployable, root, undecided};

/// Runs the engine's own client, and returns its output if it succeeds.
pub(super) fn docker(arguments: &[&str]) -> Option<String> {
    let ended = Command::new("docker")
        .args(arguments)
        .output()
        .expect("docker runs");
    let said = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
    ended.status.success().then_some(said)
}

/// The image of a machine on which nothing is installed. `None` if there is no engine, no image or no build.
pub(super) fn bare() -> Option<String> {
    if !deployable().is_file() {
        undecided("there is no build to deploy; fix: run `make test`");
        return None;
    }
    let image = Command::new(root().join("ci/image"))
        .output()
        .expect("ci/image runs");
    if !image.status.success() {
        let words = [image.stdout, image.stderr].concat();
        let words = String::from_utf8_lossy(&words);
        undecided(words.trim().trim_start_matches("undecided: "));
        return None;
    }
    let name = String::from_utf8_lossy(&image.stdout);
    Some(name.trim().to_owned())
}

/// The name of the image that the installer makes from this one. It changes with anything that goes into it.
pub(super) fn installed_name(bare: &str) -> String {
    let mut made_of = Sha256::new();
    made_of.update(bare.as_bytes());
    made_of.update(include_bytes!("../rig.rs"));
    made_of.update(include_bytes!("image.rs"));
    // The backup on the machine must be recent, so a new image is made each day.
    let day = std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs() / 86_400;
    made_of.update(&day.to_le_bytes());
    let mut waiting = vec![root().join("deploy"), deployable()];
    while let Some(path) = waiting.pop() {
        if path.ends_with("deploy/checks") {
            continue;
        }
        made_of.update(path.to_string_lossy().as_bytes());
        if path.is_dir() {
            let entries = fs::read_dir(path).expect("a folder").flatten();
            let mut inside: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            inside.sort();
            waiting.extend(inside);
        } else {
            made_of.update(&fs::read(path).expect("a file"));
        }
    }
    let digest = made_of.finish();
    let digits: String = digest[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("airtight/installed:{digits}")
}
