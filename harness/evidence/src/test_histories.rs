//! Histories in a notation short enough to read aloud, for the judge's own tests.
//!
//! | word | meaning |
//! |---|---|
//! | `amy+` | amy logs in and her tab joins; `amy/phone+` another session, `amy/desktop/2+` another tab |
//! | `amy+0` | the same, and her tab has no socket |
//! | `amy-same+` | amy logs in and keeps the id that her browser had |
//! | `amy-` | the server confirms that the session is over |
//! | `amy.` `?.` | what was due to amy's session, or to anybody, has had time to arrive; `.late`, the target was slow; `.deaf`, nobody knows what came after |
//! | `amy!1` | amy starts action 1 (marker `amy1`), which owes one `result` to each of her tabs |
//! | `amy!?1` `amy!.1` | the two halves of it: amy asks for action 1, and the server confirms it |
//! | `amy!*1` | the same, but more than one may come |
//! | `amy!1=7` | the same, and the action has the id 7 instead of `amy1` |
//! | `amy^1` `bob^amy1` `amy^=7` | amy's action 1 is stopped, by her or by bob; the action of this id |
//! | `amy%` `amy%1008` | the scenario closes amy's tab; the server closes it, with this code; `amy%bob1`, with this marker |
//! | `bob<amy1` | bob's tab gets an event with marker `amy1`; `#3` gives it the number 3 |
//! | `bob?amy1=no` | bob asks for amy's action 1 and is refused; `=yes`, granted |
//! | `amy=yes` `amy=no` `amy=late` | a step of amy's ended as asked, or otherwise, or was not seen in time |
//! | `|alone` `|beside` | a part begins: without a neighbour, or beside one |
//! | `bob<"text"` | bob's tab gets an event with this text and no marker |
//! | `~7` | seven seconds pass; `~7ms`, milliseconds |
//! | `~~7` | the harness itself was late by 7 ms |
//! | `…` | the run was killed here; every other script ends with a run that has settled |
//! | `?-` `?+` `?<amy1` | a stranger is refused, gets a socket, gets an event |
//!
//! What is declared (`declared`):
//!
//! | word | meaning |
//! |---|---|
//! | `amy!1{result>@red,-amy;to>bob}` | the same as `amy!1`, and whom it is meant for: its `result` for group `red` but not for amy, all else for bob |
//! | `amy` `amy/phone` `amy/phone/1` `@red` `*` `**` | a user, a session, a tab, a group, everyone, anybody |
//! | `result>@red,must` | who joins later must get it too; `may`; `per`, once for each membership; `unmarked`, without a marker |
//! | `{result>amy;unmarked}` `{…;x3}` `{…;acting>amy/phone/1}` | the action has no text; it makes three results; another tab acts |
//! | `amy!x1` `amy!~1` | amy's action 1 is refused; nobody answers it |
//! | `bob@red?` `bob@red+` `bob@red!` `bob@red~` `bob@red-` `bob@red^` | bob's tab asks to join `red`, is in, is refused, asks to leave, has left, is thrown out |
//! | `bob@red:user+` `bob@red:session+` `bob@red:closed+` | all of bob's places, all of the session's; the group is closed to him |
//! | `?<"text":no` | a stranger gets an event that says no |
//! | `bob<amy1:popup` `bob<amy1#3@red` | the event is a `popup`; its number is of the sequence `red` |
//! | `bob<(amy1` `bob<)amy1` | the first half of the marker comes as a piece of a stream, and the second |
//! | `bob<<amy1` `bob<<` | bob asks for something, and the answer contains the marker, or nothing |
//! | `bob</hand` | bob's tab gets `/hand`, which is for nobody |
//! | `amy$ace-of-spades>amy` `amy$-ace-of-spades` | amy's tab is shown a value of the server, which is for her; it is freed |
//! | `amy900` | from this number on, a marker says that its text is for amy alone |
//! | `stays` `shares` `ambient:result` | an idle tab was seen to stay; some actions are meant for others too; the event comes by itself |

