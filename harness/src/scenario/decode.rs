//! From YAML to a scenario: names, types and ranges, each with its line.

use std::collections::BTreeSet;

use evidence::{UserName, properties};

use super::fields::{Fields, browser, meant, tab};
use super::node::{Node, Yaml};
use super::{Neighbour, Scenario, Step, StepKind, Wrong, step, wrong};

const STEPS: [&str; 19] = [
    "login", "logout", "open", "close", "cut", "stall", "resume", "start", "stop", "emit", "http",
    "upload", "restart", "log", "await", "quiet", "last", "repeat", "together",
];
const RESERVED: [&str; 3] = ["stranger", "everyone", "server"];
/// Users that a scenario may have.
const MAX_USERS: usize = 2000;
/// Letters that a user's name may have.
const MAX_NAME: usize = 200;
/// Levels of `repeat` and `together` inside each other.
const NESTING: usize = 8;

pub(super) fn scenario(node: &Node) -> Result<Scenario, Wrong> {
    let known = ["scenario", "rules", "users", "steps", "beside", "expect"];
    let mut fields = Fields::of(node, "the file", &known)?;
    let sentence = fields.need("scenario")?.text("scenario")?.to_owned();
    let rules = each_once(fields.need("rules")?, "rules", rule)?;
    let users = users(fields.need("users")?)?;
    let steps = steps(fields.need("steps")?, "steps", 0)?;
    let beside = fields.take("beside").map_or(Ok(Vec::new()), neighbours)?;
    let expect = each_once(fields.need("expect")?, "expect", property)?;
    Ok(Scenario {
        sentence,
        rules,
        users,
        steps,
        expect,
        beside,
    })
}

fn neighbours(node: &Node) -> Result<Vec<Neighbour>, Wrong> {
    let entries = node.map("beside")?.iter();
    let one = |(name, node): &(String, Node)| {
        let mut fields = Fields::of(node, "a neighbour", &["before", "meanwhile"])?;
        let before = fields.take("before");
        Ok(Neighbour {
            name: name.clone(),
            before: before.map_or(Ok(Vec::new()), |node| steps(node, "before", 0))?,
            meanwhile: steps(fields.need("meanwhile")?, "meanwhile", 0)?,
        })
    };
    entries.map(one).collect()
}

fn each_once(
    node: &Node,
    what: &str,
    read: impl Fn(&Node) -> Result<String, Wrong>,
) -> Result<Vec<String>, Wrong> {
    let mut seen = BTreeSet::new();
    let mut texts = Vec::new();
    for item in node.list(what)? {
        let text = read(item)?;
        if !seen.insert(text.clone()) {
            return wrong(
                item.line,
                format!("`{text}` is there twice"),
                "remove one of the two",
            );
        }
        texts.push(text);
    }
    Ok(texts)
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
        meant(text, &known),
    )
}

fn users(node: &Node) -> Result<Vec<UserName>, Wrong> {
    if let Yaml::Number(_) = node.yaml {
        let count = node.number("users", 1, MAX_USERS as u64)?;
        return Ok((1..=count)
            .map(|n| UserName::from(format!("user{n}").as_str()))
            .collect());
    }
    let items = node.list("users")?;
    if items.len() > MAX_USERS {
        return wrong(
            node.line,
            format!("there are {} users", items.len()),
            format!("name {MAX_USERS} at most"),
        );
    }
    let mut seen = BTreeSet::new();
    let mut users = Vec::new();
    for item in items {
        let name = user(item)?;
        if !seen.insert(name) {
            return wrong(
                item.line,
                format!("user `{name}` is there twice"),
                "remove one of the two",
            );
        }
        users.push(UserName::from(name));
    }
    Ok(users)
}

fn user(node: &Node) -> Result<&str, Wrong> {
    let name = node.text("users")?;
    if RESERVED.contains(&name) {
        return wrong(
            node.line,
            format!("`{name}` is a word of the language"),
            "choose another name",
        );
    }
    if name.chars().count() > MAX_NAME
        || name
            .chars()
            .any(|c| matches!(c, '/' | '{' | '}') || c.is_control())
    {
        return wrong(
            node.line,
            format!("`{name}` is no user name"),
            "use 1 to 200 characters without / { } and control characters",
        );
    }
    Ok(name)
}

fn steps(node: &Node, what: &str, depth: usize) -> Result<Vec<Step>, Wrong> {
    if depth > NESTING {
        return wrong(
            node.line,
            format!("there are more than {NESTING} levels of `repeat` and `together`"),
            "flatten the steps",
        );
    }
    let items = node.list(what)?.iter();
    items.map(|item| read_step(item, depth)).collect()
}

fn read_step(node: &Node, depth: usize) -> Result<Step, Wrong> {
    let entries = node.map("a step")?;
    let [(name, value)] = entries else {
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        return wrong(
            node.line,
            format!("one step has {} names: {}", names.len(), names.join(", ")),
            "write one step an entry, with its settings inside it",
        );
    };
    let kind = match name.as_str() {
        "login" => step::login(value)?,
        "logout" => StepKind::Logout(browser(value, "logout")?),
        "open" => step::open(value)?,
        "close" => StepKind::Close(tab(value, "close")?),
        "cut" => StepKind::Cut(tab(value, "cut")?),
        "stall" => StepKind::Stall(tab(value, "stall")?),
        "resume" => StepKind::Resume(tab(value, "resume")?),
        "start" => step::start(value)?,
        "stop" => step::stop(value)?,
        "emit" => step::emit(value)?,
        "http" => step::http(value)?,
        "upload" => step::upload(value)?,
        "restart" => step::restart(value)?,
        "log" => step::log(value)?,
        "last" => step::last(value)?,
        "await" => step::wait(value)?,
        "quiet" => step::quiet(value)?,
        "repeat" => repeat(value, depth)?,
        "together" => together(value, depth)?,
        _ => {
            return wrong(
                node.line,
                format!("there is no step `{name}`"),
                meant(name, &STEPS),
            );
        }
    };
    Ok(Step {
        line: node.line,
        kind,
    })
}

fn repeat(node: &Node, depth: usize) -> Result<StepKind, Wrong> {
    let mut fields = Fields::of(node, "repeat", &["times", "steps"])?;
    Ok(StepKind::Repeat {
        times: fields.need("times")?.number("times", 1, 10_000)?,
        steps: steps(fields.need("steps")?, "steps", depth + 1)?,
    })
}

fn together(node: &Node, depth: usize) -> Result<StepKind, Wrong> {
    let steps = steps(node, "together", depth + 1)?;
    if steps.len() < 2 {
        return wrong(
            node.line,
            "`together` has one step",
            "add another step, or take it out of `together`",
        );
    }
    Ok(StepKind::Together(steps))
}
