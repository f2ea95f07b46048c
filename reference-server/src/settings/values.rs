//! The types of settings that are more than a number or a path.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use cookie::Key;

use crate::ground::folded_name::FoldedName;

/// A key that never appears in output.
#[derive(Clone, Default)]
pub struct Secret(Vec<u8>);

/// Keys from manuals, from the deployment guide and from our own examples.
const KNOWN_KEYS: [&str; 7] = [
    "the output of: openssl rand -hex 32",
    "the SECRET_KEY of yesterday",
    "change-this-to-a-random-secret-key",
    "your-secret-key-here",
    "changeme",
    "secret",
    "dev",
];

impl Secret {
    /// The key that signs cookies.
    pub(crate) fn cookie_key(&self) -> Key {
        Key::derive_from(&self.0)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key, or what is wrong with it. The error never contains the key.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if KNOWN_KEYS.contains(&text) {
            Err("is a known default".to_owned())
        } else if text.len() < 32 {
            Err(format!("needs at least 32 bytes and has {}", text.len()))
        } else if text.bytes().all(|byte| byte == text.as_bytes()[0]) {
            Err("repeats one character".to_owned())
        } else {
            Ok(Self(text.as_bytes().to_vec()))
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where to listen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Bind {
    /// A TCP address; port 0 takes a free one.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
    /// The one socket that the service manager holds.
    #[default]
    Systemd,
}

impl Bind {
    pub(super) fn read(text: &str) -> Option<Self> {
        if text == "systemd" {
            return Some(Self::Systemd);
        }
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Some(Self::Unix(PathBuf::from(path))),
            Some(_) => None,
            None => text.parse().ok().map(Self::Tcp),
        }
    }

    /// Checks that the trusted proxy can connect there. An error is the setting, what is wrong, and the fix.
    pub(crate) fn agrees_with(
        &self,
        trusted: Option<TrustedProxy>,
    ) -> Result<(), (&'static str, &'static str, &'static str)> {
        match (self, trusted) {
            (Self::Unix(_), Some(TrustedProxy::Address(_))) => Err((
                "TRUSTED_PROXY",
                "`TRUSTED_PROXY` is an address, but a client of a Unix socket has none",
                "set TRUSTED_PROXY=unix, which trusts everyone who may open the socket",
            )),
            (Self::Tcp(_), Some(TrustedProxy::Unix)) => Err((
                "TRUSTED_PROXY",
                "`TRUSTED_PROXY` is `unix`, but `BIND` is not a Unix socket",
                "set TRUSTED_PROXY to the proxy's address, or BIND to a Unix socket",
            )),
            (Self::Tcp(address), None) if !address.ip().is_loopback() => Err((
                "BIND",
                "`BIND` is open to the network, and there is no trusted proxy that ends TLS",
                "set BIND to an address on 127.0.0.1, or TRUSTED_PROXY to the proxy's address",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Systemd => f.write_str("systemd"),
        }
    }
}

/// The only hop that may say which address and scheme a client used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedProxy {
    /// A peer with this address.
    Address(IpAddr),
    /// Anyone who may open the Unix socket.
    Unix,
}

impl TrustedProxy {
    pub(super) fn read(text: &str) -> Option<Option<Self>> {
        match text {
            "" => Some(None),
            "unix" => Some(Some(Self::Unix)),
            _ => {
                let address: IpAddr = text.parse().ok()?;
                Some(Some(Self::Address(address.to_canonical())))
            }
        }
    }
}

/// The format of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Origins as browsers send them: in lower case, and without the default port of the scheme.
pub(super) fn origins(text: &str) -> Option<Vec<String>> {
    let origin = |item: &str| {
        let item = item.to_lowercase();
        let (scheme, rest) = item.split_once("://")?;
        let port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let host = rest.strip_suffix(port).unwrap_or(rest);
        is_host(host).then(|| format!("{scheme}://{host}"))
    };
    items(text).map(|item| origin(&item)).collect()
}

/// Names of hosts, in lower case.
pub(super) fn hosts(text: &str) -> Option<Vec<String>> {
    items(text)
        .map(|item| {
            let item = item.to_lowercase();
            is_host(&item).then_some(item)
        })
        .collect()
}

/// Names of users, as a login folds them.
pub(super) fn names(text: &str) -> Option<Vec<FoldedName>> {
    items(text)
        .map(|item| FoldedName::fold(&item).ok())
        .collect()
}

fn items(text: &str) -> impl Iterator<Item = String> {
    let items = text.split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned)
}

fn is_host(text: &str) -> bool {
    let ordinary = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    !text.is_empty() && text.bytes().all(ordinary)
}

/// `info`, or `reference_server=debug,warn`. Checked here because the filter would take a misspelt level for the name
/// of a module.
pub(super) fn filter(text: &str) -> Option<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_module = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_:-".contains(&byte))
    };
    let good = |item: String| match item.split_once('=') {
        Some((module, level)) => is_module(module) && LEVELS.contains(&level),
        None => LEVELS.contains(&item.as_str()),
    };
    (items(text).count() > 0 && items(text).all(good)).then(|| text.to_owned())
}
