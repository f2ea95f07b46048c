//! `upload`: a browser sends a file.

use std::sync::Arc;

use probe::{Ask, Body};
use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::BrowserName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{browser, statuses, written_numbers};
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::silence::late;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "upload",
    schema,
    read,
};

/// Bytes that an upload may have: 200 MiB, what the memory of the harness bears in one piece.
const MAX_UPLOAD: u64 = 200 << 20;

#[derive(Debug)]
struct Upload {
    browser: BrowserName,
    /// How large.
    bytes: usize,
    /// Statuses, any of which is right; empty when any status is.
    expect: Vec<u16>,
}

fn schema() -> Value {
    let bytes = json!({ "type": "integer", "minimum": 0, "maximum": MAX_UPLOAD });
    map(
        &json!({ "as": schema_parts::place(), "bytes": bytes, "expect": schema_parts::statuses() }),
        &["as", "bytes"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "upload", &["as", "bytes", "expect"])?;
    let browser = browser(fields.need("as")?, "as")?;
    let bytes = fields.need("bytes")?.number("bytes", 0, MAX_UPLOAD)?;
    Ok(Arc::new(Upload {
        browser,
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        expect: statuses(fields.take("expect"))?,
    }))
}

impl Step for Upload {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Browser(&self.browser),
            reach: Reach::Actor,
            asks: !self.expect.is_empty(),
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Surface("upload")),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(fields::written([
            ("as", Some(json!(self.browser.written()))),
            ("bytes", Some(json!(self.bytes))),
            ("expect", written_numbers(&self.expect)),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each(&self.browser, at, |model, browser| {
            model.visits(browser, at)
        })
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        let upload = |browser| upload(run, browser, self);
        at_line(line, run.each(&self.browser, upload))
    }
}

async fn upload(run: &Run, name: BrowserName, step: &Upload) -> Result<(), RunError> {
    let upload = run.site.upload().ok_or(RunError::NotInTarget("upload"))?;
    let browser = run.browser(&name);
    let ask = Ask {
        body: Body::File(upload.field, step.bytes),
        ..upload.ask
    };
    let answer = match browser.request(&ask).await {
        Err(error) if let Some(why) = late(&error) => {
            return run.unseen(browser.place(), "upload is answered", why);
        }
        answer => answer?,
    };
    run.expected_status(&browser, "upload", &step.expect, &answer)
}
