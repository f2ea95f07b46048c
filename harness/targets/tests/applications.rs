//! The files of twelve kinds of application are accepted, and files that are wrong are refused with their mistakes.

use std::fs;
use std::path::Path;

use insta::{assert_snapshot, glob};

fn mistakes(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("text");
    let wrong = targets::parse(&text).err().unwrap_or_default();
    let told = wrong.into_iter().map(|wrong| {
        let line = wrong
            .at
            .map_or_else(|| "file".to_owned(), |at| format!("line {}", at.line()));
        format!("{line}: {}\n    fix: {}", wrong.message, wrong.fix)
    });
    told.collect()
}

#[test]
fn each_application_can_be_said() {
    let mut count = 0;
    glob!("applications/*.yaml", |path| {
        count += 1;
        assert_eq!(mistakes(path), [""; 0], "{}", path.display());
    });
    assert_eq!(count, 12);
}

#[test]
fn each_wrong_file_is_refused_with_all_its_mistakes() {
    glob!("wrong/*.yaml", |path| {
        let told = mistakes(path);
        assert!(!told.is_empty(), "{}", path.display());
        assert_snapshot!(told.join("\n"));
    });
}
