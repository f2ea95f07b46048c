//! One reader for each step.

use std::collections::BTreeMap;
use std::time::Duration;

use evidence::UserName;
use serde_json::Value;

use super::fields::{Fields, browser, duration, expect, headers, statuses, tab, texts, via};
use super::node::{Node, Yaml};
use super::place::{BrowserName, TabName, Who};
use super::{ActionName, Expect, Http, Limit, Mark, StepKind, Via, Wrong, wrong};

/// How long an event may take where a step does not say.
const WITHIN: Duration = Duration::from_secs(5);
/// Bytes that an upload may have.
const MAX_UPLOAD: u64 = 200 << 20;
/// Each name of a method in a scenario, and what is sent.
const METHODS: [(&str, &str); 5] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
];

pub(super) fn login(node: &Node) -> Result<StepKind, Wrong> {
    if let Yaml::Text(_) = node.yaml {
        return Ok(StepKind::Login {
            browser: browser(node, "login")?,
            in_browser: None,
        });
    }
    let mut fields = Fields::of(node, "login", &["as", "in"])?;
    let (user, old) = (fields.need("as")?, fields.need("in")?);
    let name = user.text("as")?;
    let who = browser(user, "as")?.who;
    let old = browser(old, "in")?;
    if name.contains('/') || who == Who::Everyone || old.who == Who::Everyone {
        return wrong(
            user.line,
            format!("`{name}` cannot log in at `{old}`: one user takes over one browser"),
            "write `{as: USER, in: USER/DEVICE}`",
        );
    }
    Ok(StepKind::Login {
        browser: BrowserName {
            who,
            device: old.device.clone(),
        },
        in_browser: Some(old),
    })
}

pub(super) fn open(node: &Node) -> Result<StepKind, Wrong> {
    if let Yaml::Text(_) = node.yaml {
        return Ok(StepKind::Open {
            tab: tab(node, "open")?,
            polling: false,
            headers: BTreeMap::new(),
            expect: Expect::Granted,
        });
    }
    let mut fields = Fields::of(node, "open", &["at", "transport", "headers", "expect"])?;
    let transport = fields.take("transport");
    let polling = match transport.map(|node| node.text("transport")).transpose()? {
        None | Some("websocket") => false,
        Some("polling") => true,
        Some(other) => {
            return wrong(
                transport.map_or(node.line, |node| node.line),
                format!("there is no transport `{other}`"),
                "use websocket or polling",
            );
        }
    };
    Ok(StepKind::Open {
        tab: tab(fields.need("at")?, "at")?,
        polling,
        headers: headers(fields.take("headers"))?,
        expect: expect(fields.take("expect"))?.unwrap_or(Expect::Granted),
    })
}

pub(super) fn start(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::open(node, "start")?;
    let tab = tab(fields.need("as")?, "as")?;
    let kind = fields.need("action")?.text("action")?.to_owned();
    let name = fields.take("name");
    let label = name.map_or(Ok(kind.as_str()), |name| name.text("name"))?;
    if label.contains(['.', '/', '{', '}']) || label == "session" || label == "sid" {
        return wrong(
            name.map_or(node.line, |name| name.line),
            format!("`{label}` cannot name an action"),
            "give it a `name` of letters, digits and underscores",
        );
    }
    let label = label.to_owned();
    let via = via(fields.take("via"))?;
    let expect = expect(fields.take("expect"))?;
    let mark = mark(fields.take("marker"), via)?;
    let parameters = fields.rest().into_iter();
    Ok(StepKind::Start {
        tab,
        kind,
        label,
        via,
        mark,
        parameters: parameters
            .map(|(name, node)| (name.to_owned(), node.json()))
            .collect(),
        expect,
    })
}

fn mark(node: Option<&Node>, via: Via) -> Result<Mark, Wrong> {
    let Some(node) = node else {
        return Ok(Mark::Marked);
    };
    match (node.text("marker")?, via) {
        ("none", Via::Http) => Ok(Mark::Unmarked),
        ("none", Via::Socket) => wrong(
            node.line,
            "an action without a marker is not started over the socket",
            "remove `via: socket`",
        ),
        (other, _) => wrong(
            node.line,
            format!("`marker` is `{other}`"),
            "write `marker: none`, or nothing",
        ),
    }
}

pub(super) fn stop(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "stop", &["as", "action", "via", "expect"])?;
    let tab = tab(fields.need("as")?, "as")?;
    let action = action(fields.need("action")?, "action", &tab)?;
    let own = tab.browser.who == Who::User(action.user.clone());
    let usual = if own {
        Expect::Granted
    } else {
        Expect::Refused
    };
    Ok(StepKind::Stop {
        tab,
        action,
        via: via(fields.take("via"))?,
        expect: expect(fields.take("expect"))?.unwrap_or(usual),
    })
}

/// `LABEL` of who acts, or `USER.LABEL`.
fn action(node: &Node, what: &str, tab: &TabName) -> Result<ActionName, Wrong> {
    let text = node.text(what)?;
    match (text.rsplit_once('.'), &tab.browser.who) {
        (Some((user, label)), _) if !user.is_empty() => Ok(ActionName {
            user: UserName::from(user),
            label: label.to_owned(),
        }),
        (None, Who::User(user)) => Ok(ActionName {
            user: user.clone(),
            label: text.to_owned(),
        }),
        _ => wrong(
            node.line,
            format!("`{text}` does not say whose action it is"),
            "write USER.ACTION",
        ),
    }
}

pub(super) fn emit(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "emit", &["as", "event", "data", "expect"])?;
    Ok(StepKind::Emit {
        tab: tab(fields.need("as")?, "as")?,
        event: fields.need("event")?.text("event")?.to_owned(),
        data: fields.take("data").map_or(Value::Null, Node::json),
        expect: expect(fields.take("expect"))?,
    })
}

