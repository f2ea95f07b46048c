//! A small file system of its own, which can be full or read-only. Needs root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one at `path`. `Err` says why that is not possible.
    pub(crate) fn at(path: &Path) -> Result<Self, String> {
        fs::create_dir_all(path).map_err(|error| error.to_string())?;
        run(
            "mount",
            &["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs"],
            path,
        )?;
        Ok(Self(path.to_owned()))
    }

    /// Nothing more fits until `free`.
    pub(crate) fn fill(&self) {
        use std::io::Write;
        let mut file = fs::File::create(self.0.join("filler")).expect("created");
        while file.write_all(&[0; 4096]).is_ok() {}
        while file.write_all(&[0]).is_ok() {}
    }

    pub(crate) fn free(&self) {
        fs::remove_file(self.0.join("filler")).expect("removed");
    }

    pub(crate) fn set_read_only(&self, read_only: bool) {
        let options = if read_only {
            "remount,ro"
        } else {
            "remount,rw"
        };
        run("mount", &["-o", options], &self.0).expect("remounted");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Err(why) = run("umount", &["--lazy"], &self.0) {
            eprintln!("cannot unmount {}: {why}", self.0.display());
        }
    }
}

fn run(program: &str, arguments: &[&str], path: &Path) -> Result<(), String> {
    let ended = Command::new(program).args(arguments).arg(path).output();
    let ended = ended.map_err(|error| format!("{program}: {error}"))?;
    if ended.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&ended.stderr).trim().to_owned())
    }
}
