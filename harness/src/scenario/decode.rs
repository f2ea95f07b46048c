//! From YAML to steps: names, types and ranges, each with its line.

use std::collections::BTreeMap;
use std::time::Duration;

use evidence::{UserName, properties};
use serde_json::Value;

use super::node::{Node, Yaml};
use super::place::{BrowserName, TabName, Who};
use super::{ActionName, Expect, Http, Scenario, Step, StepKind, Via, Wrong, wrong};

const STEPS: &str = "login, logout, open, close, cut, stall, resume, start, stop, emit, http, upload, restart, await, quiet, repeat, together";
const RESERVED: [&str; 3] = ["stranger", "everyone", "server"];
/// Levels of `repeat` and `together` inside each other.
const NESTING: usize = 8;
/// The longest wait.
const LONGEST: Duration = Duration::from_mins(5);

/// The entries of a map by name; what is not taken is unknown.
struct Fields<'a> {
    line: u64,
    entries: Vec<(&'a str, &'a Node)>,
}

impl<'a> Fields<'a> {
    fn of(node: &'a Node, what: &str) -> Result<Self, Wrong> {
        let entries = node
            .map(what)?
            .iter()
            .map(|(name, node)| (name.as_str(), node))
            .collect();
        Ok(Self {
            line: node.line,
            entries,
        })
    }

    fn take(&mut self, name: &str) -> Option<&'a Node> {
        let at = self.entries.iter().position(|(key, _)| *key == name)?;
        Some(self.entries.remove(at).1)
    }

    fn need(&mut self, name: &str) -> Result<&'a Node, Wrong> {
        self.take(name).map_or_else(
            || {
                wrong(
                    self.line,
                    format!("`{name}` is missing"),
                    format!("add `{name}:`"),
                )
            },
            Ok,
        )
    }

    fn finish(self, known: &str) -> Result<(), Wrong> {
        match self.entries.first() {
            Some((name, node)) => wrong(
                node.line,
                format!("there is no `{name}` here"),
                format!("use {known}"),
            ),
            None => Ok(()),
        }
    }
}

pub(crate) fn scenario(node: &Node) -> Result<Scenario, Wrong> {
    let mut fields = Fields::of(node, "the file")?;
    let sentence = fields.need("scenario")?.text("scenario")?.to_owned();
    let rules = fields
        .need("rules")?
        .list("rules")?
        .iter()
        .map(rule)
        .collect::<Result<_, _>>()?;
    let users = users(fields.need("users")?)?;
    let steps = steps(fields.need("steps")?, "steps", 0)?;
    let expect = fields
        .need("expect")?
        .list("expect")?
        .iter()
        .map(property)
        .collect::<Result<_, _>>()?;
    fields.finish("scenario, rules, users, steps and expect")?;
    Ok(Scenario {
        sentence,
        rules,
        users,
        steps,
        expect,
    })
}

fn rule(node: &Node) -> Result<String, Wrong> {
    let text = node.text("rules")?;
    let (letters, digits) = text.split_at_checked(3).unwrap_or((text, ""));
    let good = letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && digits.len() == 2
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if good {
        Ok(text.to_owned())
    } else {
        wrong(
            node.line,
            format!("`{text}` is no rule"),
            "write a rule's id, as ISO04",
        )
    }
}

fn property(node: &Node) -> Result<String, Wrong> {
    let text = node.text("expect")?;
    if properties::named(text).is_some() {
        return Ok(text.to_owned());
    }
    let known: Vec<&str> = evidence::PROPERTIES
        .iter()
        .map(|property| property.name)
        .collect();
    wrong(
        node.line,
        format!("there is no property `{text}`"),
        format!("use {}", known.join(", ")),
    )
}

