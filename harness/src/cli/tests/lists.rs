//! What a command lists or says of one file.

use std::path::Path;

use super::steady::{snapshot, written};
use crate::cli::{self, check};

#[test]
fn the_properties_are_listed_with_their_claims() {
    snapshot("properties", &written(cli::write_properties));
}

#[test]
fn a_file_that_is_right_is_ok() {
    let ok = |n_steps| {
        check::ok(
            Path::new("scenarios/isolation/two-users.yaml"),
            n_steps,
            None,
        )
    };
    snapshot("check-ok", &[ok(1), ok(8)].join("\n"));
}
