//! Uploads: streamed to the user's own folder, in constant memory, and kept whole or not at all.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::caller::Changer;
use super::refusal::Refusal;
use crate::app::App;
use crate::sessions::SessionKey;

/// Streams each file of the form into the user's own folder; no name of a client reaches the disk.
pub(crate) async fn upload(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    mut form: Multipart,
) -> Result<Response, Refusal> {
    let folder = app
        .live()
        .settings
        .upload_folder
        .join(SessionKey::of(&caller.user.to_string()).as_str());
    tokio::fs::create_dir_all(&folder)
        .await
        .map_err(Refusal::Trouble)?;
    let mut bytes = 0;
    loop {
        let field = form
            .next_field()
            .await
            .map_err(|error| too_large_or_wrong(&error))?;
        let Some(field) = field else { break };
        bytes += keep(&folder, field).await?;
    }
    Ok((StatusCode::CREATED, Json(json!({ "bytes": bytes }))).into_response())
}

async fn keep(folder: &Path, mut field: Field<'_>) -> Result<u64, Refusal> {
    // Removed when it is dropped before it is kept, so that a refused upload leaves nothing.
    let file = tempfile::NamedTempFile::new_in(folder).map_err(Refusal::Trouble)?;
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
    let name = folder.join(format!("{:032x}", rand::random::<u128>()));
    file.persist(name)
        .map_err(|error| Refusal::Trouble(error.error))?;
    Ok(bytes)
}

fn too_large_or_wrong(error: &MultipartError) -> Refusal {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::TooLarge;
    }
    Refusal::Wrong {
        error: error.body_text(),
        fix: "send multipart/form-data with a file".to_owned(),
    }
}
