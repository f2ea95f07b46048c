//! A server of notes with a login, and a cache before it. Each has its faults.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What the cache keeps, and for whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Keeps {
    #[default]
    Nothing,
    /// Everything that is got, by its whole address.
    ByUrl,
    /// The same, from the second request on.
    Second,
    /// By the address without its query, and only for a moment.
    ByPath,
    /// The same for longer than anybody waits.
    ByPathForLong,
    /// Only addresses without a query.
    OnlyWithoutQuery,
    OnlyJson,
    OnlyRefusals,
    /// Only for those who send a cookie.
    OnlyOfUsers,
    /// What has a name like a file's, which this server takes for the page before it.
    OnlyFiles,
    OnlyLogin,
    /// The cookies of an answer, and not its body.
    OnlyHeads,
    /// What the server says is for everybody.
    OnlyPublic,
    /// By the address and the header that carries a token.
    ByToken,
}

/// What carries a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Session {
    /// A random value, given once.
    #[default]
    Random,
    /// The same, given again with each answer.
    Renewed,
    /// A stranger's is the same for all of them.
    Constant,
    /// A token in a header, and no cookie.
    Token,
}

/// What the private page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    #[default]
    Personal,
    /// Nothing of anybody, and to users alone.
    Shell,
    /// The same to strangers too.
    Open,
    /// Something new in each answer, and nothing else.
    Nonce,
    /// One of two texts, by chance.
    Banner,
}

/// Which origins may read an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Origins {
    #[default]
    None,
    Any,
    OnlyUsers,
    OnlyErrors,
    OnlyPreflights,
    Null,
    /// Those that begin as the own name does.
    Beginning,
    /// The own host at any port.
    AnyPort,
    /// The streams of users alone.
    OnlyStreams,
    /// One that has not asked.
    Partner,
    Own,
    Star,
    WithoutCredentials,
}

/// The server with its cache.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) keeps: Keeps,
    pub(crate) session: Session,
    pub(crate) page: Page,
    pub(crate) origins: Origins,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

#[derive(Default)]
struct State {
    /// Sessions with their users.
    sessions: HashMap<String, String>,
    /// Notes with their owners.
    notes: Vec<(String, String)>,
    kept: HashMap<String, (Answer, Instant)>,
    uses: HashMap<String, usize>,
}

