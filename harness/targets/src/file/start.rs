//! How the target is started on this machine.

use std::time::Duration;

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

use crate::language::template::Template;
use crate::language::words::{flag, scalar, time};

/// How the target is started on this machine.
#[derive(Clone, Debug)]
pub struct Start {
    /// The program and its arguments. The program is looked for beside `airtight`, then on the PATH.
    pub command: Vec<Template>,
    /// Its environment.
    pub environment: Vec<(String, Template)>,
    /// Further arguments that open a fault, with `{fault}`.
    pub fault: Vec<Template>,
    /// Arguments that add users. Their names follow, and the passwords are on standard input, one in a line.
    pub add_users: Vec<Template>,
    /// How long it may take until it is ready.
    pub patience: Duration,
    /// How it says that it is ready.
    pub ready: Ready,
    /// Whether a scenario may restart it.
    pub may_restart: bool,
}

/// How a program says that it is ready.
#[derive(Clone, Debug)]
pub enum Ready {
    /// The port of its base address takes connections.
    Port,
    /// This page answers with a status below 500.
    Page(Template),
    /// A line of its output has this text. The base address may stand behind it.
    Line(String),
}

/// How long a program may take to be ready where the file says nothing.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const KEYS: [&str; 7] = [
    "command",
    "environment",
    "fault",
    "add_users",
    "patience",
    "ready",
    "restart",
];

pub(crate) fn start(node: &Node) -> Result<Start, Wrong> {
    let mut fields = Fields::of(node, "`start`", &KEYS)?;
    let command = words(fields.need("command")?, "command")?;
    let environment = fields.take("environment").map_or(Ok(Vec::new()), |node| {
        let all = node.map("environment")?.iter();
        all.map(|(name, node)| Ok((name.clone(), scalar(node, name)?)))
            .collect()
    })?;
    let mut optional = |key: &str| {
        fields
            .take(key)
            .map_or(Ok(Vec::new()), |node| words(node, key))
    };
    let (fault, add_users) = (optional("fault")?, optional("add_users")?);
    Ok(Start {
        command,
        environment,
        fault,
        add_users,
        patience: fields
            .take("patience")
            .map_or(Ok(PATIENCE), |node| time(node, "patience"))?,
        ready: fields.take("ready").map_or(Ok(Ready::Port), ready)?,
        may_restart: fields
            .take("restart")
            .map_or(Ok(true), |node| flag(node, "restart"))?,
    })
}

/// A list of words, of which the first may be the whole command.
fn words(node: &Node, what: &str) -> Result<Vec<Template>, Wrong> {
    match &node.yaml {
        Yaml::Text(_) => wrong(
            node.at(),
            format!("`{what}` is a text"),
            "write a list of words, as [node, server.js]: no shell reads it",
        ),
        _ => node
            .list(what)?
            .iter()
            .map(|node| scalar(node, what))
            .collect(),
    }
}

fn ready(node: &Node) -> Result<Ready, Wrong> {
    if let Yaml::Text(_) = node.yaml {
        return Ok(Ready::Line(node.text("ready")?.to_owned()));
    }
    let mut fields = Fields::of(node, "`ready`", &["get", "line"])?;
    match (fields.take("get"), fields.take("line")) {
        (Some(get), None) => Ok(Ready::Page(scalar(get, "get")?)),
        (None, Some(line)) => Ok(Ready::Line(line.text("line")?.to_owned())),
        _ => wrong(
            node.at(),
            "`ready` does not say how the program is ready",
            "write `ready: {get: /path}`, or the start of a line of its output",
        ),
    }
}
