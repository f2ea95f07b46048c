//! Reading a target file: every part by itself, so that all its mistakes are told at once.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use diagnostics::meant;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};
use url::Url;

use crate::check;
use crate::file::action;
use crate::file::group;
use crate::file::identity::{self, Carries, OWNERS, Owner, STRANGERS, Strangers};
use crate::file::journey;
use crate::file::secrets::{event_places, names, secrets};
use crate::file::socket;
use crate::file::start;
use crate::file::surface;
use crate::language::predicate::Predicate;
use crate::language::step::{Step, read_all};
use crate::language::words::{is_none, one_of, texts, time};
use crate::migrate;
use crate::target::Target;

/// The keys of a target file.
pub(crate) const KEYS: [&str; 38] = [
    "target",
    "base",
    "connect_to",
    "trust",
    "users",
    "register",
    "fold",
    "owner",
    "strangers",
    "session",
    "login",
    "logout",
    "carries",
    "open",
    "close",
    "after each request",
    "socket",
    "frame",
    "groups",
    "each action",
    "actions",
    "surfaces",
    "journeys",
    "ambient",
    "public",
    "secrets",
    "freed",
    "never",
    "capabilities",
    "without",
    "destructive",
    "leaks",
    "cadence",
    "pace",
    "too fast",
    "prompt",
    "stays",
    "start",
];

/// Reads the text of a target file.
///
/// # Errors
/// Everything that is wrong with it, in the order of its parts.
pub fn parse(text: &str) -> Result<Target, Vec<Wrong>> {
    let node = reading::node::read(text).map_err(|wrong| vec![wrong])?;
    let mut mistakes = Vec::new();
    if let Some(old) = migrate::mark(&node) {
        return Err(wrong::<()>(old.key(), migrate::CHANGED, migrate::FIX)
            .err()
            .into_iter()
            .collect());
    }
    let target = read(&node, &mut mistakes);
    if let Some(target) = target {
        if mistakes.is_empty() {
            mistakes = check::check(&target);
            mistakes
                .iter_mut()
                .for_each(|wrong| place_by_key(wrong, &node));
        }
        if mistakes.is_empty() {
            return Ok(target);
        }
    }
    mistakes.sort_by_key(|wrong| wrong.at.map_or(0, |at| at.line()));
    Err(mistakes)
}

/// What is wrong with the words of a key, and has no place of its own, stands at the key.
fn place_by_key(wrong: &mut Wrong, node: &Node) {
    let key = wrong
        .message
        .strip_prefix('`')
        .and_then(|rest| rest.split_once('`'));
    if let (None, Some((key, _))) = (wrong.at, key)
        && let Some(value) = node.setting(key)
    {
        wrong.at = Some(value.at());
    }
}

/// The values of a map, each read by itself.
struct Parts<'a> {
    node: &'a Node,
    mistakes: &'a mut Vec<Wrong>,
}