fn users(node: &Node) -> Result<Vec<UserName>, Wrong> {
    if let Yaml::Number(_) = node.yaml {
        let count = node.number("users", 1, 2000)?;
        return Ok((1..=count)
            .map(|n| UserName::from(format!("user{n}").as_str()))
            .collect());
    }
    let mut users: Vec<UserName> = Vec::new();
    for item in node.list("users")? {
        let name = item.text("users")?;
        if RESERVED.contains(&name) {
            return wrong(
                item.line,
                format!("`{name}` is a word of the language"),
                "choose another name",
            );
        }
        if name.chars().count() > 200
            || name.contains(['/', '{', '}'])
            || name.chars().any(char::is_control)
        {
            return wrong(
                item.line,
                format!("`{}` is no user name", name.escape_debug()),
                "use 1 to 200 characters without / { } and control characters",
            );
        }
        let user = UserName::from(name);
        if users.contains(&user) {
            return wrong(
                item.line,
                format!("user `{name}` is there twice"),
                "remove one of the two",
            );
        }
        users.push(user);
    }
    Ok(users)
}

fn steps(node: &Node, what: &str, depth: usize) -> Result<Vec<Step>, Wrong> {
    if depth > NESTING {
        return wrong(
            node.line,
            format!("more than {NESTING} levels of `repeat` and `together`"),
            "flatten the steps",
        );
    }
    node.list(what)?
        .iter()
        .map(|item| step(item, depth))
        .collect()
}

fn step(node: &Node, depth: usize) -> Result<Step, Wrong> {
    let entries = node.map("a step")?;
    let [(name, value)] = entries else {
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        return wrong(
            node.line,
            format!("one step has {} names: {}", entries.len(), names.join(", ")),
            "write one step an entry, with its settings inside it",
        );
    };
    let kind = match name.as_str() {
        "login" => login(value)?,
        "logout" => StepKind::Logout(browser(value, "logout")?),
        "open" => open(value)?,
        "close" => StepKind::Close(tab(value, "close")?),
        "cut" => StepKind::Cut(tab(value, "cut")?),
        "stall" => StepKind::Stall(tab(value, "stall")?),
        "resume" => StepKind::Resume(tab(value, "resume")?),
        "start" => start(value)?,
        "stop" => stop(value)?,
        "emit" => emit(value)?,
        "http" => http(value)?,
        "upload" => upload(value)?,
        "restart" => match value.text("restart")? {
            "server" => StepKind::Restart,
            other => {
                return wrong(
                    value.line,
                    format!("`{other}` cannot be restarted"),
                    "write `restart: server`",
                );
            }
        },
        "await" => wait(value)?,
        "quiet" => quiet(value)?,
        "repeat" => {
            let mut fields = Fields::of(value, "repeat")?;
            let times = fields.need("times")?.number("times", 1, 10_000)?;
            let steps = steps(fields.need("steps")?, "steps", depth + 1)?;
            fields.finish("times and steps")?;
            StepKind::Repeat { times, steps }
        }
        "together" => {
            let steps = steps(value, "together", depth + 1)?;
            if steps.len() < 2 {
                return wrong(
                    value.line,
                    "`together` has one step",
                    "add another step, or take it out of `together`",
                );
            }
            StepKind::Together(steps)
        }
        _ => {
            return wrong(
                value.line,
                format!("there is no step `{name}`"),
                format!("use one of {STEPS}"),
            );
        }
    };
    Ok(Step {
        line: value.line,
        kind,
    })
}

fn tab(node: &Node, what: &str) -> Result<TabName, Wrong> {
    TabName::read(node.text(what)?, node.line)
}

fn browser(node: &Node, what: &str) -> Result<BrowserName, Wrong> {
    Ok(tab(node, what)?.browser)
}

fn login(node: &Node) -> Result<StepKind, Wrong> {
    if let Yaml::Text(_) = node.yaml {
        return Ok(StepKind::Login {
            browser: browser(node, "login")?,
            in_browser: None,
        });
    }
    let mut fields = Fields::of(node, "login")?;
    let user = tab(fields.need("as")?, "as")?.browser.who;
    let old = browser(fields.need("in")?, "in")?;
    fields.finish("as and in")?;
    Ok(StepKind::Login {
        browser: BrowserName {
            who: user,
            device: old.device.clone(),
        },
        in_browser: Some(old),
    })
}

