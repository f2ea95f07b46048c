//! Names: places as `USER/DEVICE/TAB`, where a device is a browser and a tab a socket, and actions.

use std::fmt;

use evidence::UserName;
use serde_json::{Value, json};

use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

/// Letters that each part of a place may have.
const MAX_PART: usize = 200;
/// The device where a place names none.
const DEVICE: &str = "desktop";
/// The tab where a place names none.
const TAB: &str = "1";

/// Whose browser it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    User(UserName),
    /// Nobody who is logged in.
    Stranger,
    /// Each user, in parallel.
    Everyone,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user}"),
            Self::Stranger => f.write_str("stranger"),
            Self::Everyone => f.write_str("everyone"),
        }
    }
}

/// A name as it must stand in a file, also in a map in braces: in quotes if YAML would read something else.
pub(crate) fn in_yaml(name: &str) -> String {
    let is_plain = serde_saphyr::from_str::<Value>(&format!("[{name}]"))
        .is_ok_and(|read| read == json!([name]));
    if is_plain {
        name.to_owned()
    } else {
        json!(name).to_string()
    }
}

/// A browser: one cookie jar.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BrowserName {
    pub(crate) who: Who,
    pub(crate) device: String,
}

impl fmt::Display for BrowserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.who, self.device)
    }
}

impl BrowserName {
    /// The shortest text that is read as this browser.
    pub(crate) fn written(&self) -> String {
        if self.device == DEVICE {
            self.who.to_string()
        } else {
            self.to_string()
        }
    }

    /// The same browser for one of everyone.
    pub(crate) fn of(&self, user: &UserName) -> Self {
        Self {
            who: Who::User(user.clone()),
            device: self.device.clone(),
        }
    }
}

/// A tab of a browser: one socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TabName {
    pub(crate) browser: BrowserName,
    pub(crate) tab: String,
}

impl fmt::Display for TabName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.browser, self.tab)
    }
}

impl TabName {
    /// The shortest text that is read as this tab.
    pub(crate) fn written(&self) -> String {
        if self.tab == TAB {
            self.browser.written()
        } else {
            self.to_string()
        }
    }

    /// Reads `USER[/DEVICE[/TAB]]`; the device is `desktop` and the tab `1` where they are left out.
    pub(crate) fn read(text: &str, at: Spot) -> Result<Self, Wrong> {
        let parts: Vec<&str> = text.split('/').collect();
        let (who, device, tab) = match parts.as_slice() {
            [who] => (*who, DEVICE, TAB),
            [who, device] => (*who, *device, TAB),
            [who, device, tab] => (*who, *device, *tab),
            _ => ("", "", ""),
        };
        let good = |part: &str| {
            (1..=MAX_PART).contains(&part.chars().count()) && !part.chars().any(char::is_control)
        };
        if !(good(who) && good(device) && good(tab)) {
            return wrong(
                at,
                format!("`{text}` is not a place"),
                "write USER, USER/DEVICE or USER/DEVICE/TAB",
            );
        }
        let who = match who {
            "stranger" => Who::Stranger,
            "everyone" => Who::Everyone,
            name => Who::User(UserName::from(name)),
        };
        Ok(Self {
            browser: BrowserName {
                who,
                device: device.to_owned(),
            },
            tab: tab.to_owned(),
        })
    }
}

/// An action by the user who started it and its label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ActionName {
    pub(crate) user: UserName,
    pub(crate) label: String,
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.user, self.label)
    }
}
