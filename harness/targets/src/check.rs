//! What the parts of a target file say about each other: names that something keeps, parameters, groups, sockets.

mod names;
mod parts;

use reading::wrong::Wrong;

use crate::target::Target;

/// Everything that does not fit together.
pub(crate) fn check(target: &Target) -> Vec<Wrong> {
    let mut mistakes = Vec::new();
    names::check(target, &mut mistakes);
    parts::check(target, &mut mistakes);
    mistakes
}
