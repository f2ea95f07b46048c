//! Uploads: streamed to the user's own folder, in constant memory, and kept whole or not at all.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::caller::Changer;
use super::refusal::Refusal;
use crate::app::App;
use crate::sessions::SessionKey;

/// The field whose parts are the files.
const FIELD: &str = "file";

/// Files that one form may have: an open file each.
const MOST: usize = 20;

/// How the name of a file begins that is still being received.
const UNFINISHED: &str = ".unfinished-";

/// Removes what a killed server was receiving.
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

/// Streams each file of the form into the user's own folder; no name of a client reaches the disk.
pub(crate) async fn upload(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Refusal> {
    // Before a byte of it is read, when its head says so already.
    let told = headers.get(header::CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse().ok());
    if told.is_some_and(|length: u64| length > app.live().settings.max_content_length) {
        return Err(Refusal::TooLarge);
    }
    let form = form.map_err(|rejection| wrong(rejection.body_text()))?;
    let folder = app
        .live()
        .settings
        .upload_folder
        .join(SessionKey::of(&caller.user.to_string()).as_str());
    tokio::fs::create_dir_all(&folder)
        .await
        .map_err(Refusal::Trouble)?;
    let bytes = keep(form, &folder, app.live().settings.uploads_per_user).await?;
    Ok((StatusCode::CREATED, Json(json!({ "bytes": bytes }))).into_response())
}

/// Bytes of all files in a folder, those among them that are still being received.
async fn size(folder: &Path) -> std::io::Result<u64> {
    let mut files = tokio::fs::read_dir(folder).await?;
    let mut bytes = 0;
    while let Some(file) = files.next_entry().await? {
        // One that went in the meantime has none.
        bytes += file.metadata().await.map_or(0, |file| file.len());
    }
    Ok(bytes)
}

/// Keeps every file of the form, or none; gives their bytes. The folder has at most so many afterwards.
pub(crate) async fn keep(mut form: Multipart, folder: &Path, most: u64) -> Result<u64, Refusal> {
    if size(folder).await.map_err(Refusal::Trouble)? >= most {
        return Err(Refusal::Full);
    }
    // Each is removed when it is dropped before it is kept, so that a refused upload leaves nothing.
    let mut files = Vec::new();
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
        let (file, size) = receive(folder, field).await?;
        files.push(file);
        bytes += size;
    }
    if files.is_empty() {
        return Err(wrong("there is no file in the form".to_owned()));
    }
    // All is in the folder by now.
    if size(folder).await.map_err(Refusal::Trouble)? > most {
        return Err(Refusal::Full);
    }
    let mut kept = Vec::new();
    for file in files {
        let name = folder.join(format!("{:032x}", rand::random::<u128>()));
        if let Err(error) = file.persist(&name) {
            // All or nothing.
            kept.iter()
                .for_each(|name| drop(std::fs::remove_file(name)));
            return Err(Refusal::Trouble(error.error));
        }
        kept.push(name);
    }
    Ok(bytes)
}

async fn receive(folder: &Path, mut field: Field<'_>) -> Result<(NamedTempFile, u64), Refusal> {
    let file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder);
    let file = file.map_err(Refusal::Trouble)?;
    let mut out = tokio::fs::File::from_std(file.reopen().map_err(Refusal::Trouble)?);
    let mut bytes = 0;
    while let Some(chunk) = field
        .chunk()
        .await
        .map_err(|error| too_large_or_wrong(&error))?
    {
        bytes += chunk.len() as u64;
        out.write_all(&chunk).await.map_err(Refusal::Trouble)?;
    }
    // Writes go on beside: what the last one met is told by the flush, and a sync would forget it.
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
