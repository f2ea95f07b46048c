//! Whether pages of other sites may read what a user is answered.
//!
//! A browser shows an answer to a page of another site where the answer names that site, or `null` for a frame without
//! one, and allows credentials. `*` allows none, and a name that comes twice is no name: browsers refuse both. They send
//! origins in lower case and compare letter by letter, so other spellings are nobody's.

use probe::Browser;
use targets::file::action::Action;
use targets::file::socket::Protocol;
use targets::language::step::Act;
use url::{Host as Name, Url};

use crate::check::{Check, Row, Undecided};
use crate::subject::allowed::{Allowed, fault, own_ports};
use crate::subject::declared::{
    self, handshake_path, login_page, own_pages, path_of, session_cookies, surface,
};
use crate::subject::host::NOWHERE;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "reflected-origin",
        rules: &["WEB11"],
        claim: "no answer allows a page of another site to read it with the user's cookies",
        why: "any site that a user visits could read that user's pages and session",
        fix: "allow the origins of a list of your own, and never copy a request's Origin into the answer",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

/// Own pages that are asked for; each costs a request for each origin.
const PAGES: usize = 4;
/// Origins for which a login page is asked.
const LOGIN: usize = 3;

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let host = &visit.host;
    let mut allowed = Allowed::default();
    // What was allowed counts, whatever is not answered after it.
    let mut looked = as_stranger(visit, &mut allowed).await;
    let user = match visit.users().await {
        Ok(users) => users.first(),
        Err(why) => {
            looked = looked.and(Err(why));
            None
        }
    };
    // Where nobody logs in, a stranger sees everything.
    if user.is_none() && host.target.login.is_some() {
        let why = Undecided::because("a user is needed: name one with --user");
        looked = looked.and(Err(why));
    }
    if let Some(user) = user {
        let seen = as_user(visit, user, &mut allowed).await;
        looked = looked.and(seen);
    }
    allowed.forgive_own_ports(&host.base);
    if let Some(why) = allowed.somebody(&host.base) {
        looked = looked.and(Err(Undecided(why)));
    }
    if allowed.asked.is_empty() {
        return looked;
    }
    let has_cookies = user.is_some_and(|user| !user.cookies().is_empty());
    if session_cookies(&host.target).is_err() && !has_cookies {
        let why =
            "other origins are allowed with credentials, but no cookie carries a session here";
        return looked.and(Err(Undecided::because(why)));
    }
    faults.extend(
        allowed
            .asked
            .iter()
            .map(|(origin, places)| fault(origin, places)),
    );
    looked
}

/// Pages that anybody may ask for, and what browsers ask before they send what is not simple.
async fn as_stranger(visit: &Visit, allowed: &mut Allowed) -> Result<(), Undecided> {
    let host = &visit.host;
    let target = &host.target;
    let stranger = visit.stranger()?;
    let health = surface(target, "health");
    let health = health.as_ref().ok().and_then(|health| path_of(health));
    let own = own_pages(target)
        .into_iter()
        .take(PAGES)
        .map(|page| page.path);
    let first = login_page(target).unwrap_or("/");
    let bare = visit.ask_as(&stranger, "GET", first, &[]).await?;
    let origins = foreign_origins(
        &host.base,
        !bare.all("strict-transport-security").is_empty(),
    );
    let public = surface(target, "public page");
    let public = public.as_ref().ok().and_then(|public| path_of(public));
    let pages = [Some(first), health, public, Some(NOWHERE)];
    let pages = pages.into_iter().flatten();
    let pages: Vec<String> = pages.map(str::to_owned).chain(own.clone()).collect();
    for (at, page) in pages.iter().enumerate() {
        if pages[..at].contains(page) {
            continue;
        }
        // A login page is often limited to a few requests a second.
        let tried = match page == first && login_page(target).is_some() {
            true => LOGIN,
            false => origins.len(),
        };
        for origin in origins.iter().take(tried) {
            let answer = visit
                .ask_as(&stranger, "GET", page, &[("Origin", origin)])
                .await?;
            allowed.see(&answer, origin, page);
        }
    }
    shake_hands(visit, &stranger, &origins, allowed).await?;
    let act = declared::action(target).ok();
    let act = act.and_then(|(_, action)| posted(action));
    let act = act.map(|(method, path)| (method, path.to_owned()));
    let preflights = own.map(|path| ("GET", path)).chain(act);
    for (method, path) in preflights {
        for origin in &origins[..2] {
            preflight(visit, &stranger, (method, &path), origin, allowed).await?;
        }
    }
    Ok(())
}

