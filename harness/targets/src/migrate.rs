//! Target files of the format before this one: how they are known, and how they are written anew.
//!
//! In: the text of such a file. Out: the text of a file that says the same in the language of today. What it cannot say
//! stands in it as a comment. Nothing here reads or writes a file.
//!
//! `old` knows such a file, `yaml` writes values, `steps` its requests, `actions` what users do, and `parts` everything, one
//! part after the other.

mod old;

mod yaml;

mod steps;

mod actions;

mod parts;

pub(crate) use self::old::mark;
pub use self::old::{CHANGED, FIX};

use reading::node::Node;
use reading::wrong::{Wrong, wrong};

use self::parts::New;

/// The text of a file that says the same in the language of today.
///
/// # Errors
/// When the text is no file of the format before this one.
pub fn migrate(text: &str) -> Result<String, Wrong> {
    let old: Node = reading::node::read(text)?;
    if mark(&old).is_none() {
        return wrong(
            Some(old.at()),
            "this is no target file of the format before this one",
            "leave it as it is; `airtight check --target FILE` says what is wrong with it, if anything is",
        );
    }
    Ok(New::of(&old).text(text))
}

#[cfg(test)]
mod tests;
