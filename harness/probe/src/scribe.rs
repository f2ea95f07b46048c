//! Sees everything that comes to a browser and its tabs, and writes it down with what the target file declares of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use evidence::{ActionId, Member, Membership, Place, Secrecy, UserName, What};
use serde_json::Value;
use targets::file::identity::Owner;
use targets::file::number::Within;
use targets::file::secrets::SecretFrom;
use targets::language::came::Came;
use targets::language::predicate::Fit;
use targets::language::template::{Lookup, Made, as_text};
use walk::{Errand, MemberSight, Sight, Whereabouts, Witness};

use crate::events::Numbered;
use crate::frame;
use crate::inbox::{Closing, Inbox, Taken};
use crate::lock::lock;
use crate::meant::Acting;
use crate::recording::{Arrival, Lost, Meter, Reading, Recorder, meter};
use crate::site::Site;

/// The name in a history of an event whose name cannot be read.
const UNREADABLE: &str = "(unreadable)";
/// What an answer is called that gives its message no name.
const ANSWER: &str = "answer";

/// The most cookies whose headers are kept: as many as a browser keeps for one site.
const COOKIES: usize = 180;

/// The witness of one browser.
#[derive(Debug)]
pub(crate) struct Scribe {
    site: Arc<Site>,
    pub(crate) recorder: Recorder,
    pub(crate) meter: Option<Meter>,
    inboxes: Mutex<HashMap<(String, String), Arc<Inbox>>>,
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
            set_cookies: Mutex::default(),
        }
    }

    /// A new inbox for a tab that is about to open.
    pub(crate) fn open(&self, place: Place) -> Arc<Inbox> {
        let key = (place.session.clone(), place.tab.clone().unwrap_or_default());
        let inbox = Inbox::new(place, Arc::clone(&self.site), self.recorder.clone());
        let inbox = Arc::new(inbox);
        lock(&self.inboxes).insert(key, Arc::clone(&inbox));
        inbox
    }

    fn inbox(&self, place: &Place) -> Option<Arc<Inbox>> {
        let key = (place.session.clone(), place.tab.clone()?);
        lock(&self.inboxes).get(&key).cloned()
    }

    /// Writes down at a place, in a tab's order where it is one. What is not written any more, the end of the run says.
    fn take(&self, place: &Place, taken: Taken) {
        let _ = match self.inbox(place) {
            Some(inbox) => inbox.take(taken),
            None => { taken.whats.into_iter() }
                .try_for_each(|what| self.recorder.record(place.clone(), what)),
        };
    }

    fn acting<'a>(
        &self,
        place: &'a Place,
        nobody: &'a BTreeMap<String, crate::meant::Named>,
    ) -> Acting<'a> {
        let target = self.site.target();
        Acting {
            place,
            owner: target.owner,
            named: nobody,
            has_no_login: target.login.is_none(),
        }
    }

    /// Values of the server that stand in what came, or are free with it.
    fn secrets(&self, place: &Place, came: &Came) -> Vec<What> {
        let target = self.site.target();
        let mut whats = Vec::new();
        for secret in &target.secrets {
            let SecretFrom::Event(event, at) = &secret.from else {
                continue;
            };
            if came.event.as_ref() != Some(event) {
                continue;
            }
            let nobody = BTreeMap::new();
            let to = self.acting(place, &nobody).audience(&secret.to);
            for value in at.all(came).iter().filter_map(text_of) {
                if self.site.groups.sees(&value, place) {
                    whats.push(What::Secret {
                        value,
                        to: to.clone(),
                        is: Secrecy::Seen,
                    });
                }
            }
        }
        let freed = target.freed.iter();
        for freed in freed.filter(|freed| is_of(freed.event.as_deref(), came)) {
            let values = freed.places.iter().flat_map(|at| at.all(came));
            for value in values.filter_map(|value| text_of(&value)) {
                let nobody = Place::nobody("freed");
                if self.site.groups.sees(&value, &nobody) {
                    let to = evidence::Audience::of(evidence::Scope::Anybody);
                    let is = Secrecy::Freed;
                    whats.push(What::Secret { value, to, is });
                }
            }
        }
        whats
    }

    /// A value that a step has kept is a secret of the place that kept it, if the file says so.
    pub(crate) fn see_kept(&self, place: &Place, kept: impl Fn(&str) -> Option<Value>) {
        let target = self.site.target();
        let named = target
            .secrets
            .iter()
            .filter_map(|secret| match &secret.from {
                SecretFrom::Kept(name) => Some((name.as_str(), Some(&secret.to))),
                SecretFrom::Event(..) => None,
            });
        let capabilities = target.capabilities.iter().map(|name| (name.as_str(), None));
        for (name, to) in named.chain(capabilities) {
            let Some(value) = kept(name).as_ref().and_then(text_of) else {
                continue;
            };
            if !self.site.groups.sees(&value, place) {
                continue;
            }
            let nobody = BTreeMap::new();
            let acting = self.acting(place, &nobody);
            let to = match to {
                Some(to) => acting.audience(to),
                None => evidence::Audience::of(acting.owner()),
            };
            let is = Secrecy::Seen;
            self.take(
                place,
                Taken {
                    whats: vec![What::Secret { value, to, is }],
                    ..Taken::default()
                },
            );
        }
    }

    /// Places in what came that must be absent for everybody.
    fn never(&self, came: &Came) -> Vec<String> {
        let never = self.site.target().never.iter();
        let of_event = never.filter(|never| is_of(never.event.as_deref(), came));
        let places = of_event.flat_map(|never| &never.places);
        let shown = places.filter(|at| at.all(came).iter().any(|value| !value.is_null()));
        shown.map(ToString::to_string).collect()
    }

    /// In which sequence a number stands.
    fn order(&self, place: &Place, numbered: Numbered, raw: &str) -> Option<Option<String>> {
        let sender = || {
            let mut markers = evidence::Marker::find_all(raw.as_bytes());
            self.site.groups.sender(&markers.next()?)
        };
        match numbered.within {
            Within::Tab => Some(None),
            Within::Session => Some(Some(format!("session {}", place.session))),
            Within::Everyone => Some(Some("everyone".to_owned())),
            Within::Sender => Some(Some(format!("sender {}", sender()?.who))),
            Within::Group => Some(Some(format!("group {}", sender()?.group?))),
        }
    }

    fn heard(&self, place: &Place, socket: &str, came: &Came, raw: &str, is_again: bool) {
        let numbered = self.site.events.number(socket, came);
        let order = numbered.and_then(|numbered| self.order(place, numbered, raw));
        let number = numbered
            .filter(|_| order.is_some())
            .map(|numbered| numbered.number);
        let order = order.flatten();
        let event = came.event.clone().unwrap_or_else(|| ANSWER.to_owned());
        if let Some(meter) = &self.meter {
            let queued_at = self.site.events.queued_at(socket, came);
            meter.send(Reading::Arrived(Arrival {
                event: event.clone(),
                number,
                // What waited for this connection says nothing about the target's speed.
                queued_at: queued_at.filter(|_| !is_again),
                received_at: meter::now(),
            }));
        }
        let mut whats = self.secrets(place, came);
        whats.extend(self.lost(place, came, raw));
        let own = number.filter(|_| order.is_none());
        whats.push(What::Received {
            event: event.clone(),
            number,
            order,
            frame: raw.to_owned(),
            pieces: self.site.events.pieces(came),
            never: self.never(came),
        });
        self.take(
            place,
            Taken {
                whats,
                event: Some(event),
                number: own,
                is_again,
                is_heard: true,
                closing: None,
            },
        );
    }

    /// Memberships that the server ends by itself with what came.
    fn lost(&self, place: &Place, came: &Came, raw: &str) -> Vec<What> {
        let mut whats = Vec::new();
        for (kind, group) in &self.site.target().groups {
            let Some(lost) = &group.lost else { continue };
            let own = self.site.groups.of(place, kind).into_iter();
            let fitting = own.filter(|id| {
                let name = id.split_once('/').map_or("", |(_, name)| name);
                lost.fits(came, &mut InGroup(name)) == Ok(Fit::Yes)
            });
            let all: Vec<String> = fitting.collect();
            let named: Vec<&String> = all
                .iter()
                .filter(|id| {
                    id.split_once('/')
                        .is_some_and(|(_, name)| raw.contains(name))
                })
                .collect();
            // Where nobody can tell which one is meant, none is owed anything from here on.
            let is_clear = all.len() == 1 || named.len() == 1;
            let is = if is_clear {
                Membership::Lost
            } else {
                Membership::Leaving
            };
            let meant: Vec<String> = match named.as_slice() {
                [one] => vec![(*one).clone()],
                _ => all.clone(),
            };
            for id in meant {
                self.site.groups.leaving(&id, place);
                whats.push(member(id, group.member, is, false));
            }
        }
        whats
    }

    fn answered(&self, place: &Place, sight: &Sight<'_>) {
        let Sight::Answered {
            asked,
            errand,
            about,
            granted,
            since,
            came,
            is_heard,
            ..
        } = sight
        else {
            return;
        };
        if let Some(meter) = &self.meter {
            meter.send(Reading::Answered {
                asked: (*asked).to_owned(),
                status: came.status,
                granted: *granted,
                took: since.elapsed(),
            });
        }
        self.see_cookies(came);
        let status = came.status.unwrap_or_default();
        let frame = frame::frame(&format!("HTTP {status}"), came, false);
        let named = Came {
            event: Some(ANSWER.to_owned()),
            ..(*came).clone()
        };
        let mut whats = self.secrets(place, &named);
        whats.push(What::Answered {
            asked: (*asked).to_owned(),
            action: about.map(ActionId::from),
            granted: *granted,
            // What was heard as a message stands in the history already.
            frame: if *is_heard { String::new() } else { frame },
            is_public: is_public(*errand),
            asked_us: Some(self.recorder.micros(*since)),
            pieces: Vec::new(),
            never: self.never(&named),
        });
        self.take(
            place,
            Taken {
                whats,
                ..Taken::default()
            },
        );
    }

    fn see_cookies(&self, came: &Came) {
        let set = came.headers.iter().filter(|(name, _)| name == "set-cookie");
        let mut known = lock(&self.set_cookies);
        for (_, header) in set {
            let name = header.split('=').next().unwrap_or_default().trim();
            if known.len() < COOKIES || known.contains_key(name) {
                known.insert(name.to_owned(), header.clone());
            }
        }
    }

    /// The newest `Set-Cookie` header of each cookie, as it came.
    pub(crate) fn set_cookies(&self) -> Vec<String> {
        lock(&self.set_cookies).values().cloned().collect()
    }

    fn goes_on(&self, place: &Place, (kind, name): (&str, &str), is: MemberSight) {
        let Some(group) = self.site.target().group(kind) else {
            return;
        };
        let id = format!("{kind}/{name}");
        let groups = &self.site.groups;
        let listed = group.members.get(name);
        let user = place.user.as_ref().map(UserName::as_str);
        let is_listed =
            listed.is_some_and(|users| users.iter().any(|known| Some(known.as_str()) == user));
        let is = match is {
            MemberSight::Asking => Membership::Asking,
            MemberSight::Joined => {
                groups.joined(&id, place.clone(), who(group.member));
                Membership::Joined
            }
            MemberSight::Refused => Membership::Refused,
            MemberSight::Leaving => {
                groups.leaving(&id, place);
                Membership::Leaving
            }
            MemberSight::Left => Membership::Left,
        };
        let closed = group.is_closed && !is_listed;
        self.take(
            place,
            Taken {
                whats: vec![member(id, group.member, is, closed)],
                ..Taken::default()
            },
        );
    }

    /// A tab of a user is open: it is a member of each group that has its user without asking.
    pub(crate) fn joins_by_itself(&self, place: &Place) {
        let Some(user) = &place.user else { return };
        for (kind, group) in &self.site.target().groups {
            let own = group.members.iter();
            let own = own.filter(|(_, users)| users.iter().any(|known| known == user.as_str()));
            for (name, _) in own {
                let id = format!("{kind}/{name}");
                self.site
                    .groups
                    .joined(&id, place.clone(), who(group.member));
                self.take(
                    place,
                    Taken {
                        whats: vec![member(id, group.member, Membership::Joined, false)],
                        ..Taken::default()
                    },
                );
            }
        }
    }
}

