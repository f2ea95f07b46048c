//! The looks at a system, in their order: its page and scripts, its login, its sockets, its description.

use std::collections::BTreeSet;

use url::Url;

use crate::bounds::{NAMES, SCRIPTS};
use crate::described::{asyncapi, openapi};
use crate::found::{Found, Request, Status, Surface};
use crate::guess::address::{bare, is_login, is_logout, path_of};
use crate::guess::{action, login};
use crate::page::{self, Page};
use crate::script::calls::{self, Script};
use crate::visitor::{Answer, NoAnswer, Visitor};

/// Where login pages are, when nothing leads to one.
const LOGIN_PAGES: [&str; 4] = ["/login", "/accounts/login/", "/users/sign_in", "/api/login"];
/// Where descriptions are.
const DESCRIPTIONS: [&str; 4] = [
    "/openapi.json",
    "/openapi.yaml",
    "/swagger.json",
    "/v3/api-docs",
];
/// A path that no system has.
const UNKNOWN: &str = "/airtight-no-such-page";

/// Scripts of libraries, which say nothing of the system.
const LIBRARIES: [&str; 14] = [
    "socket.io",
    "jquery",
    "bootstrap",
    "react",
    "vue",
    "angular",
    "axios",
    "lodash",
    "moment",
    "popper",
    "polyfill",
    "sockjs",
    "stomp",
    "htmx",
];

/// Everything that was seen.
pub(crate) struct Look {
    pub(crate) visitor: Visitor,
    pub(crate) found: Found,
    pub(crate) pages: Vec<(Url, Page)>,
    /// Scripts, and where each was seen.
    pub(crate) scripts: Vec<(Url, String, Script)>,
    read: BTreeSet<String>,
    /// Whether every path answers with the same page.
    answers_everything: bool,
}

impl Look {
    pub(crate) fn new(visitor: Visitor) -> Self {
        Self {
            visitor,
            found: Found::default(),
            pages: Vec::new(),
            scripts: Vec::new(),
            read: BTreeSet::new(),
            answers_everything: false,
        }
    }

    /// The page that was given, with its scripts.
    ///
    /// # Errors
    /// When nobody answers.
    pub(crate) async fn first(&mut self) -> Result<(), NoAnswer> {
        let path = self.visitor.base.path().to_owned();
        match self.visitor.get(&path).await {
            Ok(answer) => {
                let is_elsewhere = answer.url.path() != path;
                let is_closed = matches!(answer.status, 401 | 403);
                let to_login = is_elsewhere && is_login(answer.url.path());
                if is_closed {
                    self.found.closed = Some(format!(
                        "GET {path} was answered with status {}",
                        answer.status
                    ));
                }
                if to_login {
                    self.found.closed = Some(format!("GET {path} leads to {}", answer.url.path()));
                }
                let status = if to_login {
                    Some(Status::Refused(302))
                } else {
                    Some(Status::Refused(answer.status))
                };
                if is_closed || to_login {
                    let from = self.found.closed.clone().unwrap_or_default();
                    self.surface("private page", &path, status, &from);
                } else if answer.status == 200 {
                    self.surface("public page", &path, None, "it was shown without a login");
                } else {
                    self.found.notes.push(format!(
                        "GET {path} was answered with status {}.",
                        answer.status
                    ));
                }
                self.page(&answer).await;
            }
            Err(why @ NoAnswer::Broken(_)) => return Err(why),
            Err(why) => self.found.notes.push(format!("GET {path}: {why}.")),
        }
        Ok(())
    }

    fn surface(&mut self, name: &'static str, path: &str, status: Option<Status>, from: &str) {
        let from = from.to_owned();
        self.found.surface(Surface {
            name,
            path: path.to_owned(),
            status,
            from,
        });
    }

    /// Reads a page that shows more to somebody who has logged in.
    pub(crate) async fn again(&mut self, answer: &Answer) {
        self.read.remove(answer.url.path());
        self.page(answer).await;
    }

    /// Reads a page, and the scripts that it takes in.
    pub(crate) async fn page(&mut self, answer: &Answer) {
        let from = format!("GET {}", answer.url.path());
        for cookie in &answer.cookies {
            let is_new = self.found.cookies.iter().all(|(known, _)| known != cookie);
            if is_new && !login::is_csrf(cookie) && self.found.cookies.len() < NAMES {
                self.found.cookies.push((cookie.clone(), from.clone()));
            }
        }
        let is_page = answer.kind.contains("html") || answer.body.trim_start().starts_with('<');
        if !is_page || !self.read.insert(answer.url.path().to_owned()) {
            return;
        }
        let seen = page::read(&answer.body);
        let place = format!("a script in the page {}", answer.url.path());
        for script in &seen.scripts {
            self.scripts
                .push((answer.url.clone(), place.clone(), calls::read(script)));
        }
        let sources: Vec<String> = seen
            .sources
            .iter()
            .filter_map(|source| path_of(&answer.url, source))
            .collect();
        let files: Vec<String> = seen
            .files
            .iter()
            .filter_map(|file| path_of(&answer.url, file))
            .collect();
        self.pages.push((answer.url.clone(), seen));
        self.take_scripts(sources).await;
        if let Some(file) = files.first() {
            let file = bare(file).to_owned();
            self.surface("static file", &file, None, "the page names it; not asked");
        }
    }

