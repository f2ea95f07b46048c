//! Where a fault was reported in public.

use std::fmt;

/// A public report of the fault in a real system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An issue of a GitHub repository, which is `owner/name`.
    Issue(&'static str, u32),
    /// An entry of the CVE list, such as `CVE-2023-30861`.
    Cve(&'static str),
}

impl Source {
    /// Where to read it.
    #[must_use]
    pub fn link(self) -> String {
        match self {
            Self::Issue(repository, number) => {
                format!("https://github.com/{repository}/issues/{number}")
            }
            Self::Cve(id) => format!("https://nvd.nist.gov/vuln/detail/{id}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(repository, number) => write!(f, "{repository}#{number}"),
            Self::Cve(id) => f.write_str(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Source::{self, Cve, Issue};

    #[track_caller]
    fn check(source: Source, text: &str, link: &str) {
        assert_eq!(source.to_string(), text);
        assert_eq!(source.link(), link);
    }

    #[test]
    fn a_source_has_a_short_name_and_a_link() {
        check(
            Issue("socketio/socket.io", 3322),
            "socketio/socket.io#3322",
            "https://github.com/socketio/socket.io/issues/3322",
        );
        check(
            Cve("CVE-2023-30861"),
            "CVE-2023-30861",
            "https://nvd.nist.gov/vuln/detail/CVE-2023-30861",
        );
    }
}
