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
    let bytes = keep(form, &folder).await?;
    Ok((StatusCode::CREATED, Json(json!({ "bytes": bytes }))).into_response())
}

/// Keeps every file of the form, or none; gives their bytes.
pub(crate) async fn keep(mut form: Multipart, folder: &Path) -> Result<u64, Refusal> {
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
    for file in files {
        let name = folder.join(format!("{:032x}", rand::random::<u128>()));
        file.persist(name)
            .map_err(|error| Refusal::Trouble(error.error))?;
    }
    Ok(bytes)
}

async fn receive(folder: &Path, mut field: Field<'_>) -> Result<(NamedTempFile, u64), Refusal> {
    let file = NamedTempFile::new_in(folder).map_err(Refusal::Trouble)?;
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
