//! `reference-server config` prints every setting as the table declares it.

use diagnostics::Place;

use super::failure::Failure;
use super::print::print;
use crate::settings::{Applies, Declaration, TABLE};

/// Prints the table as a commented file of settings, or as JSON.
pub(super) fn run(json: bool) -> Result<(), Failure> {
    if json {
        let text = serde_json::to_string_pretty(TABLE).map_err(|error| {
            Failure::new(
                error,
                Place::named("this machine"),
                "free some memory and try again",
                4,
            )
        })?;
        return print([text]);
    }
    let head =
        "# Every setting, as a file for `serve --env-file`. Lines that begin with # are comments.";
    print(std::iter::once(head.to_owned()).chain(TABLE.iter().map(described)))
}

fn described(declaration: &Declaration) -> String {
    let Declaration {
        name,
        meaning,
        example,
        ..
    } = declaration;
    let default = match declaration.default {
        Some("") => "nothing",
        Some(default) => default,
        None if *name == "SECRET_KEY" => "none; it must be set",
        None => "not set",
    };
    let applies = match declaration.applies {
        Applies::OnReload => "after HUP",
        Applies::AtStart => "after a restart",
    };
    format!(
        "\n# {meaning}\n# Default: {default}. A change takes effect {applies}.\n#{name}={example}"
    )
}