/// Pages of a user: some servers allow nobody until somebody is logged in.
async fn as_user(visit: &Visit, user: &Browser, allowed: &mut Allowed) -> Result<(), Undecided> {
    let host = &visit.host;
    let mut has_hsts = None;
    let pages = own_pages(&host.target).into_iter().take(PAGES);
    let pages = pages.map(|page| page.path).chain([NOWHERE.to_owned()]);
    for page in pages {
        if has_hsts.is_none() {
            let bare = visit.ask_as(user, "GET", &page, &[]).await?;
            has_hsts = Some(!bare.all("strict-transport-security").is_empty());
        }
        for origin in foreign_origins(&host.base, has_hsts == Some(true)) {
            let answer = visit
                .ask_as(user, "GET", &page, &[("Origin", &origin)])
                .await?;
            let place = format!("{page} of a user");
            allowed.see(&answer, &origin, &place);
        }
    }
    let origins = foreign_origins(&host.base, true);
    shake_hands(visit, user, &origins, allowed).await
}

/// Asks for the socket as a page of each origin would.
async fn shake_hands(
    visit: &Visit,
    browser: &Browser,
    origins: &[String],
    allowed: &mut Allowed,
) -> Result<(), Undecided> {
    let Some((protocol, path)) = handshake_path(&visit.host.target) else {
        return Ok(());
    };
    let place = path.split('?').next().unwrap_or_default();
    for origin in origins {
        let answer = match protocol {
            // Its answer has no end; the head says what is allowed.
            Protocol::Sse => {
                let asked = visit.host.get(visit.host.url(&path));
                let mut asked = asked.header("Origin", origin);
                if let Some(cookies) = browser.cookie_header() {
                    asked = asked.header("Cookie", cookies);
                }
                visit.host.ask_head(asked).await?
            }
            Protocol::SocketIo | Protocol::WebSocket => {
                visit
                    .ask_as(browser, "GET", &path, &[("Origin", origin)])
                    .await?
            }
        };
        allowed.see(&answer, origin, place);
        if protocol == Protocol::SocketIo {
            visit.host.hang_up(&path, &answer).await;
        }
    }
    Ok(())
}

/// Asks what browsers ask before a request that is not simple. Only a status of 200 to 299 lets them go on.
async fn preflight(
    visit: &Visit,
    browser: &Browser,
    (method, path): (&str, &str),
    origin: &str,
    allowed: &mut Allowed,
) -> Result<(), Undecided> {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", method),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    let answer = visit.ask_as(browser, "OPTIONS", path, &headers).await?;
    if answer.status.is_success() {
        allowed.see(&answer, origin, &format!("OPTIONS {path}"));
    }
    Ok(())
}

/// Where an action is sent, if over HTTP.
fn posted(action: &Action) -> Option<(&'static str, &str)> {
    let mut acts = action.way.act.iter().filter_map(|step| step.act.as_ref());
    acts.find_map(|act| match act {
        Act::Request(request) => Some((request.method.as_str(), request.path.plain()?)),
        _ => None,
    })
}

/// Origins that are not the host's, each as a careless comparison takes it for one. The first are anybody's, and `null`.
///
/// The own name without TLS is somebody else's too, unless the host has browsers stay with TLS.
fn foreign_origins(base: &Url, has_hsts: bool) -> Vec<String> {
    let mut origins = vec!["https://evil.example".to_owned(), "null".to_owned()];
    let scheme = base.scheme();
    let name = base.host_str().unwrap_or_default();
    let port = base
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    if let Some(Name::Ipv4(_) | Name::Domain(_)) = base.host() {
        origins.push(format!("{scheme}://{name}.evil.example"));
    }
    if let Some(Name::Domain(_)) = base.host() {
        origins.push(format!("{scheme}://evil{name}{port}"));
        // Where a dot stands for any letter.
        if name.matches('.').count() > 1 {
            origins.push(format!("{scheme}://{}{port}", name.replacen('.', "x", 1)));
        }
    }
    if scheme == "https" && !has_hsts {
        origins.push(format!("http://{name}"));
    }
    let (further, other) = own_ports(base);
    // Without the other one, nobody knows what a further digit means.
    origins.extend(
        further
            .into_iter()
            .flat_map(|further| [further, other.clone()]),
    );
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn origins(base: &str, has_hsts: bool, others: &[&str]) {
        let base = base.parse().expect("an address");
        assert_eq!(foreign_origins(&base, has_hsts)[2..], *others, "{base}");
    }

    #[test]
    fn foreign_origins_look_like_the_own_one() {
        origins(
            "https://a.example",
            true,
            &[
                "https://a.example.evil.example",
                "https://evila.example",
                "https://a.example:4433",
                "https://a.example:61999",
            ],
        );
        origins(
            "https://a.b.example:8443",
            false,
            &[
                "https://a.b.example.evil.example",
                "https://evila.b.example:8443",
                "https://axb.example:8443",
                "http://a.b.example",
            ],
        );
        // No browser has a name that ends in the letters of an address.
        origins(
            "http://127.0.0.1:5000",
            false,
            &[
                "http://127.0.0.1.evil.example",
                "http://127.0.0.1:50003",
                "http://127.0.0.1:61999",
            ],
        );
        origins("http://[::1]:8000", false, &[]);
    }
}
