//! What was seen in one part of a history, in order. Random markers and ids are replaced by names, such as
//! `‹amy's 1›`, which are the same in each part.

use std::collections::BTreeMap;

use super::leaves::{self, Leaf};
use super::sighting::{Sighting, StreamName};
use crate::hashing::Map;
use crate::judge::Exhibit;
use crate::marker;
use crate::name::ActionId;
use crate::observation::{COMMENT, TOO_FAST, What};
use crate::place::Place;

/// What was seen in one part.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(super) sightings: Vec<Sighting>,
    began_us: u64,
    users: BTreeMap<String, UserActivity>,
    /// By browser, because another session of the same user may be the neighbour.
    browsers: BTreeMap<Place, BrowserActivity>,
    /// By marker: its name here, and when it was sent.
    markers: Map<u64, (String, u64)>,
    actions: BTreeMap<ActionId, String>,
    /// How late the harness was at worst: it may have seen anything that much later.
    pub(super) late_us: u64,
    /// The sum of all its delays.
    pub(super) noise_us: u64,
    /// How long it lasted.
    pub(super) lasted_us: u64,
    /// Everything that was due has had its time: what a run says of it after that comes when the run has listened.
    is_settled: bool,
    /// At which place the target first called somebody too fast for it, and in which words.
    pub(super) too_fast: Vec<(String, String)>,
}

#[derive(Debug, Default)]
struct UserActivity {
    n_markers: usize,
    n_actions: usize,
}

#[derive(Debug, Default)]
struct BrowserActivity {
    /// When somebody last did something there, and last saw something, in microseconds.
    acted_us: u64,
    saw_us: u64,
}

/// What a step says that was not seen in time, in place of whether it was met.
pub(super) const UNSEEN: &str = "not seen in time";

/// The browser of a place, without its tab.
fn browser(place: &Place) -> Place {
    Place {
        tab: None,
        ..place.clone()
    }
}

/// Where a run says what is claimed of everybody.
fn is_of_all(place: &Place) -> bool {
    place.user.is_none() && place.session == "the run"
}

impl View {
    /// A part that begins now.
    pub(crate) fn begin(at_us: u64) -> Self {
        Self {
            began_us: at_us,
            ..Self::default()
        }
    }

    /// Whether anything was received.
    pub(crate) fn has_events(&self) -> bool {
        self.sightings.iter().any(|sighting| sighting.is_event)
    }

    /// Takes in one exhibit. What is no sighting of a client only changes the names and times.
    pub(crate) fn see(&mut self, exhibit: &Exhibit<'_>) {
        let who = exhibit.place.who().to_owned();
        self.lasted_us = exhibit.at_us.saturating_sub(self.began_us);
        match exhibit.what {
            What::Sent { marker, .. } => {
                let activity = self.users.entry(who.clone()).or_default();
                activity.n_markers += 1;
                let browser = self.browsers.entry(browser(exhibit.place)).or_default();
                browser.acted_us = exhibit.at_us;
                let name = format!("‹{who}'s {}›", activity.n_markers);
                self.markers.insert(marker.key(), (name, exhibit.at_us));
            }
            What::Late { by_ms, .. } => {
                let by_us = by_ms.saturating_mul(1000);
                self.late_us = self.late_us.max(by_us);
                self.noise_us = self.noise_us.saturating_add(by_us);
            }
            What::Received { event, .. } if event == COMMENT => {}
            What::Settled { .. } if exhibit.place.user.is_none() => self.is_settled = true,
            What::Settled { .. } | What::PartBegan { .. } | What::RecordingStopped { .. } => {}
            // What is said of the whole run is said of the neighbour, too.
            _ if is_of_all(exhibit.place) => {}
            what => self.add(exhibit, &who, what),
        }
    }

