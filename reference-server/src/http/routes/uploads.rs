//! Uploads: streamed to the user's own folder in constant memory, and kept completely or not at all.

use std::path::Path;

use axum::Json;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use utoipa::ToSchema;

use super::caller::Changer;
use super::refusal::Refusal;
use super::turns::Turns;
use crate::identity::live::Live;
use crate::identity::session_key::SessionKey;

/// The name of the form's parts that are files.
const FIELD: &str = "file";

/// The bytes that even the smallest file takes on the disk: one block.
const BLOCK: u64 = 4096;

/// The most files in one form. Each is an open file while it is received.
const MOST: usize = 20;

/// The prefix of a file that is still being received.
const UNFINISHED: &str = ".unfinished-";

/// Removes the files that a killed server was receiving. Blocks on the disk.
pub(crate) fn clean(uploads: &Path) -> std::io::Result<()> {
    let of_users = match std::fs::read_dir(uploads) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for folder in of_users {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder.path())? {
            let file = file?;
            if file.file_name().to_string_lossy().starts_with(UNFINISHED) {
                std::fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

/// Bytes of the files that were kept.
#[derive(Serialize, ToSchema)]
#[schema(as = Kept)]
pub(crate) struct KeptBytes {
    bytes: u64,
}

/// What an upload needs. Clones are the same.
#[derive(Clone)]
pub(crate) struct Uploads {
    pub(crate) live: Live,
    pub(crate) turns: Turns,
}

/// Streams each file of the form into the user's own folder. File names from the client are not used.
pub(crate) async fn upload(
    State(uploads): State<Uploads>,
    Changer(caller): Changer,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<KeptBytes>), Refusal> {
    // The settings at the beginning apply to the whole upload.
    let live = uploads.live.now();
    let settings = &live.settings;
    // If the head already says that it is too large, it is refused before a byte is read.
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > settings.max_content_length) {
        return Err(Refusal::TooLarge);
    }
    let form = form.map_err(|rejection| wrong(rejection.body_text()))?;
    let name = SessionKey::of(caller.user.as_str());
    let folder = settings.upload_folder.join(name.as_str());
    tokio::fs::create_dir_all(&folder)
        .await
        .map_err(Refusal::Trouble)?;
    // A user's uploads run one after another. Concurrent ones could together exceed the limit, each unaware of the
    // others.
    let turn = uploads.turns.of(&caller.user);
    let _turn = turn.lock().await;
    let bytes = keep(form, &folder, settings.uploads_per_user).await?;
    Ok((StatusCode::CREATED, Json(KeptBytes { bytes })))
}

/// The bytes that a file counts against its user's limit. An empty file counts too, because it takes room on the disk.
fn counted_size(bytes: u64) -> u64 {
    bytes.max(BLOCK)
}

/// The bytes that all files of a folder count.
async fn size_of_all(folder: &Path) -> std::io::Result<u64> {
    let mut files = tokio::fs::read_dir(folder).await?;
    let mut all = 0;
    while let Some(file) = files.next_entry().await? {
        // A file that was removed in the meantime counts nothing.
        all += file
            .metadata()
            .await
            .map_or(0, |file| counted_size(file.len()));
    }
    Ok(all)
}

/// Keeps every file of the form, or none. Returns their bytes. Afterwards all files in the folder count at most `most`.
pub(crate) async fn keep(form: Multipart, folder: &Path, most: u64) -> Result<u64, Refusal> {
    let kept = size_of_all(folder).await.map_err(Refusal::Trouble)?;
    // A temporary file is removed when it is dropped, so a refused upload leaves nothing.
    let mut files = Vec::new();
    let received = receive_all(form, folder, most.saturating_sub(kept), &mut files).await;
    let (folder, is_whole) = (folder.to_owned(), received.is_ok());
    let keep_all = move || {
        if is_whole {
            keep_all(files, &folder)
        } else {
            Ok(())
        }
    };
    let kept = tokio::task::spawn_blocking(keep_all).await;
    let bytes = received?;
    kept.map_err(std::io::Error::other)
        .flatten()
        .map_err(Refusal::Trouble)?;
    Ok(bytes)
}

/// Gives all files their final names, or none, and syncs the folders so that they survive a crash of the machine.
/// Blocks on the disk.
fn keep_all(files: Vec<NamedTempFile>, folder: &Path) -> std::io::Result<()> {
    let mut kept = Vec::new();
    let keep = || {
        for file in files {
            let name = folder.join(format!("{:032x}", rand::random::<u128>()));
            whole_file::keep(file, &name)?;
            kept.push(name);
        }
        whole_file::sync_folder_of(&folder.join("any"))?;
        // The folder's own name may be new as well.
        whole_file::sync_folder_of(folder)
    };
    keep().inspect_err(|_| {
        kept.iter()
            .for_each(|name| drop(std::fs::remove_file(name)));
    })
}

/// Receives every file of the form. They do not have their final names yet.
async fn receive_all(
    mut form: Multipart,
    folder: &Path,
    mut left: u64,
    files: &mut Vec<NamedTempFile>,
) -> Result<u64, Refusal> {
    let mut bytes = 0;
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| too_large_or_wrong(&error))?
    {
        if field.name() != Some(FIELD) {
            return Err(wrong(format!("a part is not named `{FIELD}`")));
        }
        if files.len() == MOST {
            return Err(wrong(format!("there are more than {MOST} files")));
        }
        let (file, size) = receive(folder, field, left).await?;
        left = left.saturating_sub(counted_size(size));
        files.push(file);
        bytes += size;
    }
    if files.is_empty() {
        return Err(wrong("there is no file in the form".to_owned()));
    }
    Ok(bytes)
}

/// A temporary file, and a handle that writes to it off this thread.
async fn unfinished(folder: &Path) -> std::io::Result<(NamedTempFile, tokio::fs::File)> {
    let folder = folder.to_owned();
    let make = move || {
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(folder)?;
        let out = file.reopen()?;
        Ok((file, tokio::fs::File::from_std(out)))
    };
    tokio::task::spawn_blocking(make)
        .await
        .map_err(std::io::Error::other)?
}

async fn receive(
    folder: &Path,
    mut field: Field<'_>,
    left: u64,
) -> Result<(NamedTempFile, u64), Refusal> {
    if left < BLOCK {
        return Err(Refusal::Full);
    }
    let (file, mut out) = unfinished(folder).await.map_err(Refusal::Trouble)?;
    let mut bytes = 0;
    while let Some(chunk) = field
        .chunk()
        .await
        .map_err(|error| too_large_or_wrong(&error))?
    {
        bytes += chunk.len() as u64;
        if bytes > left {
            return Err(Refusal::Full);
        }
        out.write_all(&chunk).await.map_err(Refusal::Trouble)?;
    }
    // Writes run in the background. Only the flush reports an error of the last one; a sync alone would lose it.
    out.flush().await.map_err(Refusal::Trouble)?;
    out.sync_all().await.map_err(Refusal::Trouble)?;
    Ok((file, bytes))
}

fn wrong(error: String) -> Refusal {
    Refusal::Wrong {
        error,
        fix: format!("send multipart/form-data with the files as parts named `{FIELD}`"),
    }
}

fn too_large_or_wrong(error: &MultipartError) -> Refusal {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::TooLarge;
    }
    wrong(error.body_text())
}
