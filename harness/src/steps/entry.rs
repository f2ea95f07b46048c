//! A step as it stands in a file, and the lines that it takes there.
//!
//! Settings are written as JSON on the line of their step, because JSON is YAML too: which texts need quotes is settled
//! by that. The steps inside a step take a line each, so that a person can read the file. A YAML crate would have to be
//! told the same of each value.

use serde_json::Value;

/// A step in a file: its name, and its settings.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    name: &'static str,
    settings: Settings,
}

/// What stands behind a name.
#[derive(Clone, Debug)]
pub(super) enum Settings {
    /// On the line of the name.
    Value(Value),
    /// A line for each of these settings.
    Map(Vec<(&'static str, Settings)>),
    /// A list of steps.
    Steps(Vec<Entry>),
}

impl From<Value> for Settings {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl Entry {
    pub(super) const fn new(name: &'static str, settings: Settings) -> Self {
        Self { name, settings }
    }

    /// What the step is called.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }
}

/// The lines of a list of steps, each with so many spaces before it.
pub(crate) fn lines(entries: &[Entry], indent: usize) -> String {
    let mut out = String::new();
    write_steps(entries, indent, &mut out);
    out
}

fn write_steps(entries: &[Entry], indent: usize, out: &mut String) {
    for Entry { name, settings } in entries {
        *out += &format!("{:indent$}- {name}:", "");
        write_settings(settings, indent + 4, out);
    }
}

fn write_settings(settings: &Settings, indent: usize, out: &mut String) {
    match settings {
        Settings::Value(value) => *out += &format!(" {value}\n"),
        Settings::Map(all) => {
            out.push('\n');
            for (name, settings) in all {
                *out += &format!("{:indent$}{name}:", "");
                write_settings(settings, indent + 2, out);
            }
        }
        Settings::Steps(entries) => {
            out.push('\n');
            write_steps(entries, indent, out);
        }
    }
}
