//! The targets that ship: what stands in their folders.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::GalleryError;
use crate::expected::Expected;

/// The largest file that is read.
const MOST_BYTES: u64 = 1 << 20;
/// Folders that the set-up or a server fills.
const NOT_OURS: [&str; 2] = ["node_modules", "__pycache__"];

/// A target that ships.
#[derive(Clone, Debug)]
pub(crate) struct Shipped {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) expected: Expected,
    /// Of everything in its folder.
    pub(crate) digest: String,
    /// Files with the versions of its packages.
    locks: Vec<PathBuf>,
}

impl Shipped {
    /// The first lock file whose packages are not installed, as `ci/targets` does it.
    pub(crate) fn missing(&self) -> Option<&Path> {
        let mut locks = self.locks.iter();
        locks.find(|lock| !is_installed(lock)).map(PathBuf::as_path)
    }
}

/// Reads the targets of a folder, or those of these names.
pub(crate) fn read(folder: &Path, only: &[String]) -> Result<Vec<Shipped>, GalleryError> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(GalleryError::file("read", folder))? {
        let entry = entry.map_err(GalleryError::file("read", folder))?;
        if entry.path().join("expected.yaml").is_file() {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    if let Some(unknown) = only.iter().find(|name| !names.contains(*name)) {
        return Err(GalleryError::NoTarget(unknown.clone()));
    }
    if names.is_empty() {
        return Err(GalleryError::Empty(folder.to_owned()));
    }
    let is_wanted = |name: &String| only.is_empty() || only.contains(name);
    let wanted = names.into_iter().filter(is_wanted);
    wanted
        .map(|name| shipped(there(folder)?.join(&name), name))
        .collect()
}

fn shipped(folder: PathBuf, name: String) -> Result<Shipped, GalleryError> {
    let file = folder.join("expected.yaml");
    let wrong = |why: String| GalleryError::Wrong {
        file: file.clone(),
        why,
    };
    let expected: Expected =
        serde_saphyr::from_str(&text(&file)?).map_err(|error| wrong(error.to_string()))?;
    let rules: BTreeSet<&str> = expected
        .faults
        .iter()
        .map(|fault| fault.rule.as_str())
        .collect();
    let names: BTreeSet<&str> = expected
        .faults
        .iter()
        .map(|fault| fault.fault.as_str())
        .collect();
    let n_short = expected.faults.iter().filter(|fault| fault.short).count();
    if names.len() < expected.faults.len() {
        return Err(wrong("a fault stands there twice".to_owned()));
    }
    if expected.faults.len() < 4 || rules.len() < 4 {
        return Err(wrong(
            "a target has four faults of four rules at least".to_owned(),
        ));
    }
    if n_short != 1 {
        return Err(wrong(format!(
            "one fault has `short: true`, and not {n_short}"
        )));
    }
    Ok(Shipped {
        digest: digest(&folder)?,
        locks: locks(&folder)?,
        name,
        folder,
        expected,
    })
}

/// Lines of a target file that are neither empty nor a comment.
pub(crate) fn lines(target: &Path) -> Result<usize, GalleryError> {
    let is_said = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    Ok(text(target)?.lines().filter(is_said).count())
}

fn text(file: &Path) -> Result<String, GalleryError> {
    let size = fs::metadata(file)
        .map_err(GalleryError::file("read", file))?
        .len();
    if size > MOST_BYTES {
        return Err(GalleryError::Wrong {
            file: file.to_owned(),
            why: format!("it has {size} bytes, and {MOST_BYTES} are read at most"),
        });
    }
    fs::read_to_string(file).map_err(GalleryError::file("read", file))
}

/// The lock files of a folder.
fn locks(folder: &Path) -> Result<Vec<PathBuf>, GalleryError> {
    let mut locks = Vec::new();
    for entry in fs::read_dir(folder).map_err(GalleryError::file("read", folder))? {
        let path = entry.map_err(GalleryError::file("read", folder))?.path();
        if installed_in(&path).is_some() {
            locks.push(path);
        }
    }
    locks.sort();
    Ok(locks)
}

/// The folder into which a lock file's packages are installed; none of any other file.
fn installed_in(file: &Path) -> Option<PathBuf> {
    let name = file.file_name()?.to_str()?;
    if name == "package-lock.json" {
        return Some(file.with_file_name("node_modules"));
    }
    let variant = name.strip_prefix("requirements")?.strip_suffix(".txt")?;
    Some(file.with_file_name(format!(".python{variant}")))
}

/// Whether what is there was installed from this file as it is.
fn is_installed(lock: &Path) -> bool {
    let stamp = installed_in(lock).map(|folder| folder.join(".installed-from"));
    let stamp = stamp.and_then(|stamp| fs::read(stamp).ok());
    stamp.is_some() && stamp == fs::read(lock).ok()
}

/// The whole path of what must be there.
pub(crate) fn there(path: &Path) -> Result<PathBuf, GalleryError> {
    fs::canonicalize(path).map_err(GalleryError::file("find", path))
}

/// A digest of the folder's own files and their names.
fn digest(folder: &Path) -> Result<String, GalleryError> {
    let mut hash = Sha256::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut inside = Vec::new();
        for entry in fs::read_dir(&folder).map_err(GalleryError::file("read", &folder))? {
            inside.push(entry.map_err(GalleryError::file("read", &folder))?.path());
        }
        inside.sort();
        for path in inside {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with('.') || NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                hash.update(name.as_bytes());
                hash.update(fs::read(&path).map_err(GalleryError::file("read", &path))?);
            }
        }
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expected::{By, Fault};

    #[test]
    fn what_is_installed_is_told_from_the_lock_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let lock = folder.path().join("requirements-2.txt");
        fs::write(&lock, "a==1").expect("written");
        assert_eq!(
            locks(folder.path()).expect("read"),
            std::slice::from_ref(&lock)
        );
        assert!(!is_installed(&lock));
        let into = folder.path().join(".python-2");
        fs::create_dir(&into).expect("made");
        fs::write(into.join(".installed-from"), "a==1").expect("written");
        assert!(is_installed(&lock));
        fs::write(&lock, "a==2").expect("written");
        assert!(!is_installed(&lock));
    }

    #[test]
    fn a_list_that_cannot_be_right_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let fault = |name: &str, rule: &str| {
            format!(
                "- {{fault: {name}, rule: {rule}, property: p, by: smoke, words: w, short: {}}}\n",
                name == "a"
            )
        };
        let refused = |faults: &str| {
            let list = format!("about: x\nsound: {{applied: 1}}\nfaults:\n{faults}");
            fs::write(folder.path().join("expected.yaml"), list).expect("written");
            fs::write(folder.path().join("target.yaml"), "# x\n\ntarget: x\n").expect("written");
            shipped(folder.path().to_owned(), "x".to_owned()).map_err(|error| error.to_string())
        };
        let four = fault("a", "ISO01")
            + &fault("b", "ISO02")
            + &fault("c", "ISO03")
            + &fault("d", "ISO04");
        refused(&four).expect("right");
        assert_eq!(lines(&folder.path().join("target.yaml")).expect("read"), 1);
        assert!(
            refused(&four.replace("ISO04", "ISO03"))
                .expect_err("three rules")
                .contains("four rules")
        );
        assert!(
            refused(&four.replace(" d,", " a,"))
                .expect_err("twice")
                .contains("twice")
        );
        assert!(
            refused(&four.replace("true", "false"))
                .expect_err("no short")
                .contains("short")
        );
        assert!(refused(&four.replace("words", "wrods")).is_err());
    }
    fn shipped_here() -> Vec<Shipped> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/targets");
        read(&folder, &[]).expect("the targets that ship")
    }

    #[test]
    fn the_head_of_a_target_file_says_how_many_lines_it_took() {
        for shipped in shipped_here() {
            let file = shipped.folder.join("target.yaml");
            let lines = format!("{} lines", lines(&file).expect("read"));
            let text = text(&file).expect("read");
            let head = text.split("\ntarget:").next().unwrap_or_default();
            assert!(head.contains(&lines), "{}: {lines}", shipped.name);
        }
    }

    #[test]
    fn scenarios_of_a_target_are_short() {
        for shipped in shipped_here() {
            for fault in &shipped.expected.faults {
                let By::Run(file) = &fault.by else { continue };
                let lines = lines(&shipped.folder.join(file)).expect("read");
                // Ten steps, and what stands around them.
                assert!(
                    lines <= 18,
                    "{} {}: {lines} lines",
                    shipped.name,
                    file.display()
                );
            }
        }
    }

    #[test]
    fn shipped_scenarios_name_eighteen_faults_of_the_guides_kind_of_application() {
        let shelf = shipped_here();
        let guide = shelf
            .iter()
            .find(|shipped| shipped.name == "guide")
            .expect("the guide's");
        let (mut shipped, mut own) = (0, 0);
        // Two of its faults are no classes of the guide's: one is a race, and one is rare.
        let of_class = |fault: &&Fault| fault.fault == fault.rule;
        for fault in guide.expected.faults.iter().filter(of_class) {
            match &fault.by {
                By::Verify(_) => shipped += 1,
                By::Run(file) => {
                    own += 1;
                    assert!(
                        lines(&guide.folder.join(file)).expect("read") <= 10,
                        "{}",
                        fault.fault
                    );
                }
                _ => own += 1,
            }
        }
        assert_eq!((shipped, shipped + own), (18, 24));
    }
}