    async fn take_scripts(&mut self, mut sources: Vec<String>) {
        let inline: Vec<String> = self
            .scripts
            .iter()
            .flat_map(|(page, _, script)| imports(page, script))
            .collect();
        sources.extend(inline);
        let mut at = 0;
        while let Some(source) = sources.get(at).cloned() {
            at += 1;
            let name = bare(&source)
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            let is_library = LIBRARIES.iter().any(|library| name.starts_with(library));
            let n_read = self
                .scripts
                .iter()
                .filter(|(_, from, _)| from.starts_with('/'))
                .count();
            if is_library || n_read >= SCRIPTS || !self.read.insert(source.clone()) {
                continue;
            }
            let Ok(answer) = self.visitor.get(&source).await else {
                continue;
            };
            if answer.status != 200 || answer.kind.contains("html") {
                continue;
            }
            self.surface("static file", bare(&source), None, "a script of the page");
            let script = calls::read(&answer.body);
            if sources.len() < NAMES {
                sources.extend(imports(&answer.url, &script));
            }
            self.scripts
                .push((answer.url, bare(&source).to_owned(), script));
        }
    }

    /// A page with a login, where none was seen yet.
    pub(crate) async fn login_page(&mut self) {
        if self.has_login() {
            return;
        }
        let mut paths: Vec<String> = Vec::new();
        for (page, seen) in &self.pages {
            let links = seen.links.iter().filter_map(|(to, _)| path_of(page, to));
            paths.extend(links.filter(|path| is_login(path)).take(2));
        }
        paths.extend(LOGIN_PAGES.map(str::to_owned));
        for path in paths {
            // Of a system that answers everything with one page, a further path shows nothing new.
            if self.read.contains(bare(&path))
                || (self.answers_everything && LOGIN_PAGES[1..].contains(&path.as_str()))
            {
                continue;
            }
            let Ok(answer) = self.visitor.get(&path).await else {
                continue;
            };
            if answer.status == 405 && answer.allow.contains("POST") {
                self.found.closed.get_or_insert(format!(
                    "GET {path} was answered with status 405: it takes a POST"
                ));
                let by_json = login::usual()
                    .into_iter()
                    .filter(|login| login.request.path == "/login");
                for mut login in by_json {
                    login.request.path.clone_from(&path);
                    login.request.from = format!(
                        "the answer to GET {path}, which says that it takes a POST; the names are guessed"
                    );
                    login.is_seen = true;
                    self.found.logins.push(login);
                }
                return;
            }
            if answer.status >= 400 && answer.body.is_empty() {
                continue;
            }
            let before = self.pages.len();
            self.page(&answer).await;
            if self.has_login() {
                if answer.status == 200 && self.pages.len() > before {
                    let from = "the login page";
                    let path = answer.url.path().to_owned();
                    self.surface("public page", &path, None, from);
                }
                return;
            }
        }
    }

    fn has_login(&self) -> bool {
        let in_pages = self
            .pages
            .iter()
            .any(|(_, page)| page.forms.iter().any(page::Form::is_login));
        in_pages || self.logins_of_scripts().next().is_some() || !self.found.logins.is_empty()
    }

