//! What is done in a step: a request, a connection, an event, a frame, a wait, a close, a join.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

use super::request::{self, Request, each_in_pairs, headers, pairs};
use crate::language::json::JsonTemplate;
use crate::language::predicate::Predicate;
use crate::language::template::{Name, Template};
use crate::language::words::{template, text, texts};

/// What is done.
#[derive(Clone, Debug)]
pub enum Act {
    /// An HTTP request.
    Request(Box<Request>),
    /// A socket is opened.
    Connect(Box<Connect>),
    /// An event goes over the socket.
    Emit(Emit),
    /// A raw frame goes over the socket.
    Send(Send),
    /// An event is waited for: the newest such since the tab opened, if it fits, else the next.
    Await(Predicate),
    /// The socket is closed.
    Close,
    /// A group of the file is joined.
    Join(Follow),
    /// It is left.
    Leave(Follow),
}

/// How a socket is opened.
#[derive(Clone, Debug)]
pub struct Connect {
    /// Another path than the socket's own.
    pub path: Option<Template>,
    /// Another namespace than the first.
    pub namespace: Option<Template>,
    /// Added to the path.
    pub query: Vec<(Template, JsonTemplate)>,
    /// What Socket.IO sends with its connect.
    pub auth: Option<JsonTemplate>,
    /// Beside the browser's cookies and its origin.
    pub headers: Vec<(String, Template)>,
    /// What a WebSocket asks for.
    pub subprotocols: Vec<String>,
}

/// An event.
#[derive(Clone, Debug)]
pub struct Emit {
    /// Its name.
    pub event: Template,
    /// Its arguments.
    pub arguments: Vec<JsonTemplate>,
    /// Further values for the frame of a raw protocol, by name.
    pub with: Vec<(Template, JsonTemplate)>,
}

/// A raw frame: JSON, or a text as it stands.
#[derive(Clone, Debug)]
pub struct Send(pub JsonTemplate);

/// A group that is joined or left.
#[derive(Clone, Debug)]
pub struct Follow {
    /// The group of the file.
    pub group: String,
    /// Which one, by its name.
    pub name: Template,
}

/// The keys that say what is done, apart from the methods.
pub(super) const ACTS: [&str; 7] = ["connect", "emit", "send", "await", "close", "join", "leave"];

impl Act {
    /// Takes what is done out of the settings of a step.
    pub(super) fn take(fields: &mut Fields<'_>) -> Result<Option<Self>, Wrong> {
        let mut given = Vec::new();
        for (key, method) in request::METHODS {
            given.extend(fields.take(key).map(|node| (key, Some(method), node)));
        }
        for key in ACTS {
            given.extend(fields.take(key).map(|node| (key, None, node)));
        }
        let (key, method, node) = match given.as_slice() {
            [] => return Ok(None),
            [one] => *one,
            [_, (key, _, node), ..] => {
                return wrong(
                    node.key(),
                    format!("`{key}` is a second thing to do in one step"),
                    "write a list of two steps",
                );
            }
        };
        if let Some(method) = method {
            let request = Request::read(method, node, fields)?;
            return Ok(Some(Self::Request(Box::new(request))));
        }
        for key in request::KEYS {
            if let Some(node) = fields.take(key) {
                return wrong(
                    node.key(),
                    format!("`{key}` belongs to a request"),
                    "add get, post, put, patch or delete with a path, or remove it",
                );
            }
        }
        Ok(Some(match key {
            "connect" => Self::Connect(Box::new(connect(node)?)),
            "emit" => Self::Emit(emit(node, fields)?),
            "send" => Self::Send(Send(JsonTemplate::read(node)?)),
            "await" => Self::Await(await_event(node)?),
            "join" => Self::Join(follow(node, "join")?),
            "leave" => Self::Leave(follow(node, "leave")?),
            _ => {
                nothing_in(node)?;
                Self::Close
            }
        }))
    }

