//! A short name for a browser, such as "Firefox on Linux", so that users see where they are logged in.
//!
//! It consists only of words from the lists below. The header itself is long, revealing and written by the client, so
//! it is not stored.

use serde::{Deserialize, Serialize};

/// The name of a browser and of the system that it runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Device(String);

/// A word that identifies a browser, and the browser's name. Words that other browsers also send come last.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

impl Device {
    /// The name for a `User-Agent`, or nothing if neither browser nor system is known.
    pub(crate) fn of(user_agent: &str) -> Option<Self> {
        let known = |words: &[(&str, &'static str)]| {
            let mut words = words.iter();
            words
                .find(|(word, _)| user_agent.contains(word))
                .map(|(_, name)| *name)
        };
        match (known(&BROWSERS), known(&SYSTEMS)) {
            (Some(browser), Some(system)) => Some(Self(format!("{browser} on {system}"))),
            (Some(one), None) | (None, Some(one)) => Some(Self(one.to_owned())),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_distinguished_from_those_it_imitates() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some("Firefox on Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                Some("Chrome on Android"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                Some("Safari on iPhone"),
            ),
            ("curl/8.5.0", Some("curl")),
            ("<b>Linux</b>", Some("Linux")),
            ("", None),
            ("a-bot", None),
        ] {
            assert_eq!(
                Device::of(user_agent),
                name.map(|name| Device(name.to_owned())),
                "{user_agent}"
            );
        }
    }
}
