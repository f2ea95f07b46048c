//! Files that are written completely or not at all: into a second file, which is then renamed. No other crate of the
//! workspace renames a file; `ci/boundaries` checks that.
//!
//! [`replace`] is for a program's own files. Half of one is never seen, whatever happens. [`write`](write()) is for
//! what a command leaves for people, at a place that they name. That may also be a pipe or a terminal, which no file
//! may replace.
//!
//! A file that must survive a crash of the machine is synced, and so is its folder after the rename. Until the folder
//! is synced, a crash may undo the rename and lose the old file too. Every call here may block on the disk.
//!
//! What grows line by line is not written here: a history, a log, a session's journal between two rewrites. Its
//! beginning is worth keeping when its end is missing, and its reader knows where it ends.

mod disk;
mod unwritten;
mod replacing;
mod writing;

pub use self::disk::{keep, rename, sync_folder_of};
pub use self::replacing::{Outlasts, keep_owner, replace};
pub use self::unwritten::NotWritten;
pub use self::writing::write;

#[cfg(test)]
mod tests;
