//! How to start the system on this machine, as the target file says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to start the system on this machine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The program. It is looked for beside `airtight`, then on the PATH.
    pub program: String,
    /// Its arguments. Its standard input is a pipe that closes when `airtight` ends.
    pub arguments: Vec<String>,
    /// Its environment. `{folder}` is a new folder, `{random}` 64 random hexadecimal digits, and `{port}` 0 or, after a
    /// restart, the same port as before.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The arguments that add users. The names follow them, and the passwords are on standard input, one per line.
    pub add_users: Vec<String>,
    /// The start of the line on its standard output that ends with the base address.
    pub ready_line: String,
    /// The arguments that open a fault, with `{fault}`.
    #[serde(default)]
    pub fault: Vec<String>,
}
