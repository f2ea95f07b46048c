//! Logging in: rightly, wrongly, and a second time.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use targets::file::identity::Carrier;
use targets::language::came::Came;
use targets::language::step::{Act, Step};
use walk::{Answer, Browser, Told, WalkError, Witness};

use crate::amiss::{Around, meant};
use crate::differ::differ;
use crate::finding::Finding;
use crate::seen::{What, named};
use crate::shape::{listed, shown};
use crate::stage::{Trying, names_in};

/// The browsers of the first user, and the one of each further user.
const DEVICES: [&str; 2] = ["desktop", "phone"];
/// After this time a token that says when it was made is another one.
const SECOND: Duration = Duration::from_millis(1100);
/// The browser that brings a wrong password.
const INTRUDER: &str = "intruder";

impl Trying {
    /// Everybody logs in: the first user in two browsers if they may be in two places, each other in one.
    pub(crate) async fn logins(&mut self) -> Vec<Browser> {
        let mut browsers = Vec::new();
        let has_second = self.has_second_place();
        for (number, (user, password)) in self.users.clone().iter().enumerate() {
            for device in &DEVICES[..if number == 0 && has_second { 2 } else { 1 }] {
                browsers.extend(self.log_in(user, password, device).await);
            }
        }
        browsers
    }

    /// Makes the users that the file says how to make. One that is there already is no mistake.
    pub(crate) async fn register(&mut self) {
        let steps = self.target().users.register.clone();
        if steps.is_empty() {
            return;
        }
        for (user, password) in self.users.clone() {
            let told = self
                .browser(&user, &password, "register")
                .take(&steps)
                .await;
            let told = told.map_or_else(|error| error.to_string(), |told| ended(&told));
            self.notes.line("register", format!("{user}: {told}"));
        }
    }

    fn browser(&self, user: &str, password: &str, device: &str) -> Browser {
        let witness: Arc<dyn Witness> = Arc::clone(&self.eyes) as Arc<dyn Witness>;
        Browser::new(&self.site, device, Some((user, password)), &witness)
    }

    async fn log_in(&mut self, user: &str, password: &str, device: &str) -> Option<Browser> {
        let browser = self.browser(user, password, device);
        let moment = self.eyes.now();
        let told = browser.login().await;
        let what = format!("{user}/{device}");
        self.keep_answers(&what, moment);
        // Where nobody logs in, everybody is in.
        let Some(steps) = self.target().login.clone() else {
            return Some(browser);
        };
        match told {
            Ok(told) if is_in(&told.answer) => {
                let line = format!("{what}: granted, {}", shown(&told.came));
                self.notes.line("login", line);
                Some(browser)
            }
            Ok(told) => {
                self.notes
                    .line("login", format!("{what}: {}", ended(&told)));
                self.page_of(&browser, &steps).await;
                let nameless = self.nameless(&told);
                let amiss = || self.around_login(|around| around.amiss(&steps, &told));
                let finding = nameless.or_else(amiss);
                finding
                    .into_iter()
                    .for_each(|finding| self.notes.finding(finding));
                None
            }
            Err(error) => {
                self.notes.line("login", format!("{what}: {error}"));
                let finding = self.around_login(|around| around.failed(&error));
                self.notes.finding(finding);
                None
            }
        }
    }

    /// A login that was granted, and gave no identity.
    fn nameless(&self, told: &Told) -> Option<Finding> {
        let Answer::Unknown(why) = &told.answer else {
            return None;
        };
        if !why.starts_with("the login was granted") && !why.starts_with("a browser rejects") {
            return None;
        }
        let node = self.file.node(&["session"])?;
        let carrier = node.setting("cookie").or_else(|| node.setting("kept"));
        let place = format!(
            "cookie {}",
            carrier.and_then(|node| node.text("").ok()).unwrap_or("")
        );
        let fix = match why.starts_with("the login was granted") {
            true => format!("{}, or write `session: none`", meant(&place, &told.came)),
            false => {
                "make the target set it as a browser takes it, or try it over https".to_owned()
            }
        };
        let at = carrier.map_or_else(|| node.key(), |carrier| carrier.at());
        Some(Finding::mistake(Some(at), why, fix))
    }

