//! A browser: a cookie jar, who is logged in with it, and what the login kept.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use targets::file::identity::Carrier;

use crate::error::WalkError;
use crate::jar::Jar;
use crate::kept::Kept;
use crate::lock::lock;
use crate::site::Site;
use crate::witness::{Sight, Whereabouts, Witness};

/// A browser. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Browser(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    site: Arc<Site>,
    device: String,
    witness: Arc<dyn Witness>,
    jar: Mutex<Jar>,
    identity: Mutex<Identity>,
    /// The sockets that the login opened are held until this is dropped.
    login: Mutex<Option<Holding>>,
}

/// What a login kept.
#[derive(Debug)]
pub struct KeptSession {
    kept: Arc<Kept>,
    guest: Option<String>,
    n_logins: u32,
}

/// A task that holds the sockets of a login, and ends when it is told to.
#[derive(Debug)]
pub(crate) struct Holding {
    pub(crate) over: oneshot::Sender<()>,
    pub(crate) task: JoinHandle<()>,
}

#[derive(Debug)]
struct Identity {
    user: Option<String>,
    n_logins: u32,
    /// What is known of the user.
    facts: Arc<Kept>,
    /// What the login kept.
    session: Arc<Kept>,
    /// What carried a session of nobody when the newest login asked to be somebody.
    guest: Option<String>,
}

impl Browser {
    /// A browser that has visited nothing, of this user, who has not logged in. A stranger is nobody.
    #[must_use]
    pub fn new(
        site: &Arc<Site>,
        device: &str,
        who: Option<(&str, &str)>,
        witness: &Arc<dyn Witness>,
    ) -> Self {
        let facts = facts_of(site, who);
        // Where nobody logs in, a user is who they say.
        let user = who.map(|(user, _)| user.to_owned());
        let user = user.filter(|_| site.target.login.is_none());
        let session = Kept::inside(&facts);
        Self(Arc::new(Inner {
            site: Arc::clone(site),
            device: device.to_owned(),
            witness: Arc::clone(witness),
            jar: Mutex::default(),
            identity: Mutex::new(Identity {
                user,
                n_logins: 0,
                facts,
                session,
                guest: None,
            }),
            login: Mutex::default(),
        }))
    }