    /// Hands out the names in its texts.
    pub(super) fn each_name<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        match self {
            Self::Request(request) => request.each_name(see),
            Self::Connect(connect) => {
                connect.each_name_of_address(see);
                if let Some(auth) = &connect.auth {
                    auth.each_name(see);
                }
                for (_, value) in &connect.headers {
                    value.names().for_each(&mut *see);
                }
            }
            Self::Emit(emit) => {
                emit.event.names().for_each(&mut *see);
                emit.arguments.iter().for_each(|json| json.each_name(see));
                each_in_pairs(&emit.with, see);
            }
            Self::Send(Send(json)) => json.each_name(see),
            Self::Await(predicate) => predicate.each_name(see),
            Self::Close => {}
            Self::Join(follow) | Self::Leave(follow) => follow.name.names().for_each(see),
        }
    }

    /// Whether it needs a socket.
    #[must_use]
    pub const fn needs_socket(&self) -> bool {
        matches!(
            self,
            Self::Connect(_) | Self::Emit(_) | Self::Send(_) | Self::Await(_)
        )
    }
}

impl Connect {
    /// The names of where it connects to, and not of what says who does.
    pub(crate) fn each_name_of_address<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        let named = self.path.iter().chain(&self.namespace);
        named.flat_map(Template::names).for_each(&mut *see);
        each_in_pairs(&self.query, see);
    }
}

fn connect(node: &Node) -> Result<Connect, Wrong> {
    let known = [
        "path",
        "namespace",
        "query",
        "auth",
        "headers",
        "subprotocols",
    ];
    let mut fields = Fields::of(node, "`connect`", &known)?;
    Ok(Connect {
        path: fields
            .take("path")
            .map(|node| text(node, "path"))
            .transpose()?,
        namespace: fields
            .take("namespace")
            .map(|node| text(node, "namespace"))
            .transpose()?,
        query: pairs(fields.take("query"), "query")?,
        auth: fields.take("auth").map(JsonTemplate::read).transpose()?,
        headers: headers(fields.take("headers"))?,
        subprotocols: fields
            .take("subprotocols")
            .map_or(Ok(Vec::new()), |node| texts(node, "subprotocols"))?,
    })
}

/// `emit: [vote, {…}, 7]`, or `emit: vote` without arguments.
fn emit(node: &Node, fields: &mut Fields<'_>) -> Result<Emit, Wrong> {
    let with = pairs(fields.take("with"), "with")?;
    let items = match &node.yaml {
        Yaml::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let Some((event, arguments)) = items.split_first() else {
        return wrong(
            node.at(),
            "`emit` has no event",
            "write the event's name, and then its arguments",
        );
    };
    let arguments = arguments.iter().map(JsonTemplate::read);
    Ok(Emit {
        event: text(event, "the event's name")?,
        arguments: arguments.collect::<Result<_, _>>()?,
        with,
    })
}

fn await_event(node: &Node) -> Result<Predicate, Wrong> {
    if let Yaml::Text(_) = node.yaml {
        return wrong(
            node.at(),
            "`await` is a text",
            "write `await: {event: NAME}`, and what must stand in it",
        );
    }
    Predicate::read(node, "await")
}

fn follow(node: &Node, what: &str) -> Result<Follow, Wrong> {
    match node.map(what)? {
        [(group, name)] => Ok(Follow {
            group: group.clone(),
            name: template(name, name.text(group)?)?,
        }),
        _ => wrong(
            node.at(),
            format!("`{what}` needs one group"),
            format!("write `{what}: {{GROUP: NAME}}`"),
        ),
    }
}

/// `close: {}` and `close: true` have no settings.
fn nothing_in(node: &Node) -> Result<(), Wrong> {
    match &node.yaml {
        Yaml::Null | Yaml::Bool(true) => Ok(()),
        Yaml::Map(entries) if entries.is_empty() => Ok(()),
        _ => wrong(
            node.at(),
            "`close` has no settings",
            "write `close: {}`; how the server closes stands in `granted`",
        ),
    }
}
