//! `open`: a tab opens its socket; a browser without a login logs in first.

use std::collections::BTreeMap;
use std::sync::Arc;

use probe::{OpenOptions, Opened, PastPage, Tab, Transport};
use serde_json::{Value, json};

use super::entry::Entry;
use super::login::log_in;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::{TabName, Who};
use crate::language::schema_parts::{self, map, place_or};
use crate::language::spots::Spots;
use crate::language::values::{Expect, expect, headers, tab, written_texts};
use crate::lock::lock;
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::silence::late;
use crate::run::state::{OpenTab, Run, new_group};
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "open",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Open {
    tab: TabName,
    /// None: the one of the target file.
    transport: Option<Transport>,
    /// Sent with the handshake; their texts are templates.
    headers: BTreeMap<String, String>,
    /// A refused one makes no tab.
    expect: Expect,
}

impl Open {
    /// As usual: as the target file says, without headers of its own, and not refused.
    pub(crate) const fn at(tab: TabName) -> Self {
        Self {
            tab,
            transport: None,
            headers: BTreeMap::new(),
            expect: Expect::Granted,
        }
    }

    pub(crate) fn over(self, transport: Transport) -> Self {
        Self {
            transport: Some(transport),
            ..self
        }
    }

    /// As a tab that the target is expected to refuse.
    pub(crate) fn refused(self) -> Self {
        let expect = Expect::Refused;
        Self { expect, ..self }
    }
}

fn schema() -> Value {
    let transport = json!({ "enum": ["websocket", "polling", "upgrade"] });
    place_or(&map(
        &json!({ "at": schema_parts::place(), "transport": transport, "headers": schema_parts::texts(), "expect": schema_parts::expect() }),
        &["at"],
    ))
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    if node.is_place_alone("open")? {
        return Ok(Arc::new(Open::at(tab(node, "open")?)));
    }
    let mut fields = Fields::of(node, "open", &["at", "transport", "headers", "expect"])?;
    let transport = fields.take("transport");
    let transport = match transport.map(|node| node.text("transport")).transpose()? {
        None => None,
        Some("websocket") => Some(Transport::WebSocket),
        Some("polling") => Some(Transport::Polling),
        Some("upgrade") => Some(Transport::Upgrade),
        Some(other) => {
            return wrong(
                transport.map_or(node.at(), Node::at),
                format!("there is no transport `{other}`"),
                "use websocket, polling or upgrade",
            );
        }
    };
    Ok(Arc::new(Open {
        tab: tab(fields.need("at")?, "at")?,
        transport,
        headers: headers(fields.take("headers"))?,
        expect: expect(fields.take("expect"))?.unwrap_or(Expect::Granted),
    }))
}