fn open(node: &Node) -> Result<StepKind, Wrong> {
    if let Yaml::Text(_) = node.yaml {
        return Ok(StepKind::Open {
            tab: tab(node, "open")?,
            polling: false,
            headers: BTreeMap::new(),
            expect: Expect::Granted,
        });
    }
    let mut fields = Fields::of(node, "open")?;
    let tab = tab(fields.need("at")?, "at")?;
    let polling = match fields.take("transport") {
        None => false,
        Some(node) => match node.text("transport")? {
            "websocket" => false,
            "polling" => true,
            other => {
                return wrong(
                    node.line,
                    format!("there is no transport `{other}`"),
                    "use websocket or polling",
                );
            }
        },
    };
    let headers = texts(fields.take("headers"), "headers")?;
    let expect = expect(fields.take("expect"))?.unwrap_or(Expect::Granted);
    fields.finish("at, transport, headers and expect")?;
    Ok(StepKind::Open {
        tab,
        polling,
        headers,
        expect,
    })
}

fn start(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "start")?;
    let tab = tab(fields.need("as")?, "as")?;
    let kind = fields.need("action")?.text("action")?.to_owned();
    let label = fields
        .take("name")
        .map_or(Ok(kind.as_str()), |name| name.text("name"))?
        .to_owned();
    if label.contains(['.', '/', '{', '}']) || label == "session" || label == "sid" {
        return wrong(
            node.line,
            format!("`{label}` cannot name an action"),
            "use letters, digits and underscores",
        );
    }
    let via = via(fields.take("via"))?;
    let expect = expect(fields.take("expect"))?;
    let parameters = fields
        .entries
        .into_iter()
        .map(|(name, node)| (name.to_owned(), node.json()))
        .collect();
    Ok(StepKind::Start {
        tab,
        kind,
        label,
        via,
        parameters,
        expect,
    })
}

fn stop(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "stop")?;
    let tab = tab(fields.need("as")?, "as")?;
    let action = action(fields.need("action")?, &tab)?;
    let via = via(fields.take("via"))?;
    let own = tab.browser.who == Who::User(action.user.clone());
    let expect = expect(fields.take("expect"))?.unwrap_or(if own {
        Expect::Granted
    } else {
        Expect::Refused
    });
    fields.finish("as, action, via and expect")?;
    Ok(StepKind::Stop {
        tab,
        action,
        via,
        expect,
    })
}

/// `LABEL` of who acts, or `USER.LABEL`.
fn action(node: &Node, tab: &TabName) -> Result<ActionName, Wrong> {
    let text = node.text("action")?;
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

fn emit(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "emit")?;
    let tab = tab(fields.need("as")?, "as")?;
    let event = fields.need("event")?.text("event")?.to_owned();
    let data = fields.take("data").map_or(Value::Null, Node::json);
    let expect = expect(fields.take("expect"))?;
    fields.finish("as, event, data and expect")?;
    Ok(StepKind::Emit {
        tab,
        event,
        data,
        expect,
    })
}

fn http(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "http")?;
    let browser = browser(fields.need("as")?, "as")?;
    let methods = [
        ("get", "GET"),
        ("post", "POST"),
        ("put", "PUT"),
        ("patch", "PATCH"),
        ("delete", "DELETE"),
    ];
    let mut asked = methods
        .into_iter()
        .filter_map(|(key, method)| Some((method, fields.take(key)?)));
    let (first, second) = (asked.next(), asked.next());
    drop(asked);
    let (method, path) = match (first, second) {
        (Some(found), None) => found,
        (None, _) => {
            return wrong(
                node.line,
                "the request has no method",
                "add one of get, post, put, patch and delete with a path",
            );
        }
        (Some(_), Some((_, path))) => {
            return wrong(path.line, "the request has two methods", "keep one of them");
        }
    };
    let path_text = path.text("path")?;
    if !path_text.starts_with('/') {
        return wrong(
            path.line,
            format!("the path `{path_text}` does not begin with /"),
            "write the path from the root",
        );
    }
    let path = path_text.to_owned();
    let text = |node: Option<&Node>, what| {
        node.map(|node| node.text(what).map(str::to_owned))
            .transpose()
    };
    let http = Http {
        browser,
        method,
        path,
        headers: texts(fields.take("headers"), "headers")?,
        json: fields.take("json").map(Node::json),
        form: texts(fields.take("form"), "form")?,
        expect: statuses(fields.take("expect"))?,
        contains: text(fields.take("contains"), "contains")?,
        lacks: text(fields.take("lacks"), "lacks")?,
    };
    fields.finish("as, a method, headers, json, form, expect, contains and lacks")?;
    Ok(StepKind::Http(Box::new(http)))
}

