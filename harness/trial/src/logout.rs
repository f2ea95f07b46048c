//! Logging out, and what a copy of the session is worth then.

use std::sync::Arc;

use targets::language::step::Step;
use walk::{Answer, Browser, Witness};

use crate::amiss::Around;
use crate::finding::Finding;
use crate::login::ended;
use crate::seen::named;
use crate::stage::Trying;
use crate::surfaces::PRIVATE;

impl Trying {
    /// The first user logs out.
    pub(crate) async fn log_out(&mut self, browsers: &[Browser]) {
        let Some(browser) = browsers.first() else {
            return;
        };
        let steps = self.target().logout.clone();
        if steps.is_empty() || self.target().login.is_none() {
            return;
        }
        let at = named(&browser.whereabouts());
        let witness: Arc<dyn Witness> = Arc::clone(&self.eyes) as Arc<dyn Witness>;
        let thief = Browser::new(&self.site, "thief", None, &witness);
        thief.steal(browser);
        let told = browser.logout().await;
        let around = Around {
            file: &self.file,
            way: &["logout"],
            what: "the logout",
            fields: &[],
            events: &[],
            socket_io: None,
        };
        let mut is_out = false;
        let (line, finding) = match told {
            Ok(told) => {
                is_out = told.answer == Answer::Yes;
                (ended(&told), around.amiss(&steps, &told))
            }
            Err(error) => (error.to_string(), Some(around.failed(&error))),
        };
        self.notes.line("logout", format!("{at}: {line}"));
        finding
            .into_iter()
            .for_each(|finding| self.notes.finding(finding));
        if is_out {
            self.revocation(&thief).await;
        }
    }

    /// Whether what carried a session still opens the private page after the logout.
    async fn revocation(&mut self, thief: &Browser) {
        let Some(is_revoked) = { self.target().session.as_ref() }.map(|it| it.is_revoked) else {
            return;
        };
        let mut surfaces = self.target().surfaces.iter();
        let Some((_, Some(page))) = surfaces.find(|(name, _)| name == PRIVATE) else {
            return;
        };
        let steps: Vec<Step> = page
            .before
            .iter()
            .cloned()
            .chain([page.step.clone()])
            .collect();
        let Ok(told) = thief.take(&steps).await else {
            return;
        };
        let copy = "whoever has copied what carried the session";
        let line = format!("the {PRIVATE} to {copy}: {}", ended(&told));
        self.notes.line("logout", line);
        match told.answer {
            Answer::No(_) if !is_revoked => {
                let at = self.file.spot(&["session"]);
                let because = format!("after the logout {copy} is refused");
                self.notes.guess(at, "revoked: true in `session`", because);
            }
            Answer::Yes | Answer::Sent | Answer::Asked if is_revoked => {
                let at = self.file.spot(&["session", "revoked"]);
                let what = format!("after the logout the {PRIVATE} is granted to {copy}");
                let fix = "end the session on the server, or leave `revoked` out";
                self.notes.finding(Finding::mistake(at, what, fix));
            }
            _ => {}
        }
    }
}
