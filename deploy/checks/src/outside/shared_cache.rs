//! Whether a cache gives one person the answer that was made for another.
//!
//! Two users and a stranger ask for the same pages, each of them twice and each of them first once. Headers that tell of
//! a cache prove nothing: a page that is the same for everybody may be kept.

use std::collections::BTreeMap;

use evidence::{Marker, UserName};
use probe::{Browser, Right, Started, Tab};
use targets::file::socket::Protocol;
use tokio::time::timeout;

use crate::check::{Check, Row, Undecided};
use crate::subject::declared::{
    self, OwnPage, handshake_path, login_page, own_pages, read_path, session_cookies,
    session_values,
};
use crate::subject::exchange::{Exchange, Round, Who, exchange, own, tells_people_apart};
use crate::subject::given_out::is_kept_for_others;
use crate::subject::host::NOWHERE;
use crate::subject::people::{People, Spelling, moment};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "shared-cache",
        rules: &["ISO25", "NGX20"],
        claim: "nobody gets a page or a session that a cache has kept for somebody else",
        why: "a user sees the page of another one, or is logged in as them",
        fix: "cache static files alone, and send Cache-Control: private, no-store with what belongs to a user",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

/// Pages that are asked for.
const PAGES: usize = 4;
/// Rounds in which an exchange must be seen where one cannot be made again at will.
const SURE: usize = 3;

use Who::{One, Stranger, Two};

/// In which spelling a page is asked for, and by whom in which order. The spelling that a cache has not seen comes often
/// enough to learn what is whose, and the one that it may have seen is asked for by each of them twice.
const ROUNDS: [(Spelling, &[Who]); 7] = [
    (Spelling::Query, &[One, Two, Stranger]),
    (Spelling::Query, &[Two, Stranger, One]),
    (Spelling::Query, &[Stranger, One, Two]),
    (Spelling::Query, &[One]),
    (Spelling::Query, &[Two]),
    (Spelling::Query, &[Stranger]),
    (Spelling::Plain, &[One, Two, Stranger, One, Two, Stranger]),
];
/// Who asks for a page as if it were a file. By its words alone such a page may be anything, so what is whose is learnt
/// from pages of the same spelling before it counts.
const FILES: [Spelling; 2] = [Spelling::Below, Spelling::Parameter];
const OF_FILES: &[Who] = &[One, Stranger, Two];
/// Who asks first where a cache may keep a page whatever its query is, a moment after the others.
const MOMENTS: [&[Who]; 6] = [
    &[One, Two, Stranger],
    &[Stranger, One, Two],
    &[Two, Stranger, One],
    &[One, Stranger, Two],
    &[Stranger, Two, One],
    &[Two, One, Stranger],
];

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let target = &visit.host.target;
    if target.login.is_none() {
        let why = "nobody logs in at this target: its file says `login: none`";
        return Err(Undecided::because(why));
    }
    strangers(visit, faults).await?;
    let [one, two, ..] = visit.users().await? else {
        let why = "two users are needed: name them with --user";
        return Err(Undecided::because(why));
    };
    let people = People::new(visit, [one, two])?;
    let has_sessions = handshakes(visit, &people, faults).await?;
    let mut pages = own_pages(target);
    if let Some(path) = own_action(visit, one).await {
        let is_private = false;
        pages.insert(pages.len().min(2), OwnPage { path, is_private });
    }
    pages.truncate(PAGES);
    let seen = pages_of(&people, pages, faults).await;
    if let Some((one, other)) = people.shared_session() {
        let (one, other) = (people.name(one), people.name(other));
        faults.push(format!(
            "{one} and {other} were given the same session cookie"
        ));
    }
    if !seen? && !has_sessions {
        let why = "no page showed one user what another does not get: add `surfaces: {private page: {get: /path}}`";
        return Err(Undecided::because(why));
    }
    Ok(())
}