fn upload(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "upload")?;
    let browser = browser(fields.need("as")?, "as")?;
    let bytes = fields.need("bytes")?.number("bytes", 0, 200 << 20)?;
    let expect = statuses(fields.take("expect"))?;
    fields.finish("as, bytes and expect")?;
    Ok(StepKind::Upload {
        browser,
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        expect,
    })
}

fn wait(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "await")?;
    let tab = tab(fields.need("at")?, "at")?;
    let event = fields.need("event")?.text("event")?.to_owned();
    let within = fields
        .take("within")
        .map_or(Ok(Duration::from_secs(5)), |node| duration(node, "within"))?;
    let count = fields
        .take("count")
        .map_or(Ok(1), |node| node.number("count", 1, 1_000_000))?;
    let of = fields
        .take("of")
        .map(|node| action(node, &tab))
        .transpose()?;
    fields.finish("at, event, within, count and of")?;
    Ok(StepKind::Await {
        tab,
        event,
        within,
        count: usize::try_from(count).unwrap_or(usize::MAX),
        of,
    })
}

fn quiet(node: &Node) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "quiet")?;
    let tab = tab(fields.need("at")?, "at")?;
    let for_time = duration(fields.need("for")?, "for")?;
    let event = fields
        .take("event")
        .map(|node| node.text("event").map(str::to_owned))
        .transpose()?;
    fields.finish("at, for and event")?;
    Ok(StepKind::Quiet {
        tab,
        for_time,
        event,
    })
}

fn duration(node: &Node, what: &str) -> Result<Duration, Wrong> {
    let text = match &node.yaml {
        Yaml::Number(number) => {
            return wrong(
                node.line,
                format!("`{what}` is {number} of no unit"),
                "write it as 300ms, 5s or 1m",
            );
        }
        _ => node.text(what)?,
    };
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let parsed = text[..digits]
        .parse::<u64>()
        .ok()
        .and_then(|number| match &text[digits..] {
            "ms" => Some(Duration::from_millis(number)),
            "s" => Some(Duration::from_secs(number)),
            "m" => number.checked_mul(60).map(Duration::from_secs),
            _ => None,
        });
    match parsed {
        None => wrong(
            node.line,
            format!("`{what}` is `{text}`, which is no duration"),
            "write it as 300ms, 5s or 1m",
        ),
        Some(time) if time.is_zero() => wrong(
            node.line,
            format!("`{what}` is no time at all"),
            "give it at least 1ms",
        ),
        Some(time) if time > LONGEST => wrong(
            node.line,
            format!("`{what}` is longer than 5m"),
            "wait for an event that comes sooner",
        ),
        Some(time) => Ok(time),
    }
}

fn expect(node: Option<&Node>) -> Result<Option<Expect>, Wrong> {
    let Some(node) = node else { return Ok(None) };
    match node.text("expect")? {
        "granted" => Ok(Some(Expect::Granted)),
        "refused" => Ok(Some(Expect::Refused)),
        other => wrong(
            node.line,
            format!("`expect` is `{other}`"),
            "use granted or refused",
        ),
    }
}

fn via(node: Option<&Node>) -> Result<Via, Wrong> {
    let Some(node) = node else {
        return Ok(Via::Http);
    };
    match node.text("via")? {
        "http" => Ok(Via::Http),
        "socket" => Ok(Via::Socket),
        other => wrong(
            node.line,
            format!("`via` is `{other}`"),
            "use http or socket",
        ),
    }
}

fn statuses(node: Option<&Node>) -> Result<Vec<u16>, Wrong> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    let one = |node: &Node| Ok(u16::try_from(node.number("expect", 100, 599)?).unwrap_or_default());
    match &node.yaml {
        Yaml::List(_) => node.list("expect")?.iter().map(one).collect(),
        _ => Ok(vec![one(node)?]),
    }
}

fn texts(node: Option<&Node>, what: &str) -> Result<BTreeMap<String, String>, Wrong> {
    let Some(node) = node else {
        return Ok(BTreeMap::new());
    };
    node.map(what)?
        .iter()
        .map(|(name, value)| Ok((name.clone(), value.text(name)?.to_owned())))
        .collect()
}
