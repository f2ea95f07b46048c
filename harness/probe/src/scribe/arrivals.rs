//! Messages and answers as they came, with what the target file says of them.

use evidence::{ActionId, Marker, Place, What};
use targets::file::number::Within;
use targets::language::came::{Came, Close};
use walk::{Errand, Sight};

use super::{Scribe, key_of};
use crate::events::{Numbered, otherwise};
use crate::frame;
use crate::inbox::{Closing, Taken};
use crate::lock::lock;
use crate::recording::{Arrival, Reading, meter};

/// What an answer is called that gives its message no name.
const ANSWER: &str = "answer";

/// The most cookies whose headers are kept: as many as a browser keeps for one site.
const COOKIES: usize = 180;

/// What says that an answer is compressed.
const PACKED: [&str; 7] = [
    "br",
    "zstd",
    "compress",
    "x-compress",
    "gzip",
    "x-gzip",
    "deflate",
];

/// How an answer is compressed that nobody has unpacked.
fn unread(came: &Came) -> Option<&str> {
    let is_empty = came.body.as_ref().is_none_or(String::is_empty);
    let encodings = { came.headers.iter() }.filter(|(name, _)| name == "content-encoding");
    // Some servers write other words there, as the alphabet of their text.
    let mut packed = encodings.filter(|(_, encoding)| {
        let words = encoding
            .split(',')
            .map(|word| word.trim().to_ascii_lowercase());
        let mut words = words.filter(|_| !is_empty);
        words.any(|word| PACKED.contains(&word.as_str()))
    });
    packed.next().map(|(_, encoding)| encoding.as_str())
}

impl Scribe {
    /// In which sequence a number stands.
    fn order(&self, place: &Place, numbered: Numbered, raw: &str) -> Option<Option<String>> {
        let sender = || {
            let mut markers = Marker::find_all(raw.as_bytes());
            self.site.groups.sender(&markers.next()?)
        };
        match numbered.within {
            // The first page's numbers are the tab's; another page may begin to count anew.
            Within::Tab => Some(match self.page(place) {
                0 | 1 => None,
                page => Some(format!("page {page}")),
            }),
            Within::Session => Some(Some(format!("session {}", place.session))),
            Within::Everyone => Some(Some("everyone".to_owned())),
            Within::Sender => Some(Some(format!("sender {}", sender()?.who))),
            Within::Group => Some(Some(format!("group {}", sender()?.group?))),
        }
    }

    /// Which page of the tab this is, from 1.
    fn page(&self, place: &Place) -> u32 {
        let pages = lock(&self.pages);
        pages.get(&key_of(place)).copied().unwrap_or_default()
    }

    pub(super) fn heard(
        &self,
        place: &Place,
        socket: &str,
        came: &Came,
        raw: &str,
        is_again: bool,
    ) {
        let is_undue = self
            .inbox(place)
            .is_some_and(|inbox| inbox.contents().is_undue);
        let numbered = self.site.events.number(socket, came);
        let numbered = numbered.filter(|_| !is_undue);
        let order = numbered.and_then(|numbered| self.order(place, numbered, raw));
        let number = numbered
            .filter(|_| order.is_some())
            .map(|numbered| numbered.number);
        let order = order.flatten();
        let event = came.event.clone().unwrap_or_else(|| ANSWER.to_owned());
        let known = &self.site.groups;
        let is_meant = self
            .site
            .events
            .is_meant(came, raw, &|marker| known.values(marker));
        let event = if is_meant { event } else { otherwise(&event) };
        if let Some(meter) = &self.meter {
            meter.send(Reading::Arrived(Arrival {
                event: event.clone(),
                number,
                queued_at: self.site.events.queued_at(socket, came),
                is_again,
                received_at: meter::now(),
            }));
        }
        let mut whats = self.secrets(place, came);
        whats.extend(self.lost(place, came, raw));
        let is_own = numbered.is_some_and(|numbered| numbered.within == Within::Tab);
        let own = number.filter(|_| is_own);
        whats.push(What::Received {
            event: event.clone(),
            number,
            order,
            frame: raw.to_owned(),
            pieces: self.site.events.pieces(came),
            never: self.never(came),
            says_no: place.user.is_none() && self.says_no(place, came, raw),
        });
        self.take(
            place,
            Taken {
                whats,
                event: Some(event),
                ends: self.site.events.ended(came),
                answer: came.answer,
                number: own,
                is_again,
                is_heard: true,
                closing: None,
            },
        );
    }

