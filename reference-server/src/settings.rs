//! The settings, from the environment or an environment file, checked at the start.
//!
//! In: name and value pairs (`source`). Out: `Settings`, or an error that names the setting, where it stands and
//! the fix. Each setting is declared once, in `table`. The types that are more than a number are in `values`.

mod error;

mod values;

mod fields;

mod table;

mod source;

mod read;

#[cfg(test)]
mod tests;

pub use error::SettingsError;
pub use fields::Settings;
pub use source::Source;
pub use table::{Applies, Declaration, TABLE};
pub use values::{Bind, LogFormat, Secret, TrustedProxy};