mod declared;

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{History, Scene, VERSION};
use crate::marker::Marker;
use crate::name::{ActionId, UserName};
use crate::observation::{Observation, What};
use crate::place::Place;
use crate::property::Property;
use crate::verdict::Verdict;

/// Judges `script` and compares the verdict, and that the finding's text has `says` in it.
#[track_caller]
pub(crate) fn check(property: &'static Property, script: &str, verdict: Verdict, says: &str) {
    let finding = property.judge(&history(script));
    let witnesses = finding.witnesses.iter().map(|witness| match witness.seq {
        Some(seq) => format!("#{seq}: {}", witness.says),
        None => witness.says.clone(),
    });
    let text = witnesses
        .chain([finding.reason.clone()])
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(
        finding.verdict, verdict,
        "{} on `{script}`: {text}",
        property.name
    );
    assert!(
        text.contains(says),
        "{} on `{script}` says: {text}",
        property.name
    );
}

/// The history that `script` describes. Its users are those who log in.
#[track_caller]
pub(crate) fn history(script: &str) -> History {
    let mut writer = Writer::default();
    for word in script.trim_end_matches('…').split_whitespace() {
        writer.word(word);
    }
    if !script.ends_with('…') && !writer.observations.is_empty() {
        writer.add(place("?"), What::settled());
    }
    let scene = Scene {
        airtight_history: VERSION,
        scenario: script.to_owned(),
        users: writer.users,
        ambient: writer.ambient,
        stays: writer.stays,
        shares: writer.shares,
        ..Scene::default()
    };
    History {
        scene,
        observations: writer.observations,
        cut_short: false,
    }
}

#[derive(Default)]
struct Writer {
    observations: Vec<Observation>,
    users: Vec<UserName>,
    sessions: Vec<Place>,
    n_ids: usize,
    at_us: u64,
    ambient: BTreeSet<String>,
    stays: bool,
    shares: bool,
}

impl Writer {
    #[track_caller]
    fn word(&mut self, word: &str) {
        if let Some(by_ms) = word.strip_prefix("~~") {
            let by_ms = by_ms.parse().expect("milliseconds");
            return self.add(place("?"), What::Late { by_ms, waiting: 0 });
        }
        if let Some(seconds) = word.strip_prefix('~') {
            let (number, unit_us) = match seconds.strip_suffix("ms") {
                Some(milliseconds) => (milliseconds, 1_000),
                None => (seconds, 1_000_000),
            };
            self.at_us += number.parse::<u64>().expect("a number") * unit_us;
            return;
        }
        if let Some(neighbour) = word.strip_prefix('|') {
            let beside = (neighbour != "alone").then(|| neighbour.to_owned());
            self.sessions.clear();
            return self.add(place("?"), What::PartBegan { beside });
        }
        if word == "shares" {
            self.shares = true;
            return;
        }
        if word == "stays" {
            self.stays = true;
            return;
        }
        if let Some(event) = word.strip_prefix("ambient:") {
            self.ambient.insert(event.to_owned());
            return;
        }
        let (who, rest) = split(word);
        self.at_place(word, who, rest);
    }

    /// Adds what happens at `who`'s place; `rest` is a sign and what follows it.
    #[track_caller]
    fn at_place(&mut self, word: &str, who: &str, rest: &str) {
        let place = place(who);
        let session = Place {
            tab: None,
            ..place.clone()
        };
        match (rest.chars().next(), rest.get(1..).unwrap_or_default()) {
            (Some('+'), how) => self.join(place, who, how == "0"),
            (Some('-'), _) if place.user.is_none() => {
                self.add(place, What::refused("no".to_owned()));
            }
            (Some('-'), _) => self.add(session, What::SessionEnded),
            (Some('.'), late) => self.settle(session, late),
            (Some('!'), number) => self.start(place, number),
            (Some('^'), name) => self.stop(session, name),
            (Some('%'), code) => self.leave(place, code),
            (Some('@'), membership) => self.add(place, declared::member(membership)),
            (Some('$'), secret) => self.add(place, declared::secret(secret)),
            (Some('<'), what) if what.starts_with('<') => self.answer(session, &what[1..]),
            (Some('<'), what) => self.receive(place, what),
            (Some('?'), what) => self.ask(place, what),
            (Some('='), answer) => self.expect(place, answer),
            _ if place.user.is_none() => {}
            other => panic!("`{word}` is not a word of the notation: {other:?}"),
        }
    }

