//! The parts of an old file, each as it stands in a new one.

use reading::node::{Node, Yaml};

use super::actions;
use super::steps::{acknowledged, call, escaped, granted, item, word_at};
use super::yaml::{Names, Out, renamed, word};

/// Names that a start may have.
const OF_START: Names<'_> = &[
    ("port", "port"),
    ("folder", "folder"),
    ("random", "random"),
    ("fault", "fault"),
];

/// What scenarios ask for, and the old format could not say.
const UNSAID: &str = "\
# The old format could not say these, and scenarios ask for them. Write `none` where there is no such thing.
# surfaces: {public page: …, private page: …, static file: …, unknown path: …}
# groups: {room: {join: …, leave: …}}, and for an action: can: [several, long, floods, fails]
";

/// The new file, part by part.
#[derive(Default)]
pub(super) struct New {
    parts: Vec<Part>,
    /// What could not be carried over.
    left: Vec<String>,
}

/// A part of the new file.
struct Part {
    /// The part of the old file that it is made of; comments before that go with it.
    of: &'static str,
    lines: Vec<String>,
}

impl New {
    pub(super) fn of(old: &Node) -> Self {
        let mut new = Self::default();
        for key in ["target", "base", "connect_to", "trust"] {
            if let Some(node) = old.setting(key) {
                new.part(key, [format!("{key}: {}", Out::of(node).written())]);
            }
        }
        new.login(old);
        new.session(old);
        // Each session of the user who acted was owed what came of it.
        new.part("", ["owner: user".to_owned()]);
        new.headers(old);
        new.socket(old);
        if let Some(actions) = old.setting("actions") {
            let lines = actions::lines(old, actions, &mut new.left);
            new.part("actions", lines);
        }
        new.surfaces(old);
        if let Some(cadence) = old.setting("cadence") {
            new.part(
                "cadence",
                [format!("cadence: {}", Out::of(cadence).written())],
            );
        }
        new.leaks(old);
        new.start(old);
        new.unknown(old);
        new
    }

    fn part(&mut self, of: &'static str, lines: impl IntoIterator<Item = String>) {
        let lines = lines.into_iter().collect();
        self.parts.push(Part { of, lines });
    }

    /// The whole text. Comments that stood before a part of the old file stand before it again.
    pub(super) fn text(&self, old: &str) -> String {
        let mut text = String::new();
        for part in &self.parts {
            for line in comments_before(old, part.of)
                .into_iter()
                .chain(part.lines.iter().map(String::as_str))
            {
                text.push_str(line);
                text.push('\n');
            }
        }
        text.push_str(UNSAID);
        if !self.left.is_empty() {
            text.push_str("# What follows could not be carried over:\n");
        }
        for left in &self.left {
            text.push_str(&format!("# {left}\n"));
        }
        text
    }

    fn login(&mut self, old: &Node) {
        let Some(login) = old.setting("login") else {
            return;
        };
        let text = |key: &str| word_at(login, key).unwrap_or_default();
        let page = escaped(&text("page"));
        let mut look = vec![("get".to_owned(), Out::text(page.clone()))];
        let mut form = vec![
            (escaped(&text("user")), Out::text("{user}")),
            (escaped(&text("password")), Out::text("{password}")),
        ];
        if let Some(token) = word_at(login, "token") {
            look.push((
                "keep".to_owned(),
                Out::map([("csrf", Out::map([("form", Out::text(token.clone()))]))]),
            ));
            form.push((escaped(&token), Out::text("{csrf}")));
        }
        let send = Out::map([
            ("post", Out::text(page)),
            ("form", Out::Map(form)),
            ("granted", granted(login)),
        ]);
        let lines = ["login:".to_owned(), item(&Out::Map(look)), item(&send)];
        self.part("login", lines);
        if let Some(logout) = old.setting("logout") {
            let step = call(logout, &[]);
            self.part("logout", [format!("logout: {}", step.written())]);
        }
    }

