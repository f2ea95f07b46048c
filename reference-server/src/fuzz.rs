//! One function for each reader of untrusted bytes. It panics if the reader breaks a rule that must hold for all input.
//!
//! `fuzz/` calls these functions with the inputs of a coverage-guided search. The tests here call them with the inputs
//! in its corpora, which contain everything that was found before.

use std::path::Path;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use futures_util::stream;
use serde_json::Value;

use crate::actions::kinds::Kind;
use crate::delivery::journal;
use crate::ground::fault::Open;
use crate::http::routes::uploads;
use crate::identity::client::Scheme;
use crate::identity::cookies::Cookies;
use crate::identity::store;
use crate::settings::{Settings, Source};

/// A target's name, which is also the name of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("cookie", cookie),
    ("session_file", session_file),
    ("journal", journal),
    ("settings", settings),
    ("event", event),
    ("multipart", multipart),
];

const KEY: &str = "SECRET_KEY=0123456789abcdef0123456789abcdef";
const OTHER_KEY: &str = "SECRET_KEY=fedcba9876543210fedcba9876543210";

fn cookies(key: &str) -> Cookies {
    let source = Source::default().read_text(key, "settings");
    let settings = source.and_then(|source| Settings::read(&source));
    Cookies::new(&settings.expect("a key"), Open::default())
}

static OURS: LazyLock<Cookies> = LazyLock::new(|| cookies(KEY));
static OTHERS: LazyLock<Cookies> = LazyLock::new(|| cookies(OTHER_KEY));

/// The request's `Cookie` field: an id is read only if our signature is valid.
pub fn cookie(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let cookie_field = |value: HeaderValue| HeaderMap::from_iter([(header::COOKIE, value)]);
    let headers = cookie_field(value);
    let Some(id) = OURS.session_id(&headers) else {
        return;
    };
    assert_eq!(OTHERS.session_id(&headers), None, "any key will do");
    let given = OURS.give(&id, Scheme::Http).expect("a cookie");
    let given = given.to_str().expect("text").split(';').next();
    let given = HeaderValue::from_str(given.expect("a pair")).expect("a value");
    assert_eq!(OURS.session_id(&cookie_field(given)), Some(id));
}

/// A session's file: what was read is written and read again without a difference.
pub fn session_file(bytes: &[u8]) {
    let Some(stored) = store::parse(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&stored).expect("JSON");
    assert_eq!(store::parse(&written), Some(stored));
}

/// A session's journal: the sequence number is past every kept event's number, and can continue.
pub fn journal(bytes: &[u8]) {
    let restored = journal::read(bytes, "this boot");
    for (number, text) in &restored.kept {
        assert!(*number <= restored.seq, "{number} past {}", restored.seq);
        assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
    }
    assert!(restored.seq < u64::MAX / 2, "{}", restored.seq);
}

/// A file of settings: an error names a place and a fix, and does not contain the key.
pub fn settings(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let source = Source::default().read_text(text, "settings");
    let Err(error) = source.and_then(|source| Settings::read(&source)) else {
        return;
    };
    let message = error.to_string();
    let part = |name: &str| {
        message
            .lines()
            .find_map(|line| line.trim().strip_prefix(name))
    };
    for name in ["--> ", "= fix: "] {
        assert!(
            part(name).is_some_and(|part| !part.trim().is_empty()),
            "{message}"
        );
    }
    let keys = text.lines().filter_map(|line| {
        let (name, key) = line.split_once('=')?;
        name.trim().starts_with("SECRET_K").then(|| key.trim())
    });
    for key in keys.filter(|key| key.len() >= 16) {
        assert!(!message.contains(key), "{message}");
    }
}

/// A request for an action, over HTTP or a socket: a refusal says what is wrong and what to do.
pub fn event(bytes: &[u8]) {
    let Ok(request) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    if let Err(wrong) = Kind::read(request) {
        assert!(!wrong.error.is_empty() && !wrong.fix.is_empty());
    }
}

/// The body of an upload, in pieces whose length is its first byte: either all of its files are kept, or none.
pub fn multipart(bytes: &[u8]) {
    let Some((piece, body)) = bytes.split_first() else {
        return;
    };
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> = body
        .chunks(usize::from(*piece).max(1))
        .map(|piece| Ok(piece.to_vec()))
        .collect();
    let request = Request::post("/upload")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from_stream(stream::iter(pieces)))
        .expect("a request");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let kept = runtime.block_on(async {
        let form = Multipart::from_request(request, &()).await.ok()?;
        uploads::keep(form, folder.path(), u64::MAX).await.ok()
    });
    assert_eq!(sizes(folder.path()), kept);
}

/// The bytes of the files in the folder; `None` if there is no file.
fn sizes(folder: &Path) -> Option<u64> {
    std::fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.and_then(|file| file.metadata()).expect("a file").len())
        .reduce(|one, other| one + other)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn corpora() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
    }

    #[test]
    fn what_was_found_before_holds() {
        for (name, target) in TARGETS {
            let corpus = corpora().join(name);
            let files: Vec<_> = fs::read_dir(&corpus).expect(name).flatten().collect();
            assert!(!files.is_empty(), "{name}");
            for file in files {
                let bytes = fs::read(file.path()).expect("a file");
                // Caught, because the panic itself does not name the file.
                let holds = std::panic::catch_unwind(|| target(&bytes)).is_ok();
                assert!(holds, "{}", file.path().display());
            }
        }
    }

    #[test]
    fn each_target_has_its_file_and_each_corpus_its_target() {
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        let fuzz = corpora().join("..");
        let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("a manifest");
        for name in &names {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
        for folder in ["corpus", "fuzz_targets"] {
            for entry in fs::read_dir(fuzz.join(folder)).expect(folder).flatten() {
                let path = entry.path();
                let name = path.file_stem().and_then(|name| name.to_str());
                assert!(names.contains(&name.expect("text")), "{}", path.display());
            }
        }
    }

    #[test]
    fn the_seeds_reach_what_is_behind_the_first_check() {
        let seed = |name: &str| fs::read(corpora().join(name)).expect(name);
        let cookie = HeaderValue::from_bytes(&seed("cookie/signed")).expect("a value");
        let headers = HeaderMap::from_iter([(header::COOKIE, cookie)]);
        assert!(OURS.session_id(&headers).is_some());
        assert!(store::parse(&seed("session_file/login")).is_some());
        assert_eq!(
            journal::read(&seed("journal/two_events"), "this boot").seq,
            2
        );
        let text = String::from_utf8(seed("settings/whole")).expect("text");
        let source = Source::default().read_text(&text, "settings");
        Settings::read(&source.expect("lines")).expect("settings");
        let request = serde_json::from_slice(&seed("event/countdown")).expect("JSON");
        assert!(Kind::read(request).is_ok());
    }
}