    fn add(&mut self, place: Place, what: What) {
        let seq = self.observations.len() as u64 + 1;
        self.at_us += 1000;
        self.observations.push(Observation {
            seq,
            at_us: self.at_us,
            place,
            what,
        });
    }

    fn settle(&mut self, session: Place, late: &str) {
        let settled = What::Settled {
            unsettled: (late == "late").then(|| "the target was slow".to_owned()),
            listened_ms: None,
            unheard: (late == "deaf").then(|| "the target did not answer".to_owned()),
        };
        self.add(session, settled);
    }

    fn stop(&mut self, session: Place, name: &str) {
        let name = match name.strip_prefix('=') {
            Some(id) => id.to_owned(),
            None if name.starts_with(char::is_alphabetic) => name.to_owned(),
            None => format!("{}{name}", session.who()),
        };
        let action = ActionId::from(name.as_str());
        self.add(session, What::Stopped { action });
    }

    fn leave(&mut self, place: Place, code: &str) {
        let code = match code.starts_with(char::is_alphabetic) {
            true => marker(code).to_string(),
            false => code.to_owned(),
        };
        let by_server = (!code.is_empty()).then(|| format!("close frame {code}"));
        self.add(place, What::Left { by_server });
    }

    fn expect(&mut self, place: Place, answer: &str) {
        let found = match answer {
            "late" => "nothing came",
            _ => "",
        };
        let expected = What::Expected {
            claim: "a step".to_owned(),
            met: answer == "yes",
            unseen: answer == "late",
            found: found.to_owned(),
        };
        self.add(place, expected);
    }

    fn join(&mut self, place: Place, who: &str, socketless: bool) {
        let session = Place {
            tab: None,
            ..place.clone()
        };
        if let Some(user) = place.user.clone()
            && !self.sessions.contains(&session)
        {
            if !self.users.contains(&user) {
                self.users.push(user);
            }
            self.sessions.push(session.clone());
            self.n_ids += 1;
            let id = format!("id {}", self.n_ids);
            let before = if who.ends_with("-same") {
                id.clone()
            } else {
                format!("guest {id}")
            };
            self.add(
                session,
                What::LoggedIn {
                    before: Some(before),
                    after: id,
                },
            );
        }
        let last_seq = None;
        self.add(
            place,
            What::Joined {
                last_seq,
                socketless,
            },
        );
    }

    fn start(&mut self, place: Place, number: &str) {
        let place = Place { tab: None, ..place };
        let (number, meant) = match number.split_once('{') {
            Some((number, meant)) => (number, meant.trim_end_matches('}')),
            None => (number, ""),
        };
        let (number, id) = match number.split_once('=') {
            Some((number, id)) => (number, Some(id)),
            None => (number, None),
        };
        let (asks, confirms) = (!number.starts_with('.'), !number.starts_with('?'));
        let name = format!(
            "{}{}",
            place.who(),
            number.trim_start_matches(['.', '?', '*', 'x', '~'])
        );
        let marker = marker(&name);
        if number.starts_with('x') {
            let (reason, marker) = ("no".to_owned(), Some(marker));
            return self.add(place, What::Refused { reason, marker });
        }
        if number.starts_with('~') {
            return self.add(place, What::Unanswered { marker });
        }
        if asks {
            self.add(place.clone(), declared::sent(marker.clone(), meant));
        }
        if !confirms {
            return;
        }
        let yields = BTreeMap::from([("result".to_owned(), declared::times(meant))]);
        let exact = (!number.starts_with('*')).then(|| "result".to_owned());
        let exact = exact.into_iter().collect();
        let action = ActionId::from(id.unwrap_or(&name));
        self.add(
            place,
            What::Confirmed {
                marker,
                action,
                yields,
                exact,
            },
        );
    }

