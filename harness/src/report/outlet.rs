//! The one option `--report FORMAT=FILE`: what it asks for, and how reports get into files.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::formats::{FORMATS, Format};
use crate::failure::Failure;

/// One report, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outlet {
    pub(crate) format: Format,
    pub(crate) file: PathBuf,
}

impl FromStr for Outlet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || FORMATS.map(|(name, _)| format!("{name}=FILE")).join(", ");
        let (name, file) = text.split_once('=').unwrap_or((text, ""));
        let format = FORMATS.iter().find(|(known, _)| *known == name);
        match format {
            Some((_, format)) if !file.is_empty() => Ok(Self {
                format: *format,
                file: PathBuf::from(file),
            }),
            _ => Err(format!("give it as one of {}", known())),
        }
    }
}

impl Outlet {
    /// No file may be asked for twice: the second report would take the first one's place. And what cannot be
    /// written is said before the run, and not after it.
    pub(crate) fn check(outlets: &[Self], inputs: &[&Path]) -> Result<(), Failure> {
        let files: Vec<&Path> = outlets.iter().map(|outlet| outlet.file.as_path()).collect();
        check_files(&files, inputs)
    }
}

/// The same, of files whose formats are others.
pub(crate) fn check_files(files: &[&Path], inputs: &[&Path]) -> Result<(), Failure> {
    for (index, file) in files.iter().enumerate() {
        let folder = file.parent();
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(Failure::input(
                format!("there is no folder {}", folder.display()),
                format!("--report …={}", file.display()),
                "make the folder, or name a file in one that is there",
            ));
        }
        if inputs.iter().any(|input| is_same_file(input, file)) {
            return Err(Failure::input(
                "the report would take the place of a file that the command reads",
                format!("--report …={}", file.display()),
                "name another file",
            ));
        }
        if files[..index]
            .iter()
            .any(|other| other == file || is_same_file(other, file))
        {
            return Err(Failure::input(
                "two reports go to one file",
                format!("--report …={}", file.display()),
                "give each a file of its own",
            ));
        }
    }
    Ok(())
}

/// Whether two paths lead to one regular file, through links and by any of its names. Devices and pipes keep nothing
/// that could be replaced.
fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.metadata(), other.metadata()) {
        (Ok(one), Ok(other)) => {
            one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino())
        }
        (Err(_), Err(_)) => place(one).is_some_and(|one| Some(one) == place(other)),
        _ => false,
    }
}

/// Where a file that is not there yet would be made; a link may lead there.
fn place(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    // The kernel follows 40 links at most.
    for _ in 0..40 {
        let folder = path.parent()?;
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let at = folder.canonicalize().ok()?.join(path.file_name()?);
        match at.read_link() {
            Ok(target) => path = at.parent()?.join(target),
            Err(_) => return Some(at),
        }
    }
    None
}

/// Writes each report that was asked for. One that cannot be written takes nothing from the others.
pub(crate) fn write_all(
    outlets: &[Outlet],
    render: impl Fn(Format) -> std::io::Result<String>,
) -> Result<(), Failure> {
    let mut ended = Ok(());
    for Outlet { format, file } in outlets {
        let written = render(*format).and_then(|text| Ok(whole_file::write(file, text)?));
        if let Err(error) = written {
            ended = ended.and(Err(cannot_write(file, &error)));
        }
    }
    ended
}

pub(crate) fn cannot_write(file: &Path, error: &std::io::Error) -> Failure {
    Failure::world(
        format!("cannot write the report: {error}"),
        file.display(),
        "name a place that can be written",
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_report_has_a_format_and_a_file_of_its_own() {
        let outlet = |text: &str| text.parse::<Outlet>();
        assert_eq!(outlet("junit=a=b").expect("good").file, Path::new("a=b"));
        for wrong in ["", "json", "json=", "pdf=x", "=x"] {
            assert!(
                outlet(wrong).expect_err(wrong).contains("sarif=FILE"),
                "{wrong}"
            );
        }
        let twice = ["json=x", "tap=x"].map(|text| outlet(text).expect("good"));
        assert!(Outlet::check(&twice, &[]).is_err());
        assert!(Outlet::check(&twice[..1], &[]).is_ok());
        let nowhere = outlet("json=no/such/folder/x").expect("good");
        assert!(Outlet::check(&[nowhere], &[]).is_err());
        let here = outlet("json=./x").expect("good");
        assert!(Outlet::check(&[here], &[]).is_ok());
    }

    #[test]
    fn no_report_replaces_an_input_or_another_report() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("input"), "x").expect("written");
        symlink("input", at("link")).expect("a link");
        fs::hard_link(at("input"), at("second-name")).expect("a link");
        symlink("new", at("to-new")).expect("a link");
        for name in ["input", "./input", "link", "second-name"] {
            assert!(
                check_files(&[&at(name)], &[&at("input")]).is_err(),
                "{name}"
            );
            assert!(
                check_files(&[&at(name), &at("input")], &[]).is_err(),
                "{name}"
            );
        }
        for name in ["./new", "to-new"] {
            assert!(
                check_files(&[&at(name), &at("new")], &[]).is_err(),
                "{name}"
            );
        }
        assert!(check_files(&[&at("other"), &at("new")], &[&at("input")]).is_ok());
        let device = [Path::new("/dev/null"), Path::new("/dev/./../dev/null")];
        assert!(check_files(&device, &device[..1]).is_ok());
    }
}