impl Step for Open {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // A refusal that is expected is written down like an expectation, and nothing is judged for it alone.
            asks: false,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: self.headers.values().map(String::as_str).collect(),
        }
    }

    fn written(&self) -> Entry {
        let at = json!(self.tab.written());
        if self.headers.is_empty() && (self.transport, self.expect) == (None, Expect::Granted) {
            return KIND.entry(at);
        }
        KIND.entry(fields::written([
            ("at", Some(at)),
            (
                "transport",
                self.transport.map(|transport| json!(word(transport))),
            ),
            ("headers", written_texts(&self.headers)),
            ("expect", self.expect.written(Expect::Granted)),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let spots = at;
        let at = at.actor();
        let is_said = spots.has("expect");
        if self.tab.browser.who == Who::Stranger && self.expect == Expect::Granted && !is_said {
            let fix = if spots.has("at") {
                "add `expect: refused`, or `expect: granted` where strangers are welcome".to_owned()
            } else {
                let tab = self.tab.written();
                format!(
                    "write `open: {{at: {tab}, expect: refused}}`, or `granted` where strangers are welcome"
                )
            };
            let what = "nobody knows whether this stranger is welcome";
            return wrong(at, what, fix);
        }
        model.each_tab(&self.tab, at, |model, tab| model.open(tab, self.expect, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| open(run, tab, self)))
    }
}

const fn word(transport: Transport) -> &'static str {
    match transport {
        Transport::WebSocket => "websocket",
        Transport::Polling => "polling",
        Transport::Upgrade => "upgrade",
    }
}

async fn open(run: &Run, name: TabName, step: &Open) -> Result<(), RunError> {
    let known = lock(&run.browsers).contains_key(&name.browser);
    if !known && name.browser.who != Who::Stranger {
        log_in(run, name.browser.clone(), None).await?;
    }
    let options = OpenOptions {
        client: run.client,
        transport: step.transport,
        headers: run.fill_all(&step.headers)?,
        past_page: match step.expect {
            Expect::Granted => PastPage::Never,
            Expect::Refused => PastPage::IfGreeted,
        },
    };
    open_with(run, name, (options, None), step.expect).await
}

/// Opens the tab with these options; one that was away comes back.
pub(super) async fn open_with(
    run: &Run,
    name: TabName,
    (options, away): (OpenOptions, Option<OpenTab>),
    expect: Expect,
) -> Result<(), RunError> {
    let browser = run.browser(&name.browser);
    // One that gets what it missed is owed everything that it was owed before.
    let replays = away.as_ref().filter(|open| open.tab.replays());
    let opened_after = replays.map_or_else(|| lock(&run.actions).len(), |open| open.opened_after);
    let before_cuts = replays.map_or_else(Vec::new, |open| {
        let mut before = open.before_cuts.clone();
        before.push(open.tab.clone());
        before
    });
    let opening = async {
        match &away {
            None => Tab::open(&browser, &name.tab, &options).await,
            Some(open) => open.tab.come_back(&options).await,
        }
    };
    let opened = match opening.await {
        Err(error) if let Some(why) = late(&error) => {
            let claim = match expect {
                Expect::Granted => "the socket is opened",
                Expect::Refused => "the socket is refused",
            };
            run.unseen(browser.place(), claim, why)?;
            return Err(RunError::Unseen);
        }
        opened => opened?,
    };
    match (opened, expect) {
        (Opened::Granted(tab), expect) => {
            let open = OpenTab {
                tab,
                options,
                opened_after,
                before_cuts,
                returned_after: lock(&run.actions).len(),
            };
            let tab = open.tab.clone();
            // Joining a group has no headers and no transport of its own.
            let is_usual = open.options.headers.is_empty() && open.options.transport.is_none();
            lock(&run.tabs).insert(name.clone(), open);
            run.counts.reopened(&name, &tab);
            match expect {
                Expect::Granted => Ok(()),
                Expect::Refused if !tab.opening_asks() && is_usual => {
                    ask_for_a_socket(run, &tab).await
                }
                // Nobody was asked, and so nobody could refuse.
                Expect::Refused if !tab.opening_asks() => Ok(()),
                Expect::Refused => {
                    run.expected(browser.place(), "the socket is refused", false, || {
                        "it was opened".to_owned()
                    })
                }
            }
        }
        (Opened::Refused(_), Expect::Refused) => {
            run.expected(browser.place(), "the socket is refused", true, String::new)
        }
        (Opened::Refused(reason), Expect::Granted) => {
            run.expected(browser.place(), "the socket is opened", false, || reason)?;
            Err(RunError::Socket(name.to_string()))
        }
    }
}

/// Opening the tab has asked the target for nothing. What it does next must be refused: it joins a group, where that
/// opens a socket.
async fn ask_for_a_socket(run: &Run, tab: &Tab) -> Result<(), RunError> {
    let (place, claim) = (tab.place().clone(), "the socket is refused");
    match tab.ask_for_a_socket(&new_group()).await {
        // Nobody was asked, and so nobody could refuse.
        Ok(None) => Ok(()),
        Ok(Some(stop)) => run.ended(place, claim, stop, Expect::Refused),
        Err(error) => match late(&error) {
            Some(why) => run.unseen(place, claim, why),
            None => Err(error.into()),
        },
    }
}
