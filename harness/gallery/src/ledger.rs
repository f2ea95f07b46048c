//! The rows of earlier walks, so that one that was broken off goes on where it was. A row counts for the same target
//! folder, the same program and the same call; one that was not as listed is never kept.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::GalleryError;
use crate::row::{Judgement, Row};

/// Rows by what they were asked for.
pub(crate) struct Ledger {
    file: PathBuf,
    rows: HashMap<String, Row>,
    writing: Mutex<()>,
}

#[derive(Deserialize, Serialize)]
struct Line {
    key: String,
    row: Row,
}

impl Ledger {
    /// Opens the one of this folder, which is made if it is not there.
    pub(crate) fn open(folder: &Path, again: bool) -> Result<Self, GalleryError> {
        fs::create_dir_all(folder).map_err(GalleryError::file("make", folder))?;
        let file = folder.join("rows.jsonl");
        let text = if again {
            String::new()
        } else {
            fs::read_to_string(&file).unwrap_or_default()
        };
        // The last line of a walk that was killed may be cut.
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let rows = lines.map(|line| (line.key, line.row)).collect();
        let writing = Mutex::new(());
        Ok(Self {
            file,
            rows,
            writing,
        })
    }

    /// The row of an earlier walk.
    pub(crate) fn row(&self, key: &str) -> Option<Row> {
        self.rows.get(key).cloned()
    }

    /// Keeps a row that is as listed.
    pub(crate) fn keep(&self, key: String, row: &Row) -> Result<(), GalleryError> {
        if row.judgement != Judgement::AsListed {
            return Ok(());
        }
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let line = Line {
            key,
            row: row.clone(),
        };
        let text = serde_json::to_string(&line).unwrap_or_default() + "\n";
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.file);
        let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(GalleryError::file("write", &self.file))
    }
}
