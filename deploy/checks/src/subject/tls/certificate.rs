//! What a server's certificate says, and whether it fits the host's name.

use openssl::asn1::Asn1Time;
use openssl::error::ErrorStack;
use openssl::x509::{X509, X509VerifyResult};

/// The certificate that the server sent.
pub(crate) struct Certificate {
    pub(crate) days_left: i32,
    /// Whether it is for this host's name.
    pub(crate) fits_name: bool,
    /// Why the chain is not trusted, if it is not.
    pub(crate) distrust: Option<String>,
}

impl Certificate {
    /// Reads `shown`. `verified` is how OpenSSL's verification of the chain ended.
    pub(super) fn read(
        shown: &X509,
        verified: X509VerifyResult,
        name: &str,
    ) -> Result<Self, ErrorStack> {
        let today = Asn1Time::days_from_now(0)?;
        let left = today.diff(shown.not_after())?;
        Ok(Self {
            days_left: left.days,
            fits_name: names(shown).any(|pattern| fits(&pattern, name)),
            distrust: (verified != X509VerifyResult::OK)
                .then(|| verified.error_string().to_owned()),
        })
    }
}

/// The names that the certificate is for.
fn names(certificate: &X509) -> impl Iterator<Item = String> {
    let names = certificate.subject_alt_names().into_iter().flatten();
    names
        .filter_map(|name| {
            let address = || {
                let bytes = name.ipaddress()?;
                let v4 = <[u8; 4]>::try_from(bytes)
                    .map(|bytes| std::net::Ipv4Addr::from(bytes).to_string());
                let v6 = || {
                    <[u8; 16]>::try_from(bytes)
                        .map(|bytes| std::net::Ipv6Addr::from(bytes).to_string())
                };
                v4.or_else(|_| v6()).ok()
            };
            name.dnsname().map(str::to_owned).or_else(address)
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// A wildcard stands for exactly one label, the first.
fn fits(pattern: &str, name: &str) -> bool {
    let name = name.trim_matches(['[', ']']);
    match pattern.strip_prefix("*.") {
        Some(rest) => name
            .split_once('.')
            .is_some_and(|(_, of)| of.eq_ignore_ascii_case(rest)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        assert!(fits("Example.org", "example.ORG"));
        assert!(fits("*.example.org", "a.example.org"));
        assert!(!fits("*.example.org", "a.b.example.org"));
        assert!(!fits("*.example.org", "example.org"));
        assert!(fits("127.0.0.1", "127.0.0.1"));
    }
}