    fn add(&mut self, exhibit: &Exhibit<'_>, who: &str, what: &What) {
        if let What::Confirmed { action, .. }
        | What::Answered {
            action: Some(action),
            ..
        } = what
            // An empty one names nothing, and stands between any two letters.
            && !action.as_str().is_empty()
            && !self.actions.contains_key(action)
        {
            let activity = self.users.entry(who.to_owned()).or_default();
            activity.n_actions += 1;
            let name = format!("‹{who}'s {}›", activity.n_actions);
            self.actions.insert(action.clone(), name);
        }
        let own = exhibit
            .markers
            .iter()
            .find_map(|found| self.markers.get(&found.key));
        let sent_us = own.map(|(_, sent_us)| *sent_us);
        let (kind, leaves) = self.described(exhibit, what);
        let is_event = matches!(what, What::Received { .. });
        if let What::Expected {
            unseen: true,
            found,
            ..
        } = what
            && found.contains(TOO_FAST)
        {
            self.too_fast
                .push((exhibit.place.to_string(), found.clone()));
        }
        let activity = self.browsers.entry(browser(exhibit.place)).or_default();
        let began_us = activity.acted_us.max(self.began_us);
        let since = match sent_us {
            Some(sent_us) if is_event => sent_us,
            _ if is_event => activity.acted_us,
            _ => activity.acted_us.max(activity.saw_us),
        }
        .max(self.began_us);
        // What the harness has done before it asked, as to let the neighbour begin, is no wait for an answer. When the
        // first thing in a browser was asked for, only an answer tells.
        let is_first = activity.acted_us == 0 && activity.saw_us == 0;
        let since = match what {
            What::Answered {
                asked_us: Some(asked_us),
                ..
            } => since.max(*asked_us),
            _ if is_first => exhibit.at_us,
            _ => since,
        };
        if is_event {
            activity.saw_us = exhibit.at_us;
        } else {
            activity.acted_us = exhibit.at_us;
        }
        self.sightings.push(Sighting {
            stream: StreamName {
                place: exhibit.place.to_string(),
                kind,
            },
            leaves,
            at_us: self.lasted_us,
            after_us: match what {
                // When the harness closes its own tab, or judges the whole part, says nothing about the target.
                What::Left { by_server: None } => 0,
                What::Expected { .. } if self.is_settled => 0,
                _ => exhibit.at_us.saturating_sub(since),
            },
            is_event,
            is_marked: !exhibit.markers.is_empty(),
            is_targets: matches!(
                what,
                What::Received { .. } | What::Answered { .. } | What::Confirmed { .. }
            ),
            waited_us: matches!(what, What::Expected { unseen: true, .. })
                .then(|| exhibit.at_us.saturating_sub(began_us)),
            witness: exhibit.witness(String::new()),
        });
    }

    /// What kind of thing it is, and the values in it.
    fn described(&self, exhibit: &Exhibit<'_>, what: &What) -> (String, Vec<Leaf>) {
        let leaf = |path: &str, value: String| vec![(path.to_owned(), self.named(exhibit, &value))];
        match what {
            What::Received { event, frame, .. } => (
                event.clone(),
                leaves::of_packet(&self.named(exhibit, frame)),
            ),
            What::Answered {
                asked,
                action,
                frame,
                ..
            } => {
                let name = action
                    .as_ref()
                    .and_then(|action| Some((action, self.actions.get(action)?)));
                let asked = match name {
                    Some((action, name)) => asked.replace(action.as_str(), name),
                    None => self.named(exhibit, asked),
                };
                (asked, leaves::of_answer(&self.named(exhibit, frame)))
            }
            What::Confirmed { action, .. } => {
                ("confirmed".to_owned(), leaf("action", action.to_string()))
            }
            What::Refused { reason, .. } => ("refused".to_owned(), leaf("reason", reason.clone())),
            // What the tab had heard then is the harness's own count, and what came says the same.
            What::Joined { .. } => ("joined".to_owned(), Vec::new()),
            What::Expected {
                claim, met, unseen, ..
            } => (
                format!("step: {}", self.named(exhibit, claim)),
                leaf(
                    "met",
                    if *unseen {
                        UNSEEN.to_owned()
                    } else {
                        met.to_string()
                    },
                ),
            ),
            What::LoggedIn { .. } => ("logged in".to_owned(), Vec::new()),
            What::SessionEnded => ("session ended".to_owned(), Vec::new()),
            What::Left { by_server } => {
                let by_server = by_server.iter();
                let leaves = by_server.flat_map(|how| leaf("by the server", how.clone()));
                ("left".to_owned(), leaves.collect())
            }
            What::Unanswered { .. } => ("unanswered".to_owned(), Vec::new()),
            What::Member { is, .. } if is.is_an_answer() => (
                "membership".to_owned(),
                vec![("is".to_owned(), format!("{is:?}"))],
            ),
            What::Member { .. }
            | What::Secret { .. }
            | What::Sent { .. }
            | What::Stopped { .. }
            | What::Settled { .. }
            | What::Late { .. }
            | What::PartBegan { .. }
            | What::RecordingStopped { .. } => (String::new(), Vec::new()),
        }
    }

    /// The text with each marker replaced by its name; a marker that was not sent in this part is `‹foreign›`.
    fn named(&self, exhibit: &Exhibit<'_>, text: &str) -> String {
        marker::named(text, exhibit.markers, |found| {
            let name = self.markers.get(&found.key);
            name.map_or("‹foreign›", |(name, _)| name).to_owned()
        })
    }
}
