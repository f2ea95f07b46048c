//! Small crates, each a list of files, with the violations that must be found in them.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::check;
use crate::modules::Crate;
use crate::uses;

/// The violations in a crate of these files.
#[track_caller]
fn violations(files: &[(&str, &str)]) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder: PathBuf =
        std::env::temp_dir().join(format!("structure-{}-{count}", std::process::id()));
    for (name, text) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
    }
    let krate = Crate::read(&folder.join("lib.rs")).expect("a crate");
    let found = check(&krate, &uses::of(&krate)).join("\n");
    fs::remove_dir_all(&folder).expect("the folder is ours");
    found
}

#[track_caller]
fn finds(files: &[(&str, &str)], expected: &str) {
    let found = violations(files);
    assert!(
        found.contains(expected),
        "{expected:?} is not in {found:?} for {files:?}"
    );
}

#[track_caller]
fn passes(files: &[(&str, &str)]) {
    let found = violations(files);
    assert!(found.is_empty(), "{found}");
}

#[test]
fn two_files_that_use_each_other_are_a_circle() {
    finds(
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ],
        "a circle of 2 files",
    );
}

#[test]
fn three_files_in_two_folders_are_a_circle() {
    finds(
        &[
            ("lib.rs", "mod low; mod high;"),
            ("low.rs", "pub mod a; pub mod b;"),
            ("low/a.rs", "pub struct A; use super::b::B;"),
            ("low/b.rs", "use crate::high::H; pub struct B;"),
            ("high.rs", "use crate::low::a::A; pub struct H;"),
        ],
        "a circle of 3 files",
    );
}

#[test]
fn a_parent_and_its_child_are_a_circle() {
    finds(
        &[
            ("lib.rs", "mod a;"),
            (
                "a.rs",
                "mod child; use self::child::Child; pub struct Shared; fn f(_: Child) {}",
            ),
            ("a/child.rs", "use super::Shared; pub struct Child(Shared);"),
        ],
        "a circle of 2 files",
    );
}

#[test]
fn a_path_without_a_use_item_is_seen() {
    for code in [
        "fn f() { crate::b::g() }",
        "fn f() -> crate::b::B { todo!() }",
        "fn f() { log!(\"{}\", crate::b::g()) }",
        "fn f() { let x = [1, crate::b::G]; }",
        "fn f() { use crate::b::g; g() }",
        "#[derive(crate::b::B)] struct S;",
        "impl crate::b::B for S {} struct S;",
    ] {
        finds(
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", code),
                ("b.rs", "use crate::a;"),
            ],
            "a circle of 2 files",
        );
    }
}

#[test]
fn a_re_exported_name_counts_for_the_module_that_defines_it() {
    let facade = ("room.rs", "mod b; mod a; pub use a::A; pub use b::B;");
    passes(&[
        ("lib.rs", "mod room;"),
        facade,
        ("room/b.rs", "pub struct B;"),
        ("room/a.rs", "use super::B; pub struct A(B);"),
    ]);
    finds(
        &[
            ("lib.rs", "mod room;"),
            facade,
            ("room/b.rs", "use crate::room::A; pub struct B(A);"),
            ("room/a.rs", "use super::B; pub struct A(B);"),
        ],
        "a circle of 2 files",
    );
}

#[test]
fn a_name_that_comes_through_a_glob_is_seen() {
    finds(
        &[
            ("lib.rs", "mod a; mod room;"),
            ("a.rs", "use crate::room::B; pub struct A;"),
            ("room.rs", "mod b; pub use b::*;"),
            ("room/b.rs", "pub struct B;"),
        ],
        "`a` looks up at `room`: it uses `crate::room::B`",
    );
}

#[test]
fn a_use_upward_is_found_and_a_use_downward_is_not() {
    let rooms = |low: &'static str, high: &'static str| {
        [
            ("lib.rs", "mod low; mod high;"),
            ("low.rs", low),
            ("high.rs", high),
        ]
    };
    finds(
        &rooms("use crate::high::H;", "pub struct H;"),
        "`low` looks up at `high`: it uses `crate::high::H`",
    );
    passes(&rooms("pub struct L;", "use crate::low::L;"));
}

#[test]
fn a_file_deep_in_a_room_looks_upward_as_well() {
    finds(
        &[
            ("lib.rs", "mod low; mod high;"),
            ("low.rs", "mod deep;"),
            ("low/deep.rs", "use crate::high::up::U;"),
            ("high.rs", "pub mod up;"),
            ("high/up.rs", "pub struct U;"),
        ],
        "low/deep.rs:1",
    );
}

#[test]
fn a_use_in_tests_does_not_count() {
    passes(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
        ),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ]);
    passes(&[
        ("lib.rs", "mod a;"),
        ("a.rs", "#[cfg(test)] mod tests; pub struct A;"),
        ("a/tests.rs", "use super::A;"),
    ]);
}

#[test]
fn a_parent_that_only_declares_is_used_by_its_children() {
    passes(&[
        ("lib.rs", "mod a;"),
        ("a.rs", "mod child; pub struct Shared;"),
        ("a/child.rs", "use super::Shared;"),
    ]);
}

#[test]
fn a_visibility_is_not_a_use() {
    passes(&[
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "mod child; use child::Child; pub(crate) struct A(Child);",
        ),
        (
            "a/child.rs",
            "pub(super) struct Child { pub(in crate::a) field: u8, pub(super) other: u8 }",
        ),
    ]);
}

#[test]
fn names_of_other_crates_and_own_names_are_not_uses() {
    passes(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "use std::fmt; struct B; fn f(_: B) -> fmt::Result { b() } fn b() -> fmt::Result { Ok(()) }",
        ),
        ("b.rs", "pub struct B;"),
    ]);
}