    fn logins_of_scripts(&self) -> impl Iterator<Item = crate::found::Login> + '_ {
        let nothing = self.pages.first();
        self.scripts.iter().flat_map(move |(page, from, script)| {
            let own = self.pages.iter().find(|(url, _)| url == page).or(nothing);
            let requests = script.requests.iter();
            requests.filter_map(move |asked| {
                let (url, seen) = own?;
                login::of_request(url, from, asked, script, seen)
            })
        })
    }

    /// What comes for a path that is not there.
    pub(crate) async fn unknown_path(&mut self) {
        let Ok(answer) = self.visitor.get(UNKNOWN).await else {
            return;
        };
        self.answers_everything = answer.status == 200;
        let was_led = answer.url.path() != UNKNOWN;
        if !was_led {
            self.surface(
                "unknown path",
                UNKNOWN,
                Some(Status::Shows(answer.status)),
                "it was asked",
            );
        }
        if matches!(answer.status, 401 | 403) || (was_led && is_login(answer.url.path())) {
            self.found
                .closed
                .get_or_insert(format!("GET {UNKNOWN} asks for a login"));
            self.page(&answer).await;
        }
    }

    /// Descriptions that the system has of itself.
    pub(crate) async fn descriptions(&mut self) {
        for path in DESCRIPTIONS {
            let Ok(answer) = self.visitor.get(path).await else {
                continue;
            };
            if answer.status != 200 || answer.kind.contains("html") {
                continue;
            }
            let page = self.visitor.base.clone();
            if openapi::add(&answer.body, path, &page, &mut self.found) {
                return;
            }
        }
    }

    /// Descriptions that a file has.
    pub(crate) fn described(
        &mut self,
        openapi: Option<&str>,
        asyncapi: Option<&asyncapi::Described>,
    ) -> bool {
        let page = self.visitor.base.clone();
        if let Some(asyncapi) = asyncapi {
            asyncapi.add("the AsyncAPI description", &mut self.found);
        }
        openapi.is_none_or(|text| {
            openapi::add(text, "the OpenAPI description", &page, &mut self.found)
        })
    }

    /// The logins of pages and scripts, the likeliest first.
    pub(crate) fn logins(&mut self) {
        let described = std::mem::take(&mut self.found.logins);
        let of_forms = self.pages.iter().flat_map(|(url, page)| {
            page.forms
                .iter()
                .filter_map(move |form| login::of_form(url, form))
        });
        // A form without a method is sent by a script.
        let (posted, others): (Vec<_>, Vec<_>) =
            of_forms.partition(|login| login.request.method == "post");
        let logins: Vec<_> = posted
            .into_iter()
            .chain(self.logins_of_scripts())
            .chain(described)
            .chain(others)
            .collect();
        self.found.logins = logins;
        self.found.logins.truncate(LOGIN_PAGES.len());
        if self.found.logins.is_empty() && self.found.closed.is_some() {
            self.found.logins = login::usual();
        }
    }

    /// What users do, as pages and scripts have it, and the way out.
    pub(crate) fn actions(&mut self) {
        for (page, from, script) in &self.scripts {
            let found = &mut self.found;
            found
                .actions
                .extend(script.emits.iter().map(|emit| action::of_emit(emit, from)));
            let frames = script
                .sends
                .iter()
                .filter_map(|frame| action::of_frame(frame, from));
            found.actions.extend(frames.map(|(action, _)| action));
            found.actions.extend(
                script
                    .requests
                    .iter()
                    .filter_map(|asked| action::of_request(page, asked, from)),
            );
            found.heard.extend(script.heard.iter().cloned());
            let leaving = script.requests.iter().find(|asked| is_logout(&asked.url));
            if let Some((asked, path)) =
                leaving.and_then(|asked| Some((asked, path_of(page, &asked.url)?)))
            {
                found.logout = Some(Request {
                    method: asked.method.clone(),
                    path,
                    from: from.clone(),
                    ..Request::default()
                });
            }
        }
        for (url, page) in &self.pages {
            self.found.actions.extend(
                page.forms
                    .iter()
                    .filter_map(|form| action::of_form(url, form)),
            );
            if self.found.logout.is_none() {
                self.found.logout = way_out(url, page);
            }
        }
    }
}

/// Further scripts that this one takes in, of this system.
fn imports(page: &Url, script: &Script) -> Vec<String> {
    let all = script
        .imports
        .iter()
        .filter_map(|import| path_of(page, import));
    all.filter(|path| bare(path).ends_with("js")).collect()
}

/// A link or a form that logs out.
fn way_out(url: &Url, page: &Page) -> Option<Request> {
    let from = format!("the page {}", url.path());
    let says = |words: &str| {
        let words = words.to_ascii_lowercase().replace([' ', '-'], "");
        words.starts_with("logout") || words.starts_with("signout")
    };
    let form = page.forms.iter().find_map(|form| {
        let path = form
            .action
            .as_deref()
            .and_then(|action| path_of(url, action))?;
        (is_logout(&path) || says(&form.text)).then(|| (form.method.clone(), path))
    });
    let link = || {
        let links = page
            .links
            .iter()
            .filter_map(|(to, words)| Some((path_of(url, to)?, words)));
        let mut links = links.filter(|(path, words)| is_logout(path) || says(words));
        links.next().map(|(path, _)| ("get".to_owned(), path))
    };
    let (method, path) = form.or_else(link)?;
    Some(Request {
        method,
        path,
        from,
        ..Request::default()
    })
}