impl Witness for Scribe {
    fn see(&self, at: &Whereabouts, sight: &Sight<'_>) {
        let place = place_of(at);
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
                self.take(
                    &place,
                    Taken {
                        whats: vec![what],
                        ..Taken::default()
                    },
                );
            }
            Sight::Member { group, name, is } => self.goes_on(&place, (group, name), *is),
            Sight::Opened { socket, raw } => {
                let asked = format!("connect {socket}").trim_end().to_owned();
                let mut what = What::answered(asked, None, true, (*raw).to_owned());
                if let What::Answered { is_public, .. } = &mut what {
                    *is_public = true;
                }
                let whats = vec![what];
                self.take(
                    &place,
                    Taken {
                        whats,
                        ..Taken::default()
                    },
                );
            }
            Sight::Heard {
                came,
                asked: Some(asked),
                raw,
                ..
            } => {
                let mut whats = self.secrets(&place, came);
                let mut what = What::answered((*asked).to_owned(), None, false, (*raw).to_owned());
                if let What::Answered { never, .. } = &mut what {
                    *never = self.never(came);
                }
                whats.push(what);
                self.take(
                    &place,
                    Taken {
                        whats,
                        is_heard: true,
                        ..Taken::default()
                    },
                );
            }
            Sight::Heard {
                socket,
                came,
                waited,
                raw,
                ..
            } => self.heard(&place, socket, came, raw, *waited),
            Sight::Malformed { why, raw, .. } => {
                let frame = format!("{raw}\n({why})");
                let event = UNREADABLE.to_owned();
                self.take(
                    &place,
                    Taken {
                        whats: vec![What::received(event.clone(), None, frame)],
                        event: Some(event),
                        ..Taken::default()
                    },
                );
            }
            Sight::Closed { socket, close, .. } if *socket == walk::ANSWER => {
                let reason = format!("an answer broke off: {}", close.reason);
                self.take(
                    &place,
                    Taken {
                        whats: vec![What::refused(reason)],
                        ..Taken::default()
                    },
                );
            }
            Sight::Closed {
                member: opened_by,
                is_last,
                close,
                is_bound,
                ..
            } => {
                if *is_bound {
                    self.recorder.stop(Lost::TooLong);
                }
                let told = match close.code {
                    Some(code) => format!("close {code} {}", close.reason),
                    None => close.reason.clone(),
                };
                let told = told.trim_end();
                let closing = Closing::new(told, close.code, &close.reason);
                match opened_by.filter(|_| !is_last) {
                    Some(id) => {
                        let kind = id.split_once('/').map_or(id, |(kind, _)| kind);
                        let group = self.site.target().group(kind);
                        let owner = group.map_or(Owner::Tab, |group| group.member);
                        self.site.groups.leaving(id, &place);
                        let what = member(id.to_owned(), owner, Membership::Lost, false);
                        self.take(
                            &place,
                            Taken {
                                whats: vec![what],
                                ..Taken::default()
                            },
                        );
                    }
                    None => self.take(
                        &place,
                        Taken {
                            is_heard: true,
                            closing: Some(closing),
                            ..Taken::default()
                        },
                    ),
                }
            }
        }
    }
}