impl<'a> Parts<'a> {
    fn take<T>(
        &mut self,
        key: &str,
        usual: T,
        read: impl FnOnce(&'a Node) -> Result<T, Wrong>,
    ) -> T {
        let Some(node) = self.node.setting(key) else {
            return usual;
        };
        read(node).unwrap_or_else(|wrong| {
            self.mistakes.push(wrong);
            usual
        })
    }

    /// Entries by name, of which each may be wrong by itself.
    fn named<T>(
        &mut self,
        key: &str,
        read: impl Fn(&'a Node, &str) -> Result<T, Wrong>,
    ) -> Vec<(String, T)> {
        let Some(node) = self.node.setting(key) else {
            return Vec::new();
        };
        let entries = match node.map(key) {
            Ok(entries) => entries,
            Err(wrong) => {
                self.mistakes.push(wrong);
                return Vec::new();
            }
        };
        let mut all = Vec::new();
        for (name, node) in entries {
            match read(node, name) {
                Ok(one) => all.push((name.clone(), one)),
                Err(wrong) => self.mistakes.push(wrong),
            }
        }
        all
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        self.take(key, Vec::new(), |node| texts(node, key))
    }

    fn steps(&mut self, key: &str) -> Vec<Step> {
        self.take(key, Vec::new(), |node| match &node.yaml {
            Yaml::List(items) if items.is_empty() => Ok(Vec::new()),
            _ => read_all(node, key),
        })
    }
}

fn read(node: &Node, mistakes: &mut Vec<Wrong>) -> Option<Target> {
    let Yaml::Map(entries) = &node.yaml else {
        mistakes.extend(node.map("the file").err());
        return None;
    };
    for (key, node) in entries {
        if !KEYS.contains(&key.as_str()) {
            let what = format!("there is no `{key}` in a target file");
            mistakes.extend(wrong::<()>(node.key(), what, meant(key, &KEYS)).err());
        }
    }
    let name = node.setting("target").map(|node| node.text("target"));
    let name = match name {
        Some(Ok(name)) => name.to_owned(),
        Some(Err(wrong)) => {
            mistakes.push(wrong);
            String::new()
        }
        None => {
            mistakes.extend(missing("target", "add `target:` with a name for reports"));
            String::new()
        }
    };
    if node.setting("login").is_none() {
        mistakes.extend(missing(
            "login",
            "add `login:` with the request that logs a user in, or `login: none`",
        ));
    }
    if node.setting("actions").is_none() {
        mistakes.extend(missing(
            "actions",
            "add `actions:` with what a user does that others may or may not see",
        ));
    }
    let mut target = Target {
        name,
        ..Target::default()
    };
    let mut parts = Parts { node, mistakes };
    place(&mut target, &mut parts);
    who(&mut target, &mut parts);
    wire(&mut target, &mut parts);
    what(&mut target, &mut parts);
    Some(target)
}

/// Where the target is, and how it is started.
fn place(target: &mut Target, parts: &mut Parts<'_>) {
    target.base = parts.take("base", None, |node| base(node).map(Some));
    target.connect_to = parts.take("connect_to", None, |node| address(node).map(Some));
    target.trust = parts.take("trust", None, |node| {
        Ok(Some(PathBuf::from(node.text("trust")?)))
    });
    target.start = parts.take("start", None, |node| start::start(node).map(Some));
}

/// Who somebody is.
fn who(target: &mut Target, parts: &mut Parts<'_>) {
    let folds = [("lower", true), ("none", false)];
    target.users = identity::Users {
        known: parts.take("users", BTreeMap::new(), identity::known_users),
        register: parts.steps("register"),
        are_folded: parts.take("fold", false, |node| one_of(node, "fold", &folds)),
    };
    target.owner_is_said = parts.node.setting("owner").is_some();
    let usual = Owner::default();
    target.owner = parts.take("owner", usual, |node| one_of(node, "owner", &OWNERS));
    let usual = Strangers::default();
    target.strangers = parts.take("strangers", usual, |node| {
        one_of(node, "strangers", &STRANGERS)
    });
    target.session = parts.take("session", None, identity::session);
    target.login = parts.take("login", None, |node| {
        (!is_none(node))
            .then(|| read_all(node, "login"))
            .transpose()
    });
    target.logout = parts.steps("logout");
    target.carries = parts.take("carries", Carries::default(), identity::carries);
}

/// How the target pushes.
fn wire(target: &mut Target, parts: &mut Parts<'_>) {
    target.open = parts.steps("open");
    target.close = parts.steps("close");
    target.after_each_request = parts.steps("after each request");
    target.sockets = parts.take("socket", Vec::new(), socket::sockets);
    target.frame = parts.take("frame", None, |node| socket::frame(node).map(Some));
    target.pace = parts.take("pace", None, |node| time(node, "pace").map(Some));
    target.too_fast = parts.take("too fast", None, |node| {
        Predicate::read(node, "too fast").map(Some)
    });
    target.prompt = parts.take("prompt", None, |node| time(node, "prompt").map(Some));
    target.stays = parts.take("stays", None, |node| time(node, "stays").map(Some));
    target.cadence = parts.take("cadence", None, |node| time(node, "cadence").map(Some));
}

/// What users do, and who may see it.
fn what(target: &mut Target, parts: &mut Parts<'_>) {
    let each = parts.node.setting("each action");
    target.has_no_groups = parts.node.setting("groups").is_some_and(is_none);
    if !target.has_no_groups {
        target.groups = parts.named("groups", group::group);
    }
    target.actions = parts.named("actions", |node, name| action::action(node, name, each));
    target.surfaces = parts.named("surfaces", surface::surface);
    target.journeys = parts.named("journeys", journey::journey);
    target.ambient = parts.take("ambient", Vec::new(), |node| names(node, "ambient"));
    target.public = parts.texts("public");
    target.secrets = parts.take("secrets", Vec::new(), secrets);
    target.freed = parts.take("freed", Vec::new(), |node| event_places(node, "freed"));
    target.never = parts.take("never", Vec::new(), |node| event_places(node, "never"));
    target.capabilities = parts.texts("capabilities");
    target.without = parts.texts("without");
    target.destructive = parts.texts("destructive");
    let leaks = parts.named("leaks", |node, event| node.text(event).map(str::to_owned));
    target.leaks = leaks.into_iter().collect();
}

fn missing(key: &str, fix: &str) -> Option<Wrong> {
    wrong::<()>(None, format!("`{key}` is missing"), fix).err()
}

fn base(node: &Node) -> Result<Url, Wrong> {
    const FIX: &str = "give an http or https address, as http://127.0.0.1:3000";
    // Not the address itself, which may hold a password.
    let parsed = Url::parse(node.text("base")?);
    match parsed {
        Ok(base) if matches!(base.scheme(), "http" | "https") && base.host().is_some() => Ok(base),
        _ => wrong(node.at(), "`base` is no address of a target", FIX),
    }
}

fn address(node: &Node) -> Result<IpAddr, Wrong> {
    let text = node.text("connect_to")?;
    text.parse().or_else(|_| {
        wrong(
            node.at(),
            format!("`{text}` is no address"),
            "write an IP address, as 127.0.0.1",
        )
    })
}
