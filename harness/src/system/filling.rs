//! What the names in a target file's `start` stand for.

use std::path::Path;

use serde_json::Value;
use targets::language::template::{Lookup, Made, Name, Template, Unset};

/// What is known before a start.
#[derive(Clone, Debug)]
pub(super) struct Filling {
    folder: String,
    random: String,
    fault: Option<String>,
}

impl Filling {
    pub(super) fn new(folder: &Path, fault: Option<&str>) -> Self {
        let random = format!(
            "{:032x}{:032x}",
            rand::random::<u128>(),
            rand::random::<u128>()
        );
        Self {
            folder: folder.to_string_lossy().into_owned(),
            random,
            fault: fault.map(str::to_owned),
        }
    }

    pub(super) const fn has_fault(&self) -> bool {
        self.fault.is_some()
    }

    /// The text with its names filled in.
    pub(super) fn text(&self, template: &Template, port: &str) -> Result<String, Unset> {
        template.text(&mut Known {
            filling: self,
            port,
        })
    }

    /// Whether the port stands in it.
    pub(super) fn has_port(template: &Template) -> bool {
        let mut names = template.names();
        names.any(
            |name| matches!(name, Name::Kept(kept) if kept.of.is_none() && kept.name == "port"),
        )
    }
}

struct Known<'a> {
    filling: &'a Filling,
    port: &'a str,
}

impl Lookup for Known<'_> {
    fn make(&mut self, _: Made) -> Value {
        Value::from(self.filling.random.as_str())
    }

    fn kept(&self, of: Option<&str>, name: &str) -> Option<Value> {
        match (of, name) {
            (None, "port") => Some(Value::from(self.port)),
            (None, "folder") => Some(Value::from(self.filling.folder.as_str())),
            (None, "random") => Some(Value::from(self.filling.random.as_str())),
            (None, "fault") => Some(Value::from(self.filling.fault.as_deref()?)),
            _ => None,
        }
    }
}
