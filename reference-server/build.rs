//! Passes the names of the page's built assets to the compiler. The names contain a digest of the content, so they are
//! read from Vite's manifest.

use std::fs;
use std::process::ExitCode;

const MANIFEST: &str = "web/dist/.vite/manifest.json";
/// A source in the manifest, and the environment variable that gets the path under which it is served.
const ASSETS: [(&str, &str); 6] = [
    ("src/style.css", "PAGE_STYLE"),
    ("src/icon.svg", "PAGE_ICON"),
    ("licences.txt", "PAGE_LICENCES"),
    ("src/main.tsx", "PAGE_HOME"),
    ("src/login.ts", "PAGE_LOGIN"),
    ("src/status.ts", "PAGE_STATUS"),
];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=web/dist");
    let read = || {
        let text = fs::read_to_string(MANIFEST).map_err(|error| error.to_string())?;
        let manifest: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| error.to_string())?;
        for (source, variable) in ASSETS {
            let file = manifest[source]["file"].as_str();
            let file = file.ok_or(format!("it has no {source}"))?;
            println!("cargo::rustc-env={variable}=/static/{file}");
        }
        Ok::<(), String>(())
    };
    match read() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!(
                "cargo::error=the page is not built: reference-server/{MANIFEST}: {why}; fix: run ci/setup"
            );
            ExitCode::FAILURE
        }
    }
}
