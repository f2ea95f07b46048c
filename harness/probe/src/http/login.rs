//! Logging in with a form on a page, and logging out.

use evidence::{UserName, What};

use crate::error::ProbeError;
use crate::http::ask::{Ask, Body, Login};
use crate::http::browser::Browser;
use crate::http::frame::digest;
use crate::http::page;
use crate::recording::RecorderError;

impl Browser {
    /// Logs in.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn login(&self, user: &UserName, password: &str) -> Result<Login, ProbeError> {
        let post = self.form(user, password).await?;
        let before = self.session_value();
        let (answer, _) = self.send(&post).await?;
        if answer.status != self.site().target.login.granted {
            return Ok(Login::Refused(self.record_refusal("login", &answer)?));
        }
        let (after, missing) = {
            let identity = self.identity();
            (identity.cookies.session(), identity.cookies.why_missing())
        };
        let Some(after) = after else {
            let reason = format!("login: granted without its identity: {missing}");
            self.record(What::refused(reason))?;
            return Ok(Login::Nameless(missing));
        };
        self.switch_user(user)?;
        let (before, after) = (before.as_deref().map(digest), digest(&after));
        self.record(What::LoggedIn { before, after })?;
        Ok(Login::Granted)
    }

    /// The login form, filled in, including the hidden field of its page.
    async fn form(&self, user: &UserName, password: &str) -> Result<Ask, ProbeError> {
        let login = &self.site().target.login;
        let page = Ask {
            method: "GET".to_owned(),
            path: login.page.clone(),
            ..Ask::default()
        };
        let (page, _) = self.send(&page).await?;
        let mut form = vec![
            (login.user.clone(), user.as_str().to_owned()),
            (login.password.clone(), password.to_owned()),
        ];
        if let Some(field) = &login.token
            && let Some(token) = page::token(&page.body, login)
        {
            form.push((field.clone(), token));
        }
        Ok(Ask {
            method: "POST".to_owned(),
            path: login.page.clone(),
            body: Body::Form(form),
            granted: Some(login.granted),
            ..Ask::default()
        })
    }

    /// The browser now belongs to this user, in a new session. Its old session, if any, has ended.
    fn switch_user(&self, user: &UserName) -> Result<(), RecorderError> {
        let old = self.place();
        {
            let mut identity = self.identity();
            identity.logins += 1;
            identity.user = Some(user.clone());
        }
        if old.user.is_some() {
            self.recorder().record(old, What::SessionEnded)?;
        }
        Ok(())
    }

    /// Logs out. The browser then belongs to nobody, and keeps the cookies that the target left it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn logout(&self) -> Result<bool, ProbeError> {
        let call = self.site().target.logout.clone();
        let (answer, frame) = self
            .send(&Ask {
                method: call.method.clone(),
                path: call.path.clone(),
                granted: Some(call.granted),
                ..Ask::default()
            })
            .await?;
        let granted = answer.status == call.granted;
        if granted {
            self.record(What::SessionEnded)?;
            self.identity().user = None;
        } else {
            self.record_answer(format!("{} {}", call.method, call.path), None, false, frame)?;
        }
        Ok(granted)
    }
}