    /// The site that it visits.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.0.site
    }

    /// Who is there now, and in which session.
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        let identity = lock(&self.0.identity);
        let device = &self.0.device;
        Whereabouts {
            user: identity.user.clone(),
            session: match identity.n_logins {
                0 | 1 => device.clone(),
                further => format!("{device}-{further}"),
            },
            tab: None,
        }
    }

    /// What the login kept, and what is known of the user around it.
    pub(crate) fn session(&self) -> Arc<Kept> {
        Arc::clone(&lock(&self.0.identity).session)
    }

    /// Everything that the newest login kept, to go back to.
    #[must_use]
    pub fn kept_session(&self) -> KeptSession {
        let identity = lock(&self.0.identity);
        KeptSession {
            kept: Arc::clone(&identity.session),
            guest: identity.guest.clone(),
            n_logins: identity.n_logins,
        }
    }

    /// Goes back to what was kept then: a login since was refused. Its cookies stay as they are.
    pub fn go_back_to(&self, before: KeptSession) {
        let mut identity = lock(&self.0.identity);
        identity.session = before.kept;
        identity.guest = before.guest;
    }

    /// The newest login stands for the one before it.
    pub fn is_same_login_as(&self, before: &KeptSession) {
        let mut identity = lock(&self.0.identity);
        identity.n_logins = before.n_logins;
        identity.guest.clone_from(&before.guest);
    }

    /// What is known of the user before any login.
    pub(crate) fn beginning(&self) -> Arc<Kept> {
        Kept::inside(&lock(&self.0.identity).facts)
    }

    /// The scope of a login that begins: the old session's values are gone.
    pub(crate) fn begin_session(&self) -> Arc<Kept> {
        let mut identity = lock(&self.0.identity);
        identity.session = Kept::inside(&identity.facts);
        Arc::clone(&identity.session)
    }

    /// It knows this from here on, whoever it is.
    pub(crate) fn knows(&self, all: Arc<Kept>) {
        let mut identity = lock(&self.0.identity);
        identity.session = Kept::inside(&all);
        identity.facts = all;
    }

    /// What carried a session of nobody when the newest login asked to be somebody: a login that keeps it is no new
    /// session.
    #[must_use]
    pub fn guest(&self) -> Option<String> {
        lock(&self.0.identity).guest.clone()
    }

    /// Keeps what carries a session before a login asks to be somebody.
    pub(crate) fn is_guest(&self, guest: Option<String>) {
        lock(&self.0.identity).guest = guest;
    }

    /// From its next login on, somebody else logs in with it.
    pub fn is_for(&self, user: &str, password: &str) {
        let facts = facts_of(&self.0.site, Some((user, password)));
        let mut identity = lock(&self.0.identity);
        // Where nobody logs in, a user is who they say.
        if self.0.site.target.login.is_none() {
            identity.user = Some(user.to_owned());
            identity.session = Kept::inside(&facts);
        }
        identity.facts = facts;
    }

    /// Somebody of whom only the name and what the file has of them is known: a parameter may name them.
    #[must_use]
    pub fn stand_in(by: &Self, user: &str) -> Self {
        Self::new(&by.0.site, user, Some((user, "")), &by.0.witness)
    }

    /// The name of the cookie that carries its session, if one does.
    #[must_use]
    pub fn session_cookie(&self) -> Option<String> {
        let session = self.site().target.session.as_ref()?;
        let Carrier::Cookie(names) = &session.carrier else {
            return None;
        };
        let cookies = self.cookies().into_iter();
        let mut own = cookies.filter(|(name, _)| is_one_of(name, names));
        own.next()
            .map(|(name, _)| name)
            .or_else(|| names.first().cloned())
    }

    /// Who logs in with it.
    pub(crate) fn named(&self) -> Option<String> {
        let name = lock(&self.0.identity).facts.get("user")?;
        name.as_str().map(str::to_owned)
    }

    /// What its login kept under this name, or the file has of its user.
    #[must_use]
    pub fn kept(&self, name: &str) -> Option<Value> {
        self.session().get(name)
    }

    /// The cookies that it has for the target, decoded: their names and values.
    #[must_use]
    pub fn cookies(&self) -> Vec<(String, String)> {
        self.jar(|jar| jar.pairs(&self.0.site.base))
    }

    /// What a handshake sends in its `Cookie` header.
    #[must_use]
    pub fn cookie_header(&self) -> Option<String> {
        self.jar(|jar| jar.header(&self.0.site.base))
    }

    /// The browser now belongs to this user.
    pub(crate) fn belongs_to(&self, user: Option<&str>) {
        let mut identity = lock(&self.0.identity);
        identity.n_logins += u32::from(user.is_some());
        identity.user = user.map(str::to_owned);
    }

    /// The login's sockets stay open as long as the session.
    pub(crate) fn hold(&self, holding: Holding) {
        *lock(&self.0.login) = Some(holding);
    }

    /// Closes the sockets that the login opened. Nobody visits with this browser any more, or it has logged out.
    pub async fn leave(&self) {
        let holding = lock(&self.0.login).take();
        if let Some(Holding { over, task }) = holding {
            drop(over);
            // It fails only where the runtime ends.
            let _ = task.await;
        }
    }

    /// The URL of a path on this site.
    pub(crate) fn url(&self, path: &str) -> Result<Url, WalkError> {
        let joined = self.0.site.base.join(&unchanged(path));
        joined.map_err(|_| WalkError::Unsendable(path.to_owned()))
    }

    /// Holds the lock only to read or change it.
    pub(crate) fn jar<T>(&self, act: impl FnOnce(&mut Jar) -> T) -> T {
        act(&mut lock(&self.0.jar))
    }

    /// The witness sees something at the browser, or at one of its tabs.
    pub(crate) fn see(&self, at: &Whereabouts, sight: &Sight<'_>) {
        self.0.witness.see(at, sight);
    }
}

/// A path as somebody asks for it who means each of its letters: a URL's parser would leave out a blank at the end, and
/// a dot that stands for a folder, and an id in another spelling would be the usual one again.
fn unchanged(path: &str) -> String {
    path.replace(' ', "%20").replace("/./", "/.%2F")
}

/// What is known of a user before anything is done.
fn facts_of(site: &Site, who: Option<(&str, &str)>) -> Arc<Kept> {
    let facts = Kept::new();
    let base = site.base.as_str().trim_end_matches('/');
    facts.keep("base", Value::from(base));
    facts.keep("origin", Value::from(site.origin()));
    if let Some((user, password)) = who {
        let known = site.target.users.known.get(user);
        for (name, value) in known.into_iter().flatten() {
            facts.keep(name, value.clone());
        }
        // The one that is given comes before the file's: a wrong one is tried, too.
        if !password.is_empty() || facts.get("password").is_none() {
            facts.keep("password", Value::from(password));
        }
        facts.keep("user", Value::from(user));
    }
    facts
}

/// Whether a cookie is one of these; a `*` at the end stands for any letters.
pub(crate) fn is_one_of(name: &str, names: &[String]) -> bool {
    let mut names = names.iter();
    names.any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => known == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_asked_for_with_each_of_its_letters() {
        let base = Url::parse("http://localhost/").expect("a URL");
        for (path, asked) in [
            ("/notes/a ", "/notes/a%20"),
            ("/notes/./a", "/notes/.%2Fa"),
            ("/notes/a?q=b c", "/notes/a?q=b%20c"),
            ("/notes/a", "/notes/a"),
        ] {
            let url = base.join(&unchanged(path)).expect("a URL");
            assert_eq!(&url.as_str()["http://localhost".len()..], asked);
        }
    }
}
