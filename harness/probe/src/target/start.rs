//! How to start the system on this machine, as the target file says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to start the system on this machine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The program: looked for beside the harness, then on the PATH.
    pub program: String,
    /// Its arguments. Its standard input is a pipe that is closed when the harness is gone.
    pub arguments: Vec<String>,
    /// Its environment; `{folder}` is a fresh folder, `{random}` 64 random hexadecimal digits,
    /// `{port}` 0 and, at a restart, the port it had.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The arguments that add users: the names follow, one password a line on standard input.
    pub add_users: Vec<String>,
    /// What the line of its standard output begins with that ends with the base address.
    pub ready_line: String,
    /// The arguments that open a fault, with `{fault}`.
    #[serde(default)]
    pub fault: Vec<String>,
}
