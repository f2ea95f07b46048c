//! `http`: a browser sends a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use probe::{Answer, Ask, Body, Browser, excerpt};
use serde_json::{Value, json};

use super::answer::{self, Wanted};
use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use super::visit;
use crate::language::names::BrowserName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::template;
use crate::language::values::{browser, headers, texts, written_texts};
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::silence::late;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "http",
    schema,
    read,
};

/// Each name of a method in a scenario, and what is sent.
const METHODS: [(&str, &str); 5] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
];

/// A request as a browser would send it. The path and the texts below it are templates.
#[derive(Debug)]
pub(crate) struct Http {
    browser: BrowserName,
    /// In capitals.
    method: &'static str,
    /// From the root of the target, with one `/` first.
    path: String,
    headers: BTreeMap<String, String>,
    /// The body; a request has `form` or this.
    json: Option<Value>,
    form: BTreeMap<String, String>,
    expect: Wanted,
    /// What the answer has in it.
    contains: Option<String>,
    /// What the answer does not have in it.
    lacks: Option<String>,
}

impl Http {
    /// A GET of a path, whatever the answer is.
    pub(crate) fn get(browser: BrowserName, path: String) -> Self {
        Self::of(browser, "GET", path)
    }

    pub(crate) fn with_header(mut self, name: &str, text: String) -> Self {
        self.headers.insert(name.to_owned(), text);
        self
    }

    const fn of(browser: BrowserName, method: &'static str, path: String) -> Self {
        Self {
            browser,
            method,
            path,
            headers: BTreeMap::new(),
            json: None,
            form: BTreeMap::new(),
            expect: Wanted::ANY,
            contains: None,
            lacks: None,
        }
    }
}

fn schema() -> Value {
    let (text, texts) = (schema_parts::text(), schema_parts::texts());
    let written = map(
        &json!({ "as": schema_parts::place(), "headers": texts, "json": true, "form": texts, "expect": answer::schema(), "contains": text, "lacks": text, "get": text, "post": text, "put": text, "patch": text, "delete": text }),
        &["as"],
    );
    json!({ "oneOf": [written, visit::schema()] })
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    if node.setting("surface").is_some() {
        return visit::read(node);
    }
    let mut known = vec![
        "as", "headers", "json", "form", "expect", "contains", "lacks",
    ];
    known.extend(METHODS.map(|(key, _)| key));
    let mut fields = Fields::of(node, "http", &known)?;
    let browser = browser(fields.need("as")?, "as")?;
    let (method, path) = method(&mut fields, node.key())?;
    let (json, form) = (fields.take("json"), fields.take("form"));
    if let (Some(_), Some(form)) = (json, form) {
        return wrong(form.key(), "the request has two bodies", "keep one of them");
    }
    let mut text = |what: &str| {
        let node = fields.take(what);
        node.map(|node| node.text(what).map(str::to_owned))
            .transpose()
    };
    let (contains, lacks) = (text("contains")?, text("lacks")?);
    Ok(Arc::new(Http {
        browser,
        method,
        path,
        headers: headers(fields.take("headers"))?,
        json: json.map(Node::json),
        form: texts(form, "form")?,
        expect: Wanted::read(fields.take("expect"))?,
        contains,
        lacks,
    }))
}

/// The one method of a request, and its path.
fn method(fields: &mut Fields<'_>, at: Spot) -> Result<(&'static str, String), Wrong> {
    let mut asked = METHODS
        .into_iter()
        .filter_map(|(key, method)| Some((method, fields.take(key)?)));
    let (method, node) = match (asked.next(), asked.next()) {
        (Some(found), None) => found,
        (None, _) => {
            return wrong(
                at,
                "the request has no method",
                "add one of get, post, put, patch and delete with a path",
            );
        }
        (Some(_), Some((_, node))) => {
            return wrong(
                node.key(),
                "the request has two methods",
                "keep one of them",
            );
        }
    };
    let path = node.text("path")?;
    // `//host` and `/\host` would leave the target, and take its cookie along.
    if !path.starts_with('/') || path.starts_with("//") || path.contains('\\') {
        return wrong(
            node.at(),
            format!("the path `{path}` does not lead to the target from its root"),
            "begin it with one /",
        );
    }
    Ok((method, path.to_owned()))
}

