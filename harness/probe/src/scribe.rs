//! Sees everything that comes to a browser and its tabs, and writes it down with what the target file declares of it:
//! `arrivals` are messages and answers, `memberships` those of groups, and `secrets` values that the server makes.

mod secrets;

mod memberships;

mod arrivals;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use evidence::{ActionId, COMMENT, Place, What};
use walk::{Sight, Whereabouts, Witness};

use crate::inbox::{Inbox, Taken};
use crate::lock::lock;
use crate::recording::{Lost, Meter, Recorder};
use crate::site::Site;

/// The name in a history of an event whose name cannot be read.
const UNREADABLE: &str = "(unreadable)";
/// The witness of one browser.
#[derive(Debug)]
pub(crate) struct Scribe {
    site: Arc<Site>,
    pub(crate) recorder: Recorder,
    pub(crate) meter: Option<Meter>,
    inboxes: Mutex<HashMap<(String, String), Arc<Inbox>>>,
    /// How many pages each tab has shown: one that comes back is still the same.
    pages: Mutex<HashMap<(String, String), u32>>,
    /// The newest `Set-Cookie` header of each cookie.
    set_cookies: Mutex<BTreeMap<String, String>>,
}

impl Scribe {
    pub(crate) fn new(site: &Arc<Site>, recorder: Recorder, meter: Option<Meter>) -> Self {
        Self {
            site: Arc::clone(site),
            recorder,
            meter,
            inboxes: Mutex::default(),
            pages: Mutex::default(),
            set_cookies: Mutex::default(),
        }
    }

    /// A new inbox for a tab that is about to open a page.
    pub(crate) fn open(&self, place: Place) -> Arc<Inbox> {
        *lock(&self.pages).entry(key_of(&place)).or_default() += 1;
        self.open_again(place)
    }

    /// A new inbox for a tab that comes back.
    pub(crate) fn open_again(&self, place: Place) -> Arc<Inbox> {
        let key = key_of(&place);
        // What it was a member of as a tab has ended with its sockets.
        self.site.groups.leave_all(&place);
        let inbox = Inbox::new(place, Arc::clone(&self.site), self.recorder.clone());
        let inbox = Arc::new(inbox);
        lock(&self.inboxes).insert(key, Arc::clone(&inbox));
        self.will_join_by_itself(&inbox.place);
        inbox
    }

    fn inbox(&self, place: &Place) -> Option<Arc<Inbox>> {
        place.tab.as_ref()?;
        lock(&self.inboxes).get(&key_of(place)).cloned()
    }

    /// Writes down at a place, in a tab's order where it is one. What is not written any more, the end of the run says.
    fn take(&self, place: &Place, taken: Taken) {
        let _ = match self.inbox(place) {
            Some(inbox) => inbox.take(taken),
            None => { taken.whats.into_iter() }
                .try_for_each(|what| self.recorder.record(place.clone(), what)),
        };
    }
}

impl Witness for Scribe {
    fn see(&self, at: &Whereabouts, sight: &Sight<'_>) {
        let place = place_of(&self.site, at);
        match sight {
            Sight::Answered { .. } => self.answered(&place, sight),
            Sight::Told {
                asked,
                about,
                granted,
                ..
            } => {
                let action = about.map(ActionId::from);
                let what = What::answered((*asked).to_owned(), action, *granted, String::new());
                self.take(&place, Taken::of(vec![what]));
            }
            Sight::Member { group, name, is } => self.goes_on(&place, (group, name), *is),
            Sight::Opened { socket, raw } => self.opened(&place, socket, raw),
            Sight::Heard {
                came,
                asked: Some(asked),
                raw,
                ..
            } => self.acknowledged(&place, asked, came, raw),
            Sight::Heard {
                socket,
                came,
                waited,
                raw,
                ..
            } => self.heard(&place, socket, came, raw, *waited),
            Sight::Silent { raw } => {
                let what = What::received(COMMENT.to_owned(), None, (*raw).to_owned());
                self.take(&place, Taken::of(vec![what]));
            }
            Sight::Malformed { why, raw, .. } => {
                let event = UNREADABLE.to_owned();
                let what = What::received(event.clone(), None, format!("{raw}\n({why})"));
                let taken = Taken::of(vec![what]);
                self.take(
                    &place,
                    Taken {
                        event: Some(event),
                        ..taken
                    },
                );
            }
            Sight::Closed { socket, close, .. } if *socket == walk::ANSWER => {
                let reason = format!("an answer broke off: {}", close.reason);
                self.take(&place, Taken::of(vec![What::refused(reason)]));
            }
            Sight::Closed {
                member,
                is_last,
                close,
                is_bound,
                ..
            } => {
                if *is_bound {
                    self.recorder.stop(Lost::Ended(close.reason.clone()));
                }
                match member.filter(|_| !is_last) {
                    Some(id) => self.membership_closed(&place, id),
                    None => self.closed(&place, close),
                }
            }
        }
    }
}

fn key_of(place: &Place) -> (String, String) {
    (place.session.clone(), place.tab.clone().unwrap_or_default())
}

/// A place in a history.
pub(crate) fn place_of(site: &Site, at: &Whereabouts) -> Place {
    Place {
        user: at.user.as_deref().map(|user| site.user(user)),
        session: at.session.clone(),
        tab: at.tab.clone(),
    }
}