/// What stands for the name of a group in the words for its end.
struct InGroup<'a>(&'a str);

impl Lookup for InGroup<'_> {
    fn make(&mut self, _: Made) -> Value {
        Value::Null
    }

    fn kept(&self, of: Option<&str>, name: &str) -> Option<Value> {
        (of.is_none() && matches!(name, "group" | "name")).then(|| Value::from(self.0))
    }
}

/// A place in a history.
pub(crate) fn place_of(at: &Whereabouts) -> Place {
    Place {
        user: at.user.as_deref().map(UserName::from),
        session: at.session.clone(),
        tab: at.tab.clone(),
    }
}

/// Whether anybody may ask for it.
const fn is_public(errand: Errand) -> bool {
    matches!(
        errand,
        Errand::Login | Errand::Logout | Errand::Open | Errand::Public
    )
}

const fn who(member: Owner) -> Member {
    match member {
        Owner::Tab => Member::Tab,
        Owner::Session => Member::Session,
        Owner::User => Member::User,
    }
}

fn member(group: String, owner: Owner, is: Membership, closed: bool) -> What {
    What::Member {
        group,
        who: who(owner),
        is,
        closed,
    }
}

/// A value that can be looked for.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(_) | Value::Number(_) => Some(as_text(value)).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// Whether what came is an event of this name, or any event where none is meant.
fn is_of(event: Option<&str>, came: &Came) -> bool {
    event.is_none_or(|event| came.event.as_deref() == Some(event))
}