impl Step for Http {
    fn facts(&self) -> Facts<'_> {
        let texts = {
            let named = self.headers.values().chain(self.form.values());
            let mut texts: Vec<&str> = named
                .chain(&self.contains)
                .chain(&self.lacks)
                .map(String::as_str)
                .collect();
            texts.push(&self.path);
            texts.extend(self.json.iter().flat_map(template::strings));
            texts.extend(self.expect.texts());
            texts
        };
        Facts {
            count: 1,
            actor: Actor::Browser(&self.browser),
            reach: Reach::Actor,
            asks: !self.expect.is_any() || self.contains.is_some() || self.lacks.is_some(),
            needs_observer: texts.iter().any(|text| text.contains(".sid}")),
            starts: None,
            needs: None,
            texts,
        }
    }

    fn written(&self) -> Entry {
        let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
        let method = METHODS
            .into_iter()
            .find(|(_, method)| *method == self.method);
        KIND.entry(fields::written([
            ("as", Some(json!(self.browser.written()))),
            (
                method.map_or(self.method, |(key, _)| key),
                Some(json!(self.path)),
            ),
            ("headers", written_texts(&self.headers)),
            ("json", self.json.clone()),
            ("form", written_texts(&self.form)),
            ("expect", self.expect.written()),
            ("contains", text(&self.contains)),
            ("lacks", text(&self.lacks)),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each(&self.browser, at, |model, browser| {
            model.visits(browser, at)
        })
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        let send = |browser| send(run, browser, self);
        at_line(line, run.each(&self.browser, send))
    }
}

async fn send(run: &Run, name: BrowserName, http: &Http) -> Result<(), RunError> {
    let ask = ask(run, &name, http)?;
    let browser = run.browser(&name);
    let asked = format!("{} {}", http.method, http.path);
    let answer = browser.request(&ask).await;
    if let Some(action) = &ask.action
        && ask.is_stop
    {
        let granted = { answer.as_ref().ok() }.map(|answer| answer.granted);
        run.stopped(&name, action, granted);
    }
    let answer = match answer {
        Err(error) if let Some(why) = late(&error) => {
            return run.unseen(browser.place(), &format!("{asked} is answered"), why);
        }
        answer => answer?,
    };
    http.expect.judge(run, &browser, &asked, &answer)?;
    let wanted = http.contains.iter().map(|text| (text, true));
    let unwanted = http.lacks.iter().map(|text| (text, false));
    for (text, is_wanted) in wanted.chain(unwanted) {
        expect_text(run, &browser, &asked, &answer, (text, is_wanted))?;
    }
    Ok(())
}

/// The request, with all references filled in, and the action that it asks for.
fn ask(run: &Run, name: &BrowserName, http: &Http) -> Result<Ask, RunError> {
    let body = match &http.json {
        Some(json) => Body::Json(run.fill_json(json)?),
        None if http.form.is_empty() => Body::Nothing,
        None => Body::Form(run.fill_all(&http.form)?),
    };
    let path = run.fill(&http.path)?;
    // A body says which action is meant only where it is known to mean one.
    let is_stop = run.site.stops(http.method, &path).is_some();
    let in_body = if is_stop {
        let json = http.json.iter().flat_map(template::strings);
        let form = http.form.values().map(String::as_str);
        run.named_action(name, json.chain(form))?
    } else {
        None
    };
    let in_path = run.action_in_path(name, &http.path, (http.method, &path))?;
    Ok(Ask {
        method: http.method.to_owned(),
        action: in_path.or(in_body),
        is_stop,
        is_public: run.site.is_public(http.method, &path),
        path,
        headers: run.fill_all(&http.headers)?,
        body,
    })
}

/// Whether the answer has the text in it, as is wanted or not.
fn expect_text(
    run: &Run,
    browser: &Browser,
    asked: &str,
    answer: &Answer,
    (text, is_wanted): (&str, bool),
) -> Result<(), RunError> {
    let written = [text.to_owned()];
    // What somebody may see may stand in their list too.
    if !is_wanted && run.is_shown(&written, &browser.place())? {
        return Ok(());
    }
    let text = run.fill(text)?;
    let found = answer.body.contains(&text);
    if answer.cut && !found {
        let why = "the answer is longer than 16 MiB".to_owned();
        let claim = format!("{asked} is read to its end");
        return run.unseen(browser.place(), &claim, why);
    }
    let verb = if is_wanted { "contains" } else { "lacks" };
    let claim = format!("{asked} {verb} `{text}`");
    let met = found == is_wanted;
    run.expected_answer(browser, (&claim, answer), met, || {
        excerpt::around(&answer.body, &text)
    })
}
