//! Checks a crate's uses against two rules: no circle between files, and no module uses one that is listed after it.
//!
//! The `mod` lines list the modules from the ground up. Their order also binds everything inside each module.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::Crate;
use crate::uses::Uses;

/// The violations, one line each, in the format of `ci/verdict.sh`.
pub(crate) fn check(krate: &Crate, uses: &Uses) -> Vec<String> {
    let mut violations = circles(krate, uses);
    violations.extend(upward(krate, uses));
    violations
}

fn violation(what: &str, place: &str, fix: &str) -> String {
    format!("violated: {what}; at: {place}; fix: {fix}")
}

/// Finds files that use each other, directly or through others.
fn circles(krate: &Crate, uses: &Uses) -> Vec<String> {
    let mut files: BTreeMap<String, BTreeMap<String, (usize, String)>> = BTreeMap::new();
    for (user, used) in uses {
        let of_file = files.entry(krate.file(user)).or_default();
        for (name, seen) in used {
            let file = krate.file(name);
            if file != krate.file(user) {
                of_file
                    .entry(file)
                    .or_insert_with(|| (seen.line, seen.path.clone()));
            }
        }
    }
    let mut violations = Vec::new();
    let mut reported = BTreeSet::new();
    for start in files.keys() {
        if reported.contains(start) {
            continue;
        }
        let Some(circle) = shortest_circle(&files, start) else {
            continue;
        };
        reported.extend(circle.iter().cloned());
        let links: Vec<String> = circle
            .iter()
            .zip(circle.iter().cycle().skip(1))
            .map(|(from, to)| {
                let (line, path) = &files[from][to];
                format!("{from}:{line} uses `{path}`")
            })
            .collect();
        violations.push(violation(
            &format!("a circle of {} files", circle.len()),
            &links.join(", "),
            "find what they share, name it, and move it below them",
        ));
    }
    violations
}

/// The shortest way from a file back to itself.
fn shortest_circle(
    files: &BTreeMap<String, BTreeMap<String, (usize, String)>>,
    start: &String,
) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&String, &String> = BTreeMap::new();
    let mut row = vec![start];
    while !row.is_empty() {
        let mut next = Vec::new();
        for from in row {
            for to in files.get(from).into_iter().flat_map(BTreeMap::keys) {
                if to == start {
                    let mut circle = vec![from.clone()];
                    let mut at = from;
                    while at != start {
                        at = came_from[at];
                        circle.push(at.clone());
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !came_from.contains_key(to) {
                    came_from.insert(to, from);
                    next.push(to);
                }
            }
        }
        row = next;
    }
    None
}

/// Finds uses of a module that is listed after the one that uses it.
fn upward(krate: &Crate, uses: &Uses) -> Vec<String> {
    let mut violations = Vec::new();
    for (user, used) in uses {
        for (name, seen) in used {
            let shared = user.iter().zip(name).take_while(|(a, b)| a == b).count();
            let (Some(lower), Some(upper)) = (user.get(shared), name.get(shared)) else {
                // One is the ancestor of the other, so no list has both.
                continue;
            };
            let list = &krate.modules[&user[..shared].to_vec()].children;
            let place = |name: &String| list.iter().position(|child| child == name);
            if place(lower) < place(upper) {
                violations.push(violation(
                    &format!("`{lower}` looks up at `{upper}`: it uses `{}`", seen.path),
                    &format!("{}:{}", krate.file(user), seen.line),
                    &format!("move what it uses below it, or list `{upper}` before `{lower}`"),
                ));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests;