impl Notes {
    /// Serves until the test ends, at this port.
    pub(crate) fn serve(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || self.answer(stream, &state));
            }
        });
        port
    }

    fn answer(self, mut stream: TcpStream, state: &Mutex<State>) {
        let Some(request) = Request::read(&mut stream) else {
            return;
        };
        let mut state = state.lock().expect("a lock");
        let answer = self.through_cache(&request, &mut state);
        let length = answer.body.len();
        let mut text = format!(
            "HTTP/1.1 {} X\r\nconnection: close\r\ncontent-length: {length}\r\n",
            answer.status
        );
        for (name, value) in &answer.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(&answer.body);
        // The client may be gone; that does not matter here.
        let _ = stream.write_all(text.as_bytes());
    }

    fn through_cache(self, request: &Request, state: &mut State) -> Answer {
        let key = match self.keeps {
            Keeps::ByPath | Keeps::ByPathForLong => request.path.clone(),
            Keeps::ByToken => {
                let token = request.headers.get("authorization");
                format!("{}?{} {token:?}", request.path, request.query)
            }
            _ => format!("{}?{}", request.path, request.query),
        };
        let lasts = match self.keeps {
            Keeps::ByPath => Duration::from_millis(500),
            _ => Duration::from_secs(60),
        };
        let may = request.method == "GET" && self.may_keep(request);
        let kept = state
            .kept
            .get(&key)
            .filter(|(_, at)| may && at.elapsed() < lasts);
        let kept = kept.map(|(answer, _)| answer.clone());
        if let Some(kept) = &kept
            && self.keeps != Keeps::OnlyHeads
        {
            return kept.clone();
        }
        let mut answer = self.serve_one(request, state);
        if let Some(kept) = kept {
            answer.headers = kept.headers;
            return answer;
        }
        let uses = state.uses.entry(key.clone()).or_default();
        *uses += 1;
        let is_meant = match self.keeps {
            Keeps::OnlyJson => answer.body.starts_with('{'),
            Keeps::OnlyRefusals => answer.status > 299,
            Keeps::OnlyPublic => answer.headers.iter().any(|(_, value)| value == "public"),
            Keeps::Second => *uses > 1,
            _ => true,
        };
        if may && is_meant {
            state.kept.insert(key, (answer.clone(), Instant::now()));
        }
        answer
    }

    fn may_keep(self, request: &Request) -> bool {
        match self.keeps {
            Keeps::Nothing => false,
            Keeps::OnlyWithoutQuery => request.query.is_empty(),
            Keeps::OnlyOfUsers => request.headers.contains_key("cookie"),
            Keeps::OnlyFiles => request.path.ends_with(".css"),
            Keeps::OnlyLogin => request.path == "/login",
            // Whoever logs in is let in.
            Keeps::ByPath | Keeps::ByPathForLong | Keeps::ByUrl => request.path != "/login",
            _ => true,
        }
    }

    fn serve_one(self, request: &Request, state: &mut State) -> Answer {
        let user = request
            .session()
            .and_then(|sid| state.sessions.get(sid).cloned());
        let mut path = request.path.as_str();
        if self.keeps == Keeps::OnlyFiles && path.ends_with(".css") {
            path = path.rsplit_once(['/', ';']).map_or(path, |(page, _)| page);
            path = if path.is_empty() { "/" } else { path };
        }
        let mut answer = match (request.method.as_str(), path) {
            ("GET", "/login") => self.login_page(request),
            ("POST", "/login") => self.log_in(request, state),
            ("GET", "/events") if user.is_some() => {
                let mut answer = Answer::new(200, "data: x\n\n");
                answer
                    .headers
                    .push(("content-type", "text/event-stream".to_owned()));
                answer
            }
            ("OPTIONS", _) => Answer::new(204, ""),
            ("GET", "/") => self.private_page(user.as_deref()),
            (method, path) if path.starts_with("/notes") => {
                notes(method, path, request, user.as_deref(), state)
            }
            _ => Answer::new(404, "there is no such page"),
        };
        let sid = request.session().filter(|_| user.is_some());
        if let Some(sid) = sid.filter(|_| self.session == Session::Renewed) {
            answer
                .headers
                .push(("set-cookie", format!("sid={sid}; Path=/")));
        }
        self.allow_origin(request, user.is_some(), &mut answer);
        answer
    }

    fn log_in(self, request: &Request, state: &mut State) -> Answer {
        let named = request
            .body
            .split('&')
            .find_map(|pair| pair.strip_prefix("user="));
        let Some(user) = named.filter(|user| ["alice", "bob"].contains(user)) else {
            return Answer::new(403, "no");
        };
        let sid = random();
        state.sessions.insert(sid.clone(), user.to_owned());
        if self.session == Session::Token {
            return Answer::new(200, &format!("{{\"token\": \"{sid}\"}}"));
        }
        let mut answer = Answer::new(303, "");
        answer
            .headers
            .push(("set-cookie", format!("sid={sid}; Path=/")));
        answer.headers.push(("location", "/".to_owned()));
        answer
    }

    fn login_page(self, request: &Request) -> Answer {
        let mut answer = Answer::new(200, "<form>");
        if request.session().is_none() && self.session != Session::Token {
            let sid = match self.session {
                Session::Constant => "e30.nobody.signed".to_owned(),
                Session::Random | Session::Renewed | Session::Token => random(),
            };
            answer
                .headers
                .push(("set-cookie", format!("sid={sid}; Path=/")));
        }
        answer
    }

    fn private_page(self, user: Option<&str>) -> Answer {
        let mut answer = match (user, self.page) {
            (None, page) if page != Page::Open => {
                let mut answer = Answer::new(303, "");
                answer.headers.push(("location", "/login".to_owned()));
                return answer;
            }
            (Some(user), Page::Personal) => {
                Answer::new(200, &format!("<h1>{user}</h1> {}", random()))
            }
            (_, Page::Nonce) => Answer::new(200, &format!("<script nonce={}>", random())),
            (_, Page::Banner) if rand::random() => Answer::new(200, "<p>buy this</p>"),
            (_, Page::Banner) => Answer::new(200, "<p>or that</p>"),
            _ => Answer::new(200, "<div id=app>"),
        };
        if self.page != Page::Personal && self.page != Page::Nonce {
            answer.headers.push(("cache-control", "public".to_owned()));
        }
        answer
    }

    fn allow_origin(self, request: &Request, is_user: bool, answer: &mut Answer) {
        let Some(origin) = request.headers.get("origin").cloned() else {
            return;
        };
        let is_allowed = match self.origins {
            Origins::None => false,
            Origins::Any | Origins::Star | Origins::Partner | Origins::WithoutCredentials => true,
            Origins::AnyPort => origin.starts_with("http://127.0.0.1:"),
            Origins::OnlyStreams => is_user && request.path == "/events",
            Origins::OnlyUsers => is_user,
            Origins::OnlyErrors => answer.status > 399,
            Origins::OnlyPreflights => request.method == "OPTIONS",
            Origins::Null => origin == "null",
            Origins::Beginning => origin.starts_with("http://127.0.0.1"),
            Origins::Own => origin == format!("http://{}", request.headers["host"]),
        };
        if !is_allowed {
            return;
        }
        let told = match self.origins {
            Origins::Star => "*".to_owned(),
            Origins::Partner => "https://partner.example".to_owned(),
            _ => origin,
        };
        answer.headers.push(("Access-Control-Allow-Origin", told));
        if self.origins != Origins::WithoutCredentials {
            answer
                .headers
                .push(("access-control-allow-credentials", "true".to_owned()));
        }
    }
}