    fn receive(&mut self, place: Place, what: &str) {
        let (name, number) = what.split_once('#').unwrap_or((what, ""));
        let (number, order) = number.split_once('@').unwrap_or((number, ""));
        let number: Option<u64> = number.parse().ok();
        let (name, event) = name.split_once(':').unwrap_or((name, "result"));
        let (text, pieces) = match name.chars().next() {
            Some('"') => (name.trim_matches('"').to_owned(), Vec::new()),
            Some('(' | '|' | ')') => declared::third(name),
            Some('/') => (String::new(), Vec::new()),
            _ => (marker(name).to_string(), Vec::new()),
        };
        let meta = number.map_or_else(String::new, |seq: u64| format!(",{{\"seq\":{seq}}}"));
        let frame = format!("42[\"{event}\",{{\"text\":\"{text}\"}}{meta}]");
        let received = What::Received {
            event: event.to_owned(),
            number,
            order: (!order.is_empty()).then(|| order.to_owned()),
            frame,
            pieces,
            never: name
                .starts_with('/')
                .then(|| name.to_owned())
                .into_iter()
                .collect(),
            says_no: event == "no",
        };
        self.add(place, received);
    }

    /// An answer to something that is asked for now.
    fn answer(&mut self, session: Place, what: &str) {
        let text = if what.is_empty() {
            String::new()
        } else {
            marker(what).to_string()
        };
        let answered = What::Answered {
            asked: "GET /".to_owned(),
            action: None,
            granted: true,
            frame: format!("HTTP/1.1 200 OK\n\n{text}"),
            is_public: false,
            asked_us: Some(self.at_us + 500),
            pieces: Vec::new(),
            never: Vec::new(),
        };
        self.add(session, answered);
    }

    fn ask(&mut self, place: Place, what: &str) {
        let (action, answer) = what.split_once('=').unwrap_or((what, "no"));
        let asked = format!("GET /api/actions/{action}");
        let action = Some(ActionId::from(action));
        let answered = What::answered(asked, action, answer == "yes", String::new());
        self.add(place, answered);
    }
}

/// Splits a word before its sign: the place it is about, and what happens there.
fn split(word: &str) -> (&str, &str) {
    if let Some(rest) = word.strip_prefix('?') {
        return ("?", rest);
    }
    let end = word.find(['+', '<', '!', '=', '%', '^', '@', '$']);
    let before = |late: &str| word.strip_suffix(late)?.strip_suffix('.').map(str::len);
    let end = end.or_else(|| before("late").or_else(|| before("deaf")));
    let end = end.unwrap_or(word.len() - 1);
    match word[..end].split_once('?') {
        Some((who, _)) => (who, &word[who.len()..]),
        None => word.split_at(end),
    }
}

/// `amy` is `amy/desktop/1`; `?` is a stranger.
fn place(text: &str) -> Place {
    let mut parts = text.split('/');
    let user = parts.next().filter(|user| *user != "?");
    Place {
        user: user.map(|user| UserName::from(user.trim_end_matches("-same"))),
        session: parts
            .next()
            .unwrap_or(if text.ends_with("-same") {
                "kept"
            } else {
                "desktop"
            })
            .to_owned(),
        tab: Some(parts.next().unwrap_or("1").to_owned()),
    }
}

/// The first number of a marker whose text is for its owner alone.
const PRIVATE: u128 = 900;

/// `amy1` is amy's marker number 1. From 900 on they are for her alone.
fn marker(name: &str) -> Marker {
    let owner = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name[owner.len()..].parse().unwrap_or(0);
    let make = if number < PRIVATE {
        Marker::new
    } else {
        Marker::private
    };
    make(&UserName::from(owner), number)
}
