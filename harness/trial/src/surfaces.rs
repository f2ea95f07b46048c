//! The surfaces that scenarios need, each asked once by a user, and the private one by a stranger.

use std::sync::Arc;

use targets::file::identity::Strangers;
use targets::language::step::Step;
use walk::{Answer, Browser, Witness};

use crate::amiss::Around;
use crate::finding::Finding;
use crate::login::ended;
use crate::stage::Trying;

/// The surface that a stranger must not see.
pub(crate) const PRIVATE: &str = "private page";
/// The other one that scenarios expect to be refused to a stranger.
const LIST: &str = "actions of mine";
/// Those that change something, or whose answer depends on more than a request.
const NOT_ASKED: [&str; 1] = ["upload"];

impl Trying {
    /// Asks each.
    pub(crate) async fn surfaces(&mut self, browser: &Browser) {
        for (name, surface) in self.target().surfaces.clone() {
            let Some(surface) = surface.filter(|_| !NOT_ASKED.contains(&name.as_str())) else {
                continue;
            };
            // What leads to it keeps what it needs.
            let steps: Vec<Step> = { surface.before.into_iter() }
                .chain([surface.step])
                .collect();
            let asked = browser.take(&steps).await;
            let what = format!("the {name}");
            let way = ["surfaces", name.as_str()];
            let around = Around {
                file: &self.file,
                way: &way,
                what: &what,
                fields: &[],
                events: &[],
                socket_io: None,
            };
            // What is unknown may answer as it likes: the scenarios compare it with what `shows` says.
            let may_refuse = name == "unknown path";
            let (mut line, finding) = match asked {
                Ok(told) => {
                    let finding = around.amiss(&steps, &told);
                    let is_there = surface
                        .list
                        .as_ref()
                        .is_none_or(|list| list.first(&told.came).is_some());
                    if told.answer == Answer::Yes && !is_there {
                        let at = self.file.spot(&["surfaces", &name, "list"]);
                        let what = format!(
                            "nothing stands in the `list` of the {name}, though actions were done"
                        );
                        let fix = "write the place of its entries, such as `list: /jobs/*`";
                        self.notes.finding(Finding::open(at, what, fix));
                    }
                    (ended(&told), finding.filter(|_| !may_refuse))
                }
                Err(error) => (error.to_string(), Some(around.failed(&error))),
            };
            let is_refused = finding.is_some();
            finding
                .into_iter()
                .for_each(|finding| self.notes.finding(finding));
            let is_own =
                name == PRIVATE || (name == LIST && self.target().strangers == Strangers::Refused);
            if is_own && self.target().login.is_some() && !is_refused {
                let witness: Arc<dyn Witness> = Arc::clone(&self.eyes) as Arc<dyn Witness>;
                let stranger = Browser::new(&self.site, "stranger", None, &witness);
                if let Ok(told) = stranger.take(&steps).await {
                    line.push_str(&format!("; to a stranger: {}", ended(&told)));
                    if !matches!(told.answer, Answer::No(_)) {
                        let finding = Finding::mistake(
                            self.file.spot(&["surfaces", &name]),
                            format!("the {name} is granted to a stranger"),
                            "write what a stranger gets, as `refused: {status: [302, 401]}`, or name a page that needs a login",
                        );
                        self.notes.finding(finding);
                    }
                }
            }
            self.notes.line("surface", format!("{name}: {line}"));
        }
    }
}