    fn session(&mut self, old: &Node) {
        let Some(cookie) = word_at(old, "session_cookie") else {
            return;
        };
        let cookie = match word_at(old, "session_cookie_over_tls") {
            Some(tls) => Out::List(vec![Out::text(cookie), Out::text(tls)]),
            None => Out::text(cookie),
        };
        let session = Out::map([("cookie", cookie)]);
        self.part(
            "session_cookie",
            [format!("session: {}", session.written())],
        );
    }

    /// The origin of a browser goes with everything that changes something; what else there was goes with everything.
    fn headers(&mut self, old: &Node) {
        let Some(Yaml::Map(headers)) = old.setting("headers").map(|node| &node.yaml) else {
            return;
        };
        let is_origin = |name: &str, node: &Node| {
            name.eq_ignore_ascii_case("origin")
                && matches!(&node.yaml, Yaml::Text(text) if text == "{origin}")
        };
        let others = headers.iter().filter(|(name, node)| !is_origin(name, node));
        let others: Vec<(String, Out)> = others
            .map(|(name, node)| (name.clone(), Out::with_names(node, &[("origin", "origin")])))
            .collect();
        if !others.is_empty() {
            let carries = Out::map([("headers", Out::Map(others))]);
            let lines = [
                "# They went only with requests that change something; now they go with every request.".to_owned(),
                format!("carries: {}", carries.written()),
            ];
            self.part("headers", lines);
        }
    }

    fn socket(&mut self, old: &Node) {
        let Some(socket) = old.setting("socket") else {
            return;
        };
        let mut steps = vec![Out::map([("connect", Out::Map(Vec::new()))])];
        let ready = word_at(socket, "ready");
        if let Some(ready) = &ready {
            let event = Out::map([("event", Out::text(ready.clone()))]);
            steps.push(Out::map([("await", event)]));
        }
        let written: Vec<String> = steps.iter().map(Out::written).collect();
        let mut lines = vec![
            format!("open: [{}]", written.join(", ")),
            "socket:".to_owned(),
            "  protocol: socket.io".to_owned(),
        ];
        if let Some(path) = word_at(socket, "path") {
            lines.push(format!("  path: {}", word(&escaped(&path))));
        }
        lines.push("  transport: websocket".to_owned());
        let is_numbered = matches!(
            socket.setting("numbered").map(|node| &node.yaml),
            Some(Yaml::Bool(true))
        );
        if is_numbered {
            lines.push("  number: {number: $2/seq, in: session}".to_owned());
            lines.push("  queued_at: {at: $2/queued_at, unit: us}".to_owned());
        }
        match word_at(socket, "resume") {
            Some(event) => {
                let ready = ready.map(|ready| format!(", {{event: {}, at: /seq}}", word(&ready)));
                lines.push("  resume:".to_owned());
                lines.push(format!("    last: [$2/seq{}]", ready.unwrap_or_default()));
                lines.push("    open:".to_owned());
                lines.extend(steps.iter().map(|step| format!("    {}", item(step))));
                let asks = Out::List(vec![
                    Out::text(escaped(&event)),
                    Out::map([("last_seq", Out::text("{last:0}"))]),
                ]);
                let resume = Out::map([
                    ("emit", asks),
                    ("granted", acknowledged(socket)),
                    ("delivers", Out::map([("ack", Out::text("/missed/*"))])),
                ]);
                lines.push(format!("    {}", item(&resume)));
            }
            None => lines.push("  resume: none".to_owned()),
        }
        self.part("socket", lines);
    }

