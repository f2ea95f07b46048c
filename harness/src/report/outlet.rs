//! The one option `--report FORMAT=FILE`: what it asks for, and how reports get into files.

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
    pub(crate) fn check(outlets: &[Self]) -> Result<(), Failure> {
        for (index, outlet) in outlets.iter().enumerate() {
            let folder = outlet.file.parent();
            let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                return Err(Failure::input(
                    format!("there is no folder {}", folder.display()),
                    format!("--report …={}", outlet.file.display()),
                    "make the folder, or name a file in one that is there",
                ));
            }
            if outlets[..index]
                .iter()
                .any(|other| other.file == outlet.file)
            {
                return Err(Failure::input(
                    "two reports go to one file",
                    format!("--report …={}", outlet.file.display()),
                    "give each a file of its own",
                ));
            }
        }
        Ok(())
    }
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
        assert!(Outlet::check(&twice).is_err());
        assert!(Outlet::check(&twice[..1]).is_ok());
        let nowhere = outlet("json=no/such/folder/x").expect("good");
        assert!(Outlet::check(&[nowhere]).is_err());
        let here = outlet("json=./x").expect("good");
        assert!(Outlet::check(&[here]).is_ok());
    }
}