fn notes(
    method: &str,
    path: &str,
    request: &Request,
    user: Option<&str>,
    state: &mut State,
) -> Answer {
    let Some(user) = user else {
        return Answer::new(401, "{\"error\": \"log in\"}");
    };
    match (method, path.strip_prefix("/notes/")) {
        ("POST", None) => {
            state.notes.push((user.to_owned(), request.body.clone()));
            let id = state.notes.len() - 1;
            Answer::new(201, &format!("{{\"id\": \"{id}\"}}"))
        }
        ("GET", None) => {
            let own = state.notes.iter().filter(|(owner, _)| owner == user);
            let own: Vec<&str> = own.map(|(_, text)| text.as_str()).collect();
            Answer::new(200, &format!("{{\"notes\": [{}]}}", own.join(",")))
        }
        ("GET", Some(id)) => {
            let note = id.parse().ok().and_then(|id: usize| state.notes.get(id));
            match note.filter(|(owner, _)| owner == user) {
                Some((_, text)) => Answer::new(200, text),
                None => Answer::new(404, "{\"error\": \"no such note\"}"),
            }
        }
        _ => Answer::new(405, "{}"),
    }
}

impl Answer {
    fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }
}

impl Request {
    fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut part = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let request = Self::parse(head, body)?;
                let length = request.headers.get("content-length");
                let length = length.map_or(0, |length| length.parse().unwrap_or(0));
                if body.len() >= length {
                    return Some(request);
                }
            }
            match stream.read(&mut part) {
                Ok(0) | Err(_) => return None,
                Ok(n) => bytes.extend_from_slice(&part[..n]),
            }
        }
    }

    fn parse(head: &str, body: &str) -> Option<Self> {
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let (method, address) = (first.next()?.to_owned(), first.next()?);
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let headers = lines.filter_map(|line| line.split_once(": "));
        Some(Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        })
    }

    fn session(&self) -> Option<&str> {
        if let Some(token) = self.headers.get("authorization") {
            return token.strip_prefix("Bearer ");
        }
        let cookies = self.headers.get("cookie")?;
        cookies
            .split("; ")
            .find_map(|pair| pair.strip_prefix("sid="))
    }
}

fn random() -> String {
    format!("{:032x}", rand::random::<u128>())
}