    /// Whether it says no to a stranger. What shows anybody's text does not.
    fn says_no(&self, place: &Place, came: &Came, raw: &str) -> bool {
        if Marker::find_all(raw.as_bytes()).next().is_some() {
            return false;
        }
        let inbox = self.inbox(place);
        let is_opening = inbox.is_some_and(|inbox| inbox.is_opening());
        self.site.events.says_no(came, is_opening)
    }

    pub(super) fn answered(&self, place: &Place, sight: &Sight<'_>) {
        let Sight::Answered {
            asked,
            errand,
            about,
            begins,
            granted,
            is_open,
            since,
            came,
            is_heard,
            is_cut,
            ..
        } = sight
        else {
            return;
        };
        if let Some(meter) = &self.meter {
            meter.send(Reading::Answered {
                asked: (*asked).to_owned(),
                status: came.status,
                // What is still to come in it is no failure of the request.
                granted: *granted || *is_open,
                took: since.elapsed(),
            });
        }
        self.see_cookies(came);
        let status = came.status.unwrap_or_default();
        // What a login is answered may hold the token of its session.
        let frame = match errand {
            Errand::Login => frame::without_body(&format!("HTTP {status}"), came),
            _ => frame::frame(&format!("HTTP {status}"), came, *is_cut),
        };
        if *is_cut {
            self.recorder
                .miss(|| format!("the answer to {asked} is longer than can be read"));
        }
        if let Some(encoding) = unread(came) {
            self.recorder.miss(|| {
                format!("the answer to {asked} is compressed as {encoding}, which is not read")
            });
        }
        let named = Came {
            event: Some(ANSWER.to_owned()),
            ..(*came).clone()
        };
        let mut whats = self.secrets(place, &named);
        whats.push(What::Answered {
            // Several actions may have one path.
            asked: begins.map_or_else(|| (*asked).to_owned(), |kind| format!("start {kind}")),
            action: about.map(ActionId::from),
            granted: *granted,
            // What was heard as a message stands in the history already.
            frame: if *is_heard { String::new() } else { frame },
            is_public: is_public(*errand),
            asked_us: Some(self.recorder.micros(*since)),
            pieces: Vec::new(),
            never: self.never(&named),
        });
        self.take(place, Taken::of(whats));
    }

    /// An acknowledgement, to what was asked.
    pub(super) fn acknowledged(&self, place: &Place, asked: &str, came: &Came, raw: &str) {
        let mut whats = self.secrets(place, came);
        let mut what = What::answered(asked.to_owned(), None, false, raw.to_owned());
        if let What::Answered { never, .. } = &mut what {
            *never = self.never(came);
        }
        whats.push(what);
        self.take(
            place,
            Taken {
                is_heard: true,
                ..Taken::of(whats)
            },
        );
    }

    /// The first word of a socket.
    pub(super) fn opened(&self, place: &Place, socket: &str, raw: &str) {
        if let Some(inbox) = self.inbox(place) {
            inbox.contents().has_socket = true;
        }
        let asked = format!("connect {socket}").trim_end().to_owned();
        let mut what = What::answered(asked, None, true, raw.to_owned());
        if let What::Answered { is_public, .. } = &mut what {
            *is_public = true;
        }
        self.take(place, Taken::of(vec![what]));
    }

    /// The server closed the tab's last socket, or one of its own.
    pub(super) fn closed(&self, place: &Place, close: &Close) {
        let told = match close.code {
            Some(code) => format!("close {code} {}", close.reason),
            None => close.reason.clone(),
        };
        let closing = Closing::new(told.trim_end(), close.code, &close.reason);
        self.take(
            place,
            Taken {
                is_heard: true,
                closing: Some(closing),
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
}

/// Whether anybody may ask for it.
const fn is_public(errand: Errand) -> bool {
    matches!(
        errand,
        Errand::Login | Errand::Logout | Errand::Open | Errand::Public
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_compressed_was_not_read() {
        let answer = |encoding: &str, body: &str| Came {
            headers: vec![("content-encoding".to_owned(), encoding.to_owned())],
            body: Some(body.to_owned()),
            ..Came::default()
        };
        assert_eq!(unread(&answer("br", "x")), Some("br"));
        assert_eq!(
            unread(&answer("identity, Zstd", "x")),
            Some("identity, Zstd")
        );
        for (encoding, body) in [("identity", "x"), ("UTF-8", "x"), ("br", "")] {
            assert_eq!(unread(&answer(encoding, body)), None, "{encoding}");
        }
        assert_eq!(unread(&Came::default()), None);
    }
}
