//! `http` with a `surface`: a browser asks for a part of the target that the target file describes.

use std::sync::Arc;

use diagnostics::meant;
use reading::fields::{self, Fields};
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};
use serde_json::{Value, json};
use targets::file::surface::KNOWN;

use super::answer::Wanted;
use super::entry::Entry;
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::{BrowserName, Who};
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{Expect, browser, expected};
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::silence::late;
use crate::run::state::Run;

/// The step's name in a file, which it shares with requests that are written out.
const NAME: &str = "http";

/// A request that the target file describes.
#[derive(Debug)]
pub(crate) struct Visit {
    browser: BrowserName,
    surface: String,
    expect: How,
}

impl Visit {
    /// A visit of a surface that is granted, or refused.
    pub(crate) fn of(browser: BrowserName, surface: &str, expect: Expect) -> Self {
        Self {
            browser,
            surface: surface.to_owned(),
            expect: How::Word(expect),
        }
    }
}

/// What the answer must be.
#[derive(Debug)]
enum How {
    /// As the target file grants or refuses it.
    Word(Expect),
    Wanted(Wanted),
}

pub(super) fn schema() -> Value {
    let expect = json!({ "oneOf": [schema_parts::expect(), super::answer::schema()] });
    map(
        &json!({ "as": schema_parts::place(), "surface": { "enum": KNOWN }, "expect": expect }),
        &["as", "surface"],
    )
}

pub(super) fn read(node: &Node) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, NAME, &["as", "surface", "expect"])?;
    let browser = browser(fields.need("as")?, "as")?;
    let named = fields.need("surface")?;
    let surface = named.text("surface")?;
    if !KNOWN.contains(&surface) {
        let what = format!("there is no surface `{surface}`");
        return wrong(named.at(), what, meant(surface, &KNOWN));
    }
    let expect = match fields.take("expect") {
        None => How::Word(usual(&browser, surface)),
        Some(node) => match &node.yaml {
            Yaml::Text(_) => How::Word(expected(node)?),
            _ => How::Wanted(Wanted::read(Some(node))?),
        },
    };
    Ok(Arc::new(Visit {
        browser,
        surface: surface.to_owned(),
        expect,
    }))
}

/// A stranger is refused what is private.
fn usual(browser: &BrowserName, surface: &str) -> Expect {
    let is_private = matches!(surface, "private page" | "actions of mine" | "upload");
    if is_private && browser.who == Who::Stranger {
        Expect::Refused
    } else {
        Expect::Granted
    }
}

impl Step for Visit {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Browser(&self.browser),
            reach: Reach::Actor,
            // That it is granted or refused.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Surface(&self.surface)),
            texts: match &self.expect {
                How::Word(_) => Vec::new(),
                How::Wanted(wanted) => wanted.texts(),
            },
        }
    }

    fn written(&self) -> Entry {
        let expect = match &self.expect {
            How::Word(expect) => expect.written(usual(&self.browser, &self.surface)),
            How::Wanted(wanted) => wanted.written(),
        };
        let settings = fields::written([
            ("as", Some(json!(self.browser.written()))),
            ("surface", Some(json!(self.surface))),
            ("expect", expect),
        ]);
        Entry::new(NAME, settings.into())
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each(&self.browser, at, |model, browser| {
            model.visits(browser, at)
        })
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        let visit = |browser| visit(run, browser, self);
        at_line(line, run.each(&self.browser, visit))
    }
}

async fn visit(run: &Run, name: BrowserName, step: &Visit) -> Result<(), RunError> {
    let browser = run.browser(&name);
    let surface = &step.surface;
    let visited = match browser.surface(surface).await {
        Err(error) if let Some(why) = late(&error) => {
            let claim = format!("the {surface} is answered");
            return run.unseen(browser.place(), &claim, why);
        }
        visited => visited?.ok_or(RunError::NotInTarget("surface"))?,
    };
    match &step.expect {
        How::Word(expect) => {
            let claim = format!("the {surface} is {}", expect.word());
            run.ended(browser.place(), &claim, visited.ended, *expect)
        }
        How::Wanted(wanted) => {
            let asked = format!("the {surface}");
            wanted.judge(run, &browser, &asked, &visited.answer)
        }
    }
}
