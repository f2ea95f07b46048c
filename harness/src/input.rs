//! Files that a person names, read whole and only up to a bound, because a device never ends.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes that a target, a list of passwords, the faults or a matrix may have. The matrix of the reference server has
/// 40 KiB.
const MAX: u64 = 16 << 20;

/// The bytes of the file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX {
        return Err(io::Error::other("it has more than 16 MiB"));
    }
    Ok(bytes)
}

/// The text of the file.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_refused() {
        let error = read(Path::new("/dev/zero")).expect_err("it never ends");
        assert_eq!(error.to_string(), "it has more than 16 MiB");
    }
}