/// Whether strangers who come for the first time are each given a session of their own.
async fn strangers(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let host = &visit.host;
    let (Some(page), Ok(names)) = (login_page(&host.target), session_cookies(&host.target)) else {
        return Ok(());
    };
    let other = format!("{page}?airtight={:016x}", rand::random::<u64>());
    let mut values = Vec::new();
    // Another page of the same value may come from a cache that knows no query: then it is asked for later as well.
    for path in [page, &other, page, &other, page, page] {
        if values.len() >= 4 {
            if values.iter().any(|value| Some(value) != values.first()) {
                break;
            }
            moment(visit).await;
        }
        let stranger = visit.stranger()?;
        let answer = visit.ask_as(&stranger, "GET", path, &[]).await?;
        let set = session_values(&answer.all("set-cookie"), names);
        let Some(value) = set.into_iter().next() else {
            return Ok(());
        };
        values.push(value);
    }
    if is_kept_for_others(&values) {
        faults.push(format!(
            "{page} gave the same session cookie to several strangers"
        ));
    }
    Ok(())
}

/// Whether each handshake of polling opens a session of its own. Gives whether there was any to compare.
async fn handshakes(
    visit: &Visit,
    people: &People<'_>,
    faults: &mut Vec<String>,
) -> Result<bool, Undecided> {
    let Some((Protocol::SocketIo, path)) = handshake_path(&visit.host.target) else {
        return Ok(false);
    };
    let origin = visit.host.origin();
    let mut opened: Vec<(Who, String)> = Vec::new();
    for who in [One, Two, Stranger, One, Two, Stranger] {
        let answer = people.ask(who, &path, &[("Origin", &origin)]).await?;
        let Some(sid) = answer.engine_sid() else {
            continue;
        };
        if let Some((first, _)) = opened.iter().find(|(_, known)| *known == sid) {
            let (first, who) = (people.name(*first), people.name(who));
            let path = path.split('?').next().unwrap_or_default();
            faults.push(format!(
                "{path} opened the same session for {first} and then for {who}"
            ));
            break;
        }
        visit.host.hang_up(&path, &answer).await;
        opened.push((who, sid));
    }
    Ok(opened.len() > 1)
}

/// Where an action that this user starts can be read; none where there is no such page. It may need a socket, or be
/// refused: then there is nothing to read.
async fn own_action(visit: &Visit, user: &Browser) -> Option<String> {
    let (kind, action) = declared::action(&visit.host.target).ok()?;
    read_path(action, "")?;
    let name = user.place().user.unwrap_or_else(|| UserName::from("user"));
    let marker = Marker::new(&name, rand::random());
    let nothing = BTreeMap::new();
    let tab = Tab::unopened(user, "1");
    let acting = tab.act(kind, None, &nothing, (Some(marker), Right::Declared));
    match timeout(visit.host.patience, acting).await {
        Ok(Ok(Started::Granted(begun))) => read_path(action, begun.id.as_str()),
        _ => None,
    }
}

/// Looks at these pages. Gives whether any shows a user what the other one does not get.
async fn pages_of(
    people: &People<'_>,
    pages: Vec<OwnPage>,
    faults: &mut Vec<String>,
) -> Result<bool, Undecided> {
    let mut is_personal = false;
    let mut alike = Vec::new();
    for page in pages {
        let mut rounds = Vec::new();
        let found = rounds_of(people, &page.path, &mut rounds).await?;
        faults.extend(found.map(|found| words(people, &page.path, &found)));
        is_personal |= !own(&rounds, One, Two).is_empty() && !own(&rounds, Two, One).is_empty();
        if page.is_private && !tells_people_apart(&rounds) {
            alike.push(page.path);
        }
    }
    if alike.is_empty() || !faults.is_empty() {
        return Ok(is_personal);
    }
    moments(people, &alike, faults).await?;
    Ok(is_personal)
}