pub(super) fn http(node: &Node) -> Result<StepKind, Wrong> {
    let mut known = vec![
        "as", "headers", "json", "form", "expect", "contains", "lacks",
    ];
    known.extend(METHODS.map(|(key, _)| key));
    let mut fields = Fields::of(node, "http", &known)?;
    let browser = browser(fields.need("as")?, "as")?;
    let (method, path) = method(&mut fields, node.line)?;
    let (json, form) = (fields.take("json"), fields.take("form"));
    if let (Some(_), Some(form)) = (json, form) {
        return wrong(form.line, "the request has two bodies", "keep one of them");
    }
    let mut text = |what: &str| {
        let node = fields.take(what);
        node.map(|node| node.text(what).map(str::to_owned))
            .transpose()
    };
    let (contains, lacks) = (text("contains")?, text("lacks")?);
    Ok(StepKind::Http(Box::new(Http {
        browser,
        method,
        path,
        headers: headers(fields.take("headers"))?,
        json: json.map(Node::json),
        form: texts(form, "form")?,
        expect: statuses(fields.take("expect"))?,
        contains,
        lacks,
    })))
}

/// The one method of a request, and its path.
fn method(fields: &mut Fields<'_>, line: u64) -> Result<(&'static str, String), Wrong> {
    let mut asked = METHODS
        .into_iter()
        .filter_map(|(key, method)| Some((method, fields.take(key)?)));
    let (method, node) = match (asked.next(), asked.next()) {
        (Some(found), None) => found,
        (None, _) => {
            return wrong(
                line,
                "the request has no method",
                "add one of get, post, put, patch and delete with a path",
            );
        }
        (Some(_), Some((_, node))) => {
            return wrong(node.line, "the request has two methods", "keep one of them");
        }
    };
    let path = node.text("path")?;
    // `//host` and `/\host` would leave the target, and take its cookie along.
    if !path.starts_with('/') || path.starts_with("//") || path.contains('\\') {
        return wrong(
            node.line,
            format!("the path `{path}` is not one from the root of the target"),
            "begin it with one /",
        );
    }
    Ok((method, path.to_owned()))
}

pub(super) fn upload(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "upload", &["as", "bytes", "expect"])?;
    let browser = browser(fields.need("as")?, "as")?;
    let bytes = fields.need("bytes")?.number("bytes", 0, MAX_UPLOAD)?;
    Ok(StepKind::Upload {
        browser,
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        expect: statuses(fields.take("expect"))?,
    })
}

pub(super) fn restart(node: &Node) -> Result<StepKind, Wrong> {
    match node.text("restart")? {
        "server" => Ok(StepKind::Restart),
        other => wrong(
            node.line,
            format!("`{other}` cannot be restarted"),
            "write `restart: server`",
        ),
    }
}

pub(super) fn log(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "log", &["lacks"])?;
    let lacks = fields.need("lacks")?;
    match lacks.text("lacks")? {
        "secrets" => Ok(StepKind::LogLacksSecrets),
        other => wrong(
            lacks.line,
            format!("a log is not searched for `{other}`"),
            "write `log: {lacks: secrets}`",
        ),
    }
}

pub(super) fn wait(node: &Node) -> Result<StepKind, Wrong> {
    let known = ["at", "event", "within", "at most", "count", "of"];
    let mut fields = Fields::of(node, "await", &known)?;
    let tab = tab(fields.need("at")?, "at")?;
    let event = fields.need("event")?.text("event")?.to_owned();
    let limit = limit(fields.take("within"), fields.take("at most"))?;
    let count = fields
        .take("count")
        .map_or(Ok(1), |node| node.number("count", 1, 1_000_000))?;
    let of = fields.take("of");
    Ok(StepKind::Await {
        limit,
        count: usize::try_from(count).unwrap_or(usize::MAX),
        of: of.map(|node| action(node, "of", &tab)).transpose()?,
        tab,
        event,
    })
}

fn limit(within: Option<&Node>, at_most: Option<&Node>) -> Result<Limit, Wrong> {
    match (within, at_most) {
        (None, None) => Ok(Limit::Within(WITHIN)),
        (Some(node), None) => Ok(Limit::Within(duration(node, "within")?)),
        (None, Some(node)) => Ok(Limit::AtMost(duration(node, "at most")?)),
        (Some(_), Some(node)) => wrong(
            node.line,
            "`within` and `at most` are two limits",
            "keep `at most` for a promise that can be broken, or `within` for patience",
        ),
    }
}

pub(super) fn last(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "last", &["at", "event", "among", "quiet"])?;
    let tab = tab(fields.need("at")?, "at")?;
    let event = fields.need("event")?.text("event")?.to_owned();
    let others = fields.need("among")?;
    let among = others
        .list("among")?
        .iter()
        .map(|node| node.text("among").map(str::to_owned))
        .collect::<Result<Vec<_>, _>>()?;
    if among.len() < 2 || !among.contains(&event) {
        return wrong(
            others.line,
            format!("`{event}` is not one of several"),
            "name in `among` each event that it is held against, and the event itself",
        );
    }
    Ok(StepKind::Last {
        tab,
        event,
        among,
        quiet: duration(fields.need("quiet")?, "quiet")?,
    })
}

pub(super) fn quiet(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "quiet", &["at", "for", "event"])?;
    let event = fields.take("event");
    Ok(StepKind::Quiet {
        tab: tab(fields.need("at")?, "at")?,
        for_time: duration(fields.need("for")?, "for")?,
        event: event
            .map(|node| node.text("event").map(str::to_owned))
            .transpose()?,
    })
}
