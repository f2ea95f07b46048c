//! Logging in and out, as the target file says.

use std::time::{Duration, Instant};

use evidence::{UserName, What};
use targets::language::came::Came;
use walk::{Answer, Told};

use super::Browser;
use crate::error::ProbeError;
use crate::excerpt;
use crate::frame::digest;
use crate::lock::lock;
use crate::recording::RecorderError;

/// How often a login is repeated that shares its second with another one of its user: many browsers may log in at once.
const SECONDS: usize = 3;

/// Longer than the second that two logins may share.
const ONE_SECOND: Duration = Duration::from_millis(1100);

/// How a login ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// The browser has an identity.
    Granted,
    /// The target said no; what it said, in one line.
    Refused(String),
    /// Nobody can tell who the browser is now, for this reason.
    Unknown(String),
}

impl Browser {
    /// Logs in. Where nobody does, the browser is its user's from here on.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn login(&self, user: &UserName, password: &str) -> Result<Login, ProbeError> {
        let asked = Instant::now();
        let before = self.session_value();
        let old = self.place();
        let has_login = self.site().target().login.is_some();
        self.walk().is_for(user.as_str(), password);
        let told = self.walk().login().await?;
        match &told.answer {
            Answer::No(_) => return Ok(Login::Refused(self.record_refusal("login", &told)?)),
            Answer::Unknown(why) => {
                let reason = format!("login: {why}");
                self.record(What::refused(reason))?;
                return Ok(Login::Unknown(why.clone()));
            }
            Answer::Yes | Answer::Sent | Answer::Asked => {}
        }
        if !has_login {
            return Ok(Login::Granted);
        }
        let recorder = &self.scribe().recorder;
        if old.user.is_some() {
            recorder.record(old, What::SessionEnded)?;
        }
        self.wait_for_another_second(user).await?;
        let after = self.walk().identity();
        // Where nothing carries a session, each login makes one of its own.
        self.see_identity();
        let after = after.unwrap_or_else(|| format!("{} {}", self.place(), rand::random::<u64>()));
        let before = self.walk().guest().or(before);
        let (before, after) = (before.as_deref().map(digest), digest(&after));
        *lock(&self.0.began) = Some(asked);
        self.record(What::LoggedIn { before, after })?;
        self.scribe()
            .see_kept(&self.place(), |name| self.walk().kept(name));
        Ok(Login::Granted)
    }

    /// Logs in once more, a second later, where a login just before gave this user the same identity. One that is signed
    /// and has its time in seconds is the same for two logins of one second, without being kept from one to the other.
    /// Where that is not granted, the first login stands.
    async fn wait_for_another_second(&self, user: &UserName) -> Result<(), ProbeError> {
        for _ in 0..SECONDS {
            let Some(identity) = self.walk().identity() else {
                return Ok(());
            };
            let before = self.site().groups.gave(user, &digest(&identity));
            if before.is_none_or(|before| before.elapsed() > ONE_SECOND) {
                return Ok(());
            }
            let first = self.walk().kept_session();
            tokio::time::sleep(ONE_SECOND).await;
            let told = self.walk().login().await?;
            if matches!(told.answer, Answer::No(_) | Answer::Unknown(_)) {
                self.walk().go_back_to(first);
                return Ok(());
            }
            self.walk().is_same_login_as(&first);
        }
        Ok(())
    }

    /// Makes the user known to the target. Gives what it said where it did not.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn register(
        &self,
        user: &UserName,
        password: &str,
    ) -> Result<Result<(), String>, ProbeError> {
        self.walk().is_for(user.as_str(), password);
        let told = self.walk().register().await?;
        Ok(match &told.answer {
            Answer::No(_) => Err(in_one_line("register", &told)),
            Answer::Unknown(why) => Err(why.clone()),
            Answer::Yes | Answer::Sent | Answer::Asked => Ok(()),
        })
    }

    /// Logs out. The browser then belongs to nobody, and keeps the cookies that the target left it. Gives whether the
    /// target did, or what it said instead.
    ///
    /// # Errors
    /// When there is no answer, or the target file does not say how.
    pub async fn logout(&self) -> Result<Result<(), String>, ProbeError> {
        if self.site().target().logout.is_empty() {
            return Err(ProbeError::NotOffered("log out".to_owned()));
        }
        let place = self.place();
        let told = self.walk().logout().await?;
        match told.answer {
            Answer::Yes => {
                let recorder = &self.scribe().recorder;
                recorder.record(place, What::SessionEnded)?;
                *lock(&self.0.began) = None;
                Ok(Ok(()))
            }
            Answer::No(why) => Ok(Err(why)),
            Answer::Sent | Answer::Asked => Err(silence("the logout", "nothing says yes to it")),
            Answer::Unknown(why) => Err(silence("the logout", &why)),
        }
    }

    /// Ends the session as if its time had passed. Gives whether that happened; `None` where the file does not say how.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn expire(&self) -> Result<Option<Result<(), String>>, ProbeError> {
        let Some(told) = self.walk().expire().await? else {
            return Ok(None);
        };
        match told.answer {
            Answer::Yes | Answer::Sent | Answer::Asked => {
                self.expired()?;
                Ok(Some(Ok(())))
            }
            Answer::No(why) => Ok(Some(Err(why))),
            Answer::Unknown(why) => Err(silence("the session's end", &why)),
        }
    }

    /// The session's time has passed.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub fn expired(&self) -> Result<(), RecorderError> {
        *lock(&self.0.began) = None;
        self.record(What::SessionEnded)
    }

    /// Records a refusal, and gives the answer in one line.
    pub(crate) fn record_refusal(&self, asked: &str, told: &Told) -> Result<String, RecorderError> {
        let said = in_one_line(asked, told);
        let body = told.came.body.as_deref().unwrap_or_default();
        let reason = excerpt::with_markers(&said, body);
        self.record(What::refused(reason))?;
        Ok(said)
    }
}

/// A request whose answer says neither yes nor no.
pub(crate) fn silence(asked: &str, why: &str) -> ProbeError {
    ProbeError::NoAnswer {
        asked: asked.to_owned(),
        why: why.to_owned(),
        is_late: true,
        is_sent: true,
    }
}

/// A refusal in one line.
pub(crate) fn in_one_line(asked: &str, told: &Told) -> String {
    let words = match (told.came.status, &told.came.body) {
        (Some(status), Some(body)) => format!("{asked}: status {status} {}", excerpt::start(body)),
        _ => format!("{asked}: {}", said(&told.came)),
    };
    words.trim_end().to_owned()
}

/// What came, in the target's words.
fn said(came: &Came) -> String {
    excerpt::start(&came.told())
}