    fn surfaces(&mut self, old: &Node) {
        let mut lines = Vec::new();
        if let Some(list) = old
            .setting("actions")
            .and_then(|actions| actions.setting("list"))
        {
            lines.push(format!("  actions of mine: {}", call(list, &[]).written()));
        }
        if let Some(upload) = old.setting("upload") {
            let surface = Out::map([
                (
                    "post",
                    Out::text(escaped(&word_at(upload, "path").unwrap_or_default())),
                ),
                (
                    "file",
                    Out::text(word_at(upload, "field").unwrap_or_default()),
                ),
                ("granted", granted(upload)),
            ]);
            lines.push(format!("  upload: {}", surface.written()));
        }
        if let Some(health) = old.setting("health") {
            let surface = Out::map([
                (
                    "get",
                    Out::text(escaped(&word_at(health, "path").unwrap_or_default())),
                ),
                ("status", Out::Scalar(200.into())),
                (
                    "has",
                    Out::text(escaped(&word_at(health, "contains").unwrap_or_default())),
                ),
            ]);
            lines.push(format!("  health: {}", surface.written()));
        }
        if !lines.is_empty() {
            lines.insert(0, "surfaces:".to_owned());
            self.part("upload", lines);
        }
    }

    fn leaks(&mut self, old: &Node) {
        let Some(Yaml::Map(events)) = old.setting("events").map(|node| &node.yaml) else {
            return;
        };
        let leaks = events
            .iter()
            .filter_map(|(event, node)| Some((event.clone(), Out::text(word_at(node, "leak")?))));
        let leaks = Out::Map(leaks.collect());
        self.part("events", [format!("leaks: {}", leaks.written())]);
    }

    fn start(&mut self, old: &Node) {
        let Some(start) = old.setting("start") else {
            return;
        };
        let words = |key: &str| match start
            .setting(key)
            .map(|node| Out::with_names(node, OF_START))
        {
            Some(Out::List(words)) => words,
            _ => Vec::new(),
        };
        let program = renamed(&word_at(start, "program").unwrap_or_default(), OF_START);
        let mut command = vec![Out::text(program)];
        command.extend(words("arguments"));
        let mut lines = vec![
            "start:".to_owned(),
            format!("  command: {}", Out::List(command).written()),
        ];
        if let Some(Yaml::Map(environment)) = start.setting("environment").map(|node| &node.yaml) {
            lines.push("  environment:".to_owned());
            lines.extend(environment.iter().map(|(name, node)| {
                let value = Out::with_names(node, OF_START);
                format!("    {}: {}", word(name), value.written())
            }));
        }
        for key in ["add_users", "fault"] {
            if !words(key).is_empty() {
                lines.push(format!("  {key}: {}", Out::List(words(key)).written()));
            }
        }
        if let Some(line) = word_at(start, "ready_line") {
            lines.push(format!("  ready: {}", word(&line)));
        }
        self.part("start", lines);
    }

    /// What the old format did not know either.
    fn unknown(&mut self, old: &Node) {
        const KNOWN: [&str; 18] = [
            "target",
            "base",
            "connect_to",
            "trust",
            "health",
            "login",
            "logout",
            "headers",
            "session_cookie",
            "session_cookie_over_tls",
            "socket",
            "actions",
            "cadence",
            "smoke",
            "upload",
            "events",
            "start",
            "users",
        ];
        let Yaml::Map(entries) = &old.yaml else {
            return;
        };
        for (key, node) in entries {
            if !KNOWN.contains(&key.as_str()) {
                let line = format!("{}: {}", word(key), Out::of(node).written());
                self.left.push(line);
            }
        }
    }
}

/// The lines of comment right above a part of the old file.
fn comments_before<'a>(old: &'a str, part: &str) -> Vec<&'a str> {
    let lines: Vec<&str> = old.lines().collect();
    let is_part = |line: &&str| {
        line.strip_prefix(part)
            .is_some_and(|rest| rest.starts_with(':'))
    };
    let Some(at) = lines.iter().position(is_part) else {
        return Vec::new();
    };
    let above = lines
        .iter()
        .take(at)
        .rev()
        .take_while(|line| line.starts_with('#'));
    let mut comments: Vec<&str> = above.copied().collect();
    comments.reverse();
    comments
}
