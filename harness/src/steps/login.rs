//! `login`: a user logs in, in a browser of their own or in somebody else's, which is taken over then.

use std::sync::Arc;

use probe::Login as Answer;
use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line, user_of};
use crate::language::names::{BrowserName, Who};
use crate::language::schema_parts::{map, place, place_or};
use crate::language::spots::Spots;
use crate::language::values::browser;
use crate::lock::lock;
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::silence::late;
use crate::run::state::Run;
use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "login",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Login {
    /// The browser, by the name that it has from then on.
    pub(crate) browser: BrowserName,
    /// The browser of somebody else that is taken over; its name and its tabs are over then.
    pub(crate) in_browser: Option<BrowserName>,
}

fn schema() -> Value {
    place_or(&map(
        &json!({ "as": place(), "in": place() }),
        &["as", "in"],
    ))
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    if node.is_place_alone("login")? {
        return Ok(Arc::new(Login {
            browser: browser(node, "login")?,
            in_browser: None,
        }));
    }
    let mut fields = Fields::of(node, "login", &["as", "in"])?;
    let (user, old) = (fields.need("as")?, fields.need("in")?);
    let name = user.text("as")?;
    let who = browser(user, "as")?.who;
    let old = browser(old, "in")?;
    if name.contains('/') || who == Who::Everyone || old.who == Who::Everyone {
        return wrong(
            user.at(),
            format!("`{name}` cannot log in at `{old}`: one user takes over one browser"),
            "write `{as: USER, in: USER/DEVICE}`",
        );
    }
    Ok(Arc::new(Login {
        browser: BrowserName {
            who,
            device: old.device.clone(),
        },
        in_browser: Some(old),
    }))
}

impl Step for Login {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Browser(&self.browser),
            reach: Reach::Actor,
            asks: false,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let Some(old) = &self.in_browser else {
            return KIND.entry(json!(self.browser.written()));
        };
        KIND.entry(json!({ "as": self.browser.who.to_string(), "in": old.written() }))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let Some(old) = &self.in_browser else {
            let at = at.actor();
            return model.each(&self.browser, at, |model, browser| model.login(browser, at));
        };
        let (at, old_at) = (at.actor(), at.setting(&["in"]));
        model.each(old, old_at, |_, _| Ok(()))?;
        model.each(&self.browser, at, |model, browser| {
            model.take_over((browser, at), (old, old_at))
        })
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        let Self {
            browser,
            in_browser,
        } = self;
        at_line(line, async move {
            run.doubts.trust_again(|name| {
                browser.who == Who::Everyone && name.device == browser.device || name == browser
            });
            run.each(browser, |browser| log_in(run, browser, in_browser.as_ref()))
                .await
        })
    }
}

/// Logs in, in the browser `old` where there is one.
pub(super) async fn log_in(
    run: &Run,
    name: BrowserName,
    old: Option<&BrowserName>,
) -> Result<(), RunError> {
    let browser = run.browser(old.unwrap_or(&name));
    let user = user_of(&name).ok_or_else(|| RunError::Unknown(name.to_string()))?;
    let password = run
        .cast
        .passwords
        .get(user)
        .ok_or_else(|| RunError::Unknown(user.to_string()))?;
    let answer = browser.login(run.cast.name(user), password).await;
    if !matches!(answer, Ok(Answer::Granted)) {
        run.doubts.doubt_browser(&name);
    }
    let answer = match answer {
        Err(error) if let Some(why) = late(&error) => {
            run.unseen(browser.place(), &format!("`{user}` is logged in"), why)?;
            return Err(RunError::Unseen);
        }
        answer => answer?,
    };
    match answer {
        Answer::Granted => {
            lock(&run.browsers).insert(name, browser);
            Ok(())
        }
        Answer::Refused(reason) => Err(RunError::Login(user.clone(), reason)),
        Answer::Unknown(why) => Err(RunError::NoIdentity(user.clone(), why)),
    }
}
