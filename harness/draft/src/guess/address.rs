//! Addresses in pages and scripts, as paths of the system.

use url::Url;

use crate::bounds::NAME;
use crate::script::tokens::HOLE;

/// The path with its query, where it is one of this system. `text` may have holes, of which the first ones are the
/// host; further ones stay.
pub(crate) fn path_of(page: &Url, text: &str) -> Option<String> {
    let text = text.split('#').next()?.trim();
    let path = match rooted(text) {
        Some(path) => path,
        None if text.contains("://") => {
            let (_, rest) = text.rsplit_once("://")?;
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let is_own = |name: &str| name == page.host_str().unwrap_or_default();
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            if !(host.contains(HOLE) || is_own(name) || matches!(name, "localhost" | "127.0.0.1")) {
                return None;
            }
            if path.is_empty() {
                "/".to_owned()
            } else {
                path.to_owned()
            }
        }
        None if text.starts_with(HOLE) => format!("/{}", text.trim_start_matches(HOLE)),
        None if text.is_empty() || text.contains(HOLE) => return None,
        None => {
            let url = page
                .join(text)
                .ok()
                .filter(|url| url.origin() == page.origin())?;
            let query = url.query().map(|query| format!("?{query}"));
            format!("{}{}", url.path(), query.unwrap_or_default())
        }
    };
    let is_fit = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= NAME
        && !path.contains(|sign: char| {
            sign == '\\' || sign.is_whitespace() || (sign.is_control() && sign != HOLE)
        });
    is_fit.then_some(path)
}

/// From the first piece on that begins at the root.
fn rooted(text: &str) -> Option<String> {
    let mut from = 0;
    for piece in text.split(HOLE) {
        if piece.starts_with('/') && !piece.starts_with("//") && (piece.len() > 1 || from == 0) {
            return Some(text[from..].to_owned());
        }
        from += piece.len() + HOLE.len_utf8();
    }
    None
}

/// The path without its query.
pub(crate) fn bare(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

/// The parts of a path in small letters, without what divides words.
fn parts(path: &str) -> impl Iterator<Item = String> {
    let parts = bare(path).split(['/', '.']);
    parts.map(|part| part.to_ascii_lowercase().replace(['-', '_'], ""))
}

/// Whether a path is called as logins are.
pub(crate) fn is_login(path: &str) -> bool {
    const NAMES: [&str; 8] = [
        "login",
        "signin",
        "auth",
        "authenticate",
        "session",
        "sessions",
        "token",
        "logon",
    ];
    !is_logout(path) && !is_register(path) && parts(path).any(|part| NAMES.contains(&part.as_str()))
}

pub(crate) fn is_logout(path: &str) -> bool {
    parts(path).any(|part| matches!(part.as_str(), "logout" | "signout" | "logoff"))
}

pub(crate) fn is_register(path: &str) -> bool {
    parts(path).any(|part| {
        matches!(
            part.as_str(),
            "register" | "signup" | "registration" | "users" | "join"
        )
    }) && !parts(path).any(|part| matches!(part.as_str(), "login" | "signin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, path: Option<&str>) {
        let page = Url::parse("http://app.test:3000/a/b").expect("an address");
        let text = text.replace('?', &HOLE.to_string());
        let found = path_of(&page, &text).map(|path| path.replace(HOLE, "?"));
        assert_eq!(found.as_deref(), path, "{text}");
    }

    #[test]
    fn addresses_are_paths_of_this_system() {
        check("/ws", Some("/ws"));
        check("wss://?ws://?/ws", Some("/ws"));
        check("https:?wss:?ws:?//?/ws/?/x", Some("/ws/?/x"));
        check("?://?/ws/chat/?/", Some("/ws/chat/?/"));
        check("?/login", Some("/login"));
        check("http://localhost:3000/api", Some("/api"));
        check("ws://app.test:3000", Some("/"));
        check("https://elsewhere.test/api", None);
        check("//elsewhere.test/api", None);
        check("c", Some("/a/c"));
        check("/", Some("/"));
        check("/a b", None);
        check("\\\\elsewhere", None);
        check("?", Some("/"));
        check("", None);
    }

    #[test]
    fn logins_are_told_by_their_names() {
        for (path, is_it) in [
            ("/api/login", true),
            ("/users/sign_in", true),
            ("/auth/token", true),
            ("/users/log_in", true),
            ("/logout", false),
            ("/auth/register", false),
            ("/blog/in", false),
            ("/login.php?x=1", true),
        ] {
            assert_eq!(is_login(path), is_it, "{path}");
        }
    }
}