/// Asks for a page in every way. Gives the exchange that happens each time, if one does.
async fn rounds_of(
    people: &People<'_>,
    path: &str,
    rounds: &mut Vec<Round>,
) -> Result<Option<Exchange>, Undecided> {
    for (spelling, order) in ROUNDS {
        rounds.push(people.round(path, spelling, order).await?);
    }
    for at in 0..ROUNDS.len() {
        let (spelling, order) = ROUNDS[at];
        if let Some(found) = exchange(rounds, &rounds[at]) {
            let way = (path, spelling, order);
            if people.is_sure(rounds, way, &found).await? {
                return Ok(Some(found));
            }
        }
    }
    for spelling in FILES {
        let round = people.round(path, spelling, OF_FILES).await?;
        let found = exchange(rounds, &round);
        // An error page may have some of the words; the page itself has all of them.
        let whole = |found: &Exchange| own(rounds, found.giver, found.taker).len();
        if let Some(found) = found.filter(|found| found.words.len() == whole(found)) {
            let way = (path, spelling, OF_FILES);
            if people.is_sure(&mut Vec::new(), way, &found).await? {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// Asks for pages that were the same for everybody, though they are not for strangers, again and again: a cache that
/// knows no query forgets them after a moment, and then keeps them for whoever asks first.
async fn moments(
    people: &People<'_>,
    paths: &[String],
    faults: &mut Vec<String>,
) -> Result<(), Undecided> {
    let mut seen: Vec<Vec<Round>> = paths.iter().map(|_| Vec::new()).collect();
    for order in MOMENTS {
        people.wait().await;
        for (path, rounds) in paths.iter().zip(&mut seen) {
            let mut round = people.round(path, Spelling::Plain, order).await?;
            round.is_fresh = true;
            rounds.push(round);
        }
    }
    // What stands there for everybody may be spelt as a user is.
    let public = people.round(NOWHERE, Spelling::Query, &[Stranger]).await?;
    let mut unknown = Ok(());
    for (path, rounds) in paths.iter().zip(&seen) {
        let found: Vec<Exchange> = rounds
            .iter()
            .filter_map(|round| exchange(rounds, round))
            .collect();
        if found.len() >= SURE {
            faults.extend(found.first().map(|found| words(people, path, found)));
        } else if let Some(name) = named_to_stranger(people, rounds, &public) {
            faults.push(format!("{path}: a stranger got a page that names {name}"));
        } else if !tells_people_apart(rounds) {
            unknown = unknown.and(Err(Undecided(format!(
                "{path} is the same for two users and for a stranger, and by the target file strangers are refused"
            ))));
        }
    }
    unknown
}

/// The user whom a page names that a stranger was given, if it names one. A cache that keeps a page longer than anybody
/// waits gives it to all alike.
fn named_to_stranger(people: &People<'_>, rounds: &[Round], public: &Round) -> Option<String> {
    let got = |rounds: &[Round], name: &str| {
        let got = rounds.iter().flat_map(|round| &round.got);
        let mut got = got.filter(|got| got.who == Stranger);
        got.any(|got| got.words.iter().any(|word| word.to_lowercase() == name))
    };
    let mut names = [One, Two].into_iter().map(|who| people.name(who));
    names.find(|name| {
        let bare = name.trim_matches('`').to_lowercase();
        got(rounds, &bare) && !got(std::slice::from_ref(public), &bare)
    })
}

/// What an exchange is in a report. What is somebody's own may be a secret: only names and statuses are shown.
fn words(people: &People<'_>, path: &str, found: &Exchange) -> String {
    let (giver, taker) = (people.name(found.giver), people.name(found.taker));
    let name = giver.trim_matches('`').to_lowercase();
    let is_shown = |word: &&String| word.to_lowercase() == name || word.starts_with("status ");
    let shown: Vec<&str> = found
        .words
        .iter()
        .filter(is_shown)
        .map(String::as_str)
        .collect();
    let shown = match (shown.as_slice(), found.words.len()) {
        ([], 1) => "a word of it comes to nobody else".to_owned(),
        ([], more) => format!("{more} words of it come to nobody else"),
        (shown, _) => format!("with `{}`", shown.join("`, `")),
    };
    let cached = people
        .cached()
        .map_or_else(String::new, |header| format!("; a header says `{header}`"));
    format!("{path}: {taker} got what was made for {giver}, who had asked before: {shown}{cached}")
}
