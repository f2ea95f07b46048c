//! Whether the target answers: something cheap is asked of it over and over, one request after the other.
//!
//! In: a site. Out: since when every answer has been prompt, and what went wrong last. What is asked is no part
//! of a scenario: no history has it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::http::site::Site;
use crate::lock::lock;

/// From one question to the next.
const EVERY: Duration = Duration::from_millis(250);
/// A target that is well answers so soon.
const PROMPT: Duration = Duration::from_secs(1);
/// How long an answer may take at all.
const LONGEST: Duration = Duration::from_secs(10);

/// A target that is asked until this is dropped.
#[derive(Debug)]
pub(crate) struct Pulse {
    answers: Arc<Mutex<Answers>>,
    asking: JoinHandle<()>,
}

#[derive(Debug)]
struct Answers {
    prompt_since: Instant,
    /// When the question that has no answer yet was asked.
    asked: Option<Instant>,
    /// What went wrong last.
    trouble: Option<String>,
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

impl Pulse {
    pub(crate) fn start(site: Arc<Site>) -> Self {
        let answers = Arc::new(Mutex::new(Answers {
            prompt_since: Instant::now(),
            asked: None,
            trouble: None,
        }));
        let asking = tokio::spawn(ask(site, Arc::clone(&answers)));
        Self { answers, asking }
    }

    /// Since when each answer has been prompt; this moment when one is overdue.
    pub(crate) fn prompt_since(&self) -> Instant {
        let answers = lock(&self.answers);
        match answers.asked {
            Some(asked) if asked.elapsed() > PROMPT => Instant::now(),
            _ => answers.prompt_since,
        }
    }

    /// What went wrong last, or is going wrong.
    pub(crate) fn trouble(&self) -> Option<String> {
        let answers = lock(&self.answers);
        let overdue = answers.asked.map(|asked| asked.elapsed());
        let overdue = overdue.filter(|overdue| *overdue > PROMPT);
        overdue
            .map(|overdue| format!("no answer for {:.1} s", overdue.as_secs_f64()))
            .or_else(|| answers.trouble.clone())
    }
}

async fn ask(site: Arc<Site>, answers: Arc<Mutex<Answers>>) {
    loop {
        let asked = Instant::now();
        lock(&answers).asked = Some(asked);
        let trouble = question(&site).await;
        {
            let mut answers = lock(&answers);
            answers.asked = None;
            if trouble.is_some() {
                answers.prompt_since = Instant::now();
                answers.trouble = trouble;
            }
        }
        sleep(EVERY.saturating_sub(asked.elapsed())).await;
    }
}

/// Asks the target once; gives what was wrong with the answer, if it was not a prompt one.
pub(crate) async fn question(site: &Site) -> Option<String> {
    let target = &site.target;
    let health = target.health.as_ref().map(|health| &health.path);
    let path = health.unwrap_or(&target.login.page);
    let Ok(url) = target.base.join(path) else {
        return Some(format!("`{path}` cannot be asked for"));
    };
    let asked = Instant::now();
    let sent = site.http().get(url).timeout(LONGEST).send().await;
    let took = asked.elapsed();
    match sent {
        Ok(answer) if answer.status().is_server_error() => {
            let status = answer.status().as_u16();
            Some(format!("GET {path} was answered with {status}"))
        }
        Ok(_) if took > PROMPT => Some(format!("GET {path} took {:.1} s", took.as_secs_f64())),
        Ok(_) => None,
        Err(error) if error.is_timeout() => {
            Some(format!("GET {path} had no answer for {} s", took.as_secs()))
        }
        Err(_) => Some(format!("GET {path} had no answer")),
    }
}
