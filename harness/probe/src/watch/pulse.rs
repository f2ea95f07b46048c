//! Whether the target answers. Something cheap is asked of it repeatedly, one request at a time.
//!
//! In: a site. Out: since when every answer has been prompt, and what last went wrong. These requests are not part of
//! the scenario, so they are not in the history.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::lock::lock;
use crate::site::Site;

/// The time from one question to the next.
const EVERY: Duration = Duration::from_millis(250);
/// A healthy target answers within this time.
const PROMPT: Duration = Duration::from_secs(1);
/// How long to wait for an answer.
const LONGEST: Duration = Duration::from_secs(10);

/// Asks a target until this is dropped.
#[derive(Debug)]
pub(crate) struct Pulse {
    answers: Arc<Mutex<Answers>>,
    asking: JoinHandle<()>,
}

#[derive(Debug)]
struct Answers {
    prompt_since: Instant,
    /// When the question that is still unanswered was asked.
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

    /// Since when each answer has been prompt; now, if one is overdue.
    pub(crate) fn prompt_since(&self) -> Instant {
        let answers = lock(&self.answers);
        match answers.asked {
            Some(asked) if asked.elapsed() > PROMPT => Instant::now(),
            _ => answers.prompt_since,
        }
    }

    /// What last went wrong, or is wrong now.
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

/// Asks the target once. Gives what was wrong, if the answer was not prompt and good.
pub(crate) async fn question(site: &Site) -> Option<String> {
    let began = Instant::now();
    let knocked = match site.knocked(Some(LONGEST)).await {
        Ok(knocked) => knocked,
        Err(error) => return Some(error.to_string()),
    };
    let (asked, took) = (knocked.asked, began.elapsed());
    match knocked.answer {
        Ok(status) if status.is_server_error() => {
            let status = status.as_u16();
            Some(format!("{asked} was answered with {status}"))
        }
        Ok(_) if took > PROMPT => Some(format!("{asked} took {:.1} s", took.as_secs_f64())),
        Ok(_) => None,
        Err(error) if error.is_timeout() => {
            Some(format!("{asked} had no answer for {} s", took.as_secs()))
        }
        Err(_) => Some(format!("{asked} had no answer")),
    }
}