    fn around_login<T>(&self, look: impl FnOnce(&Around<'_>) -> T) -> T {
        look(&Around {
            file: &self.file,
            way: &["login"],
            what: "the login",
            fields: &self.fields(),
            events: &[],
            socket_io: None,
        })
    }

    /// Looks at the page to which a refused login belongs: its form names the fields.
    async fn page_of(&self, browser: &Browser, steps: &[Step]) {
        let posts = steps.iter().find(|step| {
            let request = match &step.act {
                Some(Act::Request(request)) => request,
                _ => return false,
            };
            request.method != targets::language::step::Method::Get
        });
        let node = posts.and_then(|step| self.file.step(step.at));
        let path = node
            .and_then(|node| node.setting("post"))
            .map(|node| node.json());
        if let Some(path) = path.as_ref().and_then(|path| path.as_str())
            && let Some(step) = step(&format!("{{get: {path:?}, within: 5s}}"))
        {
            // Whatever it answers, nothing depends on it but the words of the fix.
            let _ = browser.take(&[step]).await;
        }
    }

    /// A wrong password, as long as the right one.
    pub(crate) async fn wrong_login(&mut self) {
        let Some(steps) = self.target().login.clone() else {
            self.notes.line("login", "none: a user is who they say");
            return;
        };
        let Some((user, password)) = self.users.first().cloned() else {
            return;
        };
        if !names_in(&steps).iter().any(|name| name == "password") {
            self.notes
                .line("login", "sends no {password}: no wrong one was tried");
            return;
        }
        let browser = self.browser(&user, &wrong(&password), INTRUDER);
        let moment = self.eyes.now();
        let told = browser.login().await;
        self.keep_answers(INTRUDER, moment);
        let what = "with a wrong password";
        match told {
            Ok(told) => {
                self.notes
                    .line("login", format!("{what}: {}", ended(&told)));
                if !matches!(told.answer, Answer::No(_)) {
                    let finding = self.granted_wrongly(&steps, &user, &told);
                    self.notes.finding(finding);
                }
            }
            Err(error) => {
                self.notes.line("login", format!("{what}: {error}"));
                let finding = self.around_login(|around| around.failed(&error));
                self.notes.finding(finding);
            }
        }
        browser.leave().await;
    }

    /// A login with a wrong password that was not refused.
    fn granted_wrongly(&self, steps: &[Step], user: &str, told: &Told) -> Finding {
        let right = self.answers(&format!("{user}/{}", DEVICES[0]));
        let wrong = self.answers(INTRUDER);
        let requests: Vec<&Step> = steps
            .iter()
            .filter(|step| matches!(step.act, Some(Act::Request(_))))
            .collect();
        let apart = { requests.iter().zip(right.iter().zip(wrong)) }
            .find_map(|(step, (right, wrong))| Some((*step, differ(right, wrong)?)));
        let what = match &told.answer {
            Answer::Unknown(_) => format!(
                "a login with a wrong password is not known as refused: {}",
                shown(&told.came)
            ),
            _ => format!(
                "a login with a wrong password is granted: {}",
                shown(&told.came)
            ),
        };
        match apart {
            Some((step, predicate)) => {
                let node = self.file.step(step.at);
                let granted = node.and_then(|node| node.setting("granted"));
                let at = granted.map_or_else(|| Some(step.at), |node| Some(node.key()));
                let fix = format!("write `granted: {predicate}`, by which the right login differs");
                Finding::mistake(at, what, fix)
            }
            None => Finding::mistake(
                self.file.spot(&["login"]),
                what,
                "both are answered alike: add a step that only who is logged in may take, as {get: /, granted: {status: 200}}; where any password is right, send a fixed text in place of {password}",
            ),
        }
    }

    /// What came to the requests of a login since this moment.
    fn keep_answers(&mut self, whose: &str, moment: usize) {
        let all = self.eyes.since(moment).into_iter();
        let answers = all.filter_map(|seen| match seen.what {
            What::Answer(_, came) => Some(came),
            _ => None,
        });
        self.answers.insert(whose.to_owned(), answers.collect());
    }

    fn answers(&self, whose: &str) -> &[Came] {
        self.answers.get(whose).map_or(&[], Vec::as_slice)
    }

    /// Whether two logins of one user have two identities.
    pub(crate) async fn identities(&mut self, browsers: &[Browser]) {
        let [one, other, ..] = browsers else { return };
        if one.whereabouts().user != other.whereabouts().user {
            return;
        }
        let at = self.file.spot(&["session"]);
        let Some(session) = self.target().session.clone() else {
            if self.target().login.is_some() && at.is_none() {
                self.guess_session(one, other);
            }
            return;
        };
        let (Some(first), Some(second)) = (one.identity(), other.identity()) else {
            return;
        };
        if first == second {
            // A token that says the second at which it was made is the same for two logins in one second.
            tokio::time::sleep(SECOND).await;
            let mut later = None;
            if let Some((user, password)) = self.users.first().cloned() {
                let browser = self.browser(&user, &password, "later");
                if browser.login().await.is_ok() {
                    later = browser.identity();
                    browser.leave().await;
                }
            }
            if later.is_some_and(|later| later != first) {
                let told = "two logins at once have the same identity, and a later one has another";
                self.notes.line("session", told);
                return;
            }
            let name = match &session.carrier {
                Carrier::Cookie(names) => format!("the cookie {}", listed(names, "")),
                Carrier::Kept(name) => format!("`{name}`"),
            };
            let new = self.new_cookies(one, other);
            let fix = match new.is_empty() {
                true => "write `session: none`: no identity is new at each login".to_owned(),
                false => format!(
                    "write `cookie: {}`, which is new at each login",
                    new.join(" or ")
                ),
            };
            let what = format!("two logins of one user have the same identity: {name}");
            self.notes.finding(Finding::mistake(at, what, fix));
        }
    }

    fn guess_session(&mut self, one: &Browser, other: &Browser) {
        let new = self.new_cookies(one, other);
        if let Some(name) = new.first() {
            let says = format!("session: {{cookie: {name}}}");
            self.notes
                .guess(None, says, "it was new at each of two logins");
        }
    }

    /// The cookies that two browsers of one user have, each with a value of its own.
    fn new_cookies(&self, one: &Browser, other: &Browser) -> Vec<String> {
        let last = |browser: &Browser| {
            let all = self.answers(&named(&browser.whereabouts()));
            all.last()
                .map(|came| came.cookies.clone())
                .unwrap_or_default()
        };
        let (one, other) = (last(one), last(other));
        let differs = |(name, value): &&(String, String)| {
            other
                .iter()
                .any(|(known, theirs)| known == name && theirs != value)
        };
        one.iter()
            .filter(differs)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Whether anybody is there at all.
    ///
    /// # Errors
    /// When nobody is.
    pub(crate) async fn knock(&self) -> Result<(), WalkError> {
        let witness: Arc<dyn Witness> = Arc::clone(&self.eyes) as Arc<dyn Witness>;
        let browser = Browser::new(&self.site, "knock", None, &witness);
        let step = step("{get: /, within: 5s}");
        match browser.take(step.as_slice()).await {
            // Somebody takes connections, and answers this request later or never: it may be a stream.
            Err(WalkError::NoAnswer { why, .. }) if why.starts_with("nothing came") => Ok(()),
            knocked => knocked.map(|_| ()),
        }
    }
}

/// A step of our own.
pub(crate) fn step(text: &str) -> Option<Step> {
    let node = reading::node::read(text).ok()?;
    targets::language::step::read(&node, "a step").ok()
}

pub(crate) const fn is_in(answer: &Answer) -> bool {
    matches!(answer, Answer::Yes | Answer::Sent | Answer::Asked)
}

/// How something ended, in a line.
pub(crate) fn ended(told: &Told) -> String {
    let came = shown(&told.came);
    match &told.answer {
        Answer::Yes => format!("granted, {came}"),
        Answer::Sent => "sent; nothing is ever answered".to_owned(),
        Answer::Asked => "sent; nothing says what a yes looks like".to_owned(),
        Answer::No(_) => format!("refused, {came}"),
        Answer::Unknown(_) => format!("neither granted nor refused: {came}"),
    }
}

/// Another password of the same length.
fn wrong(password: &str) -> String {
    let mut random = rand::rng();
    loop {
        let letters = password
            .chars()
            .map(|_| char::from(random.random_range(b'a'..=b'z')));
        let made: String = letters.collect();
        if made != password || made.is_empty() {
            return made;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_password_is_as_long_as_the_right_one() {
        for right in ["a", "alice-secret", "päss wörd", ""] {
            let made = wrong(right);
            assert_eq!(made.chars().count(), right.chars().count());
            assert!(made != right || right.is_empty());
        }
    }
}
