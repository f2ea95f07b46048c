//! A tab of the observer on a scripted server, and its history.

use std::time::Duration;

use evidence::{History, What};
use probe::{Browser, Meter, OpenOptions, Opened, Recorder, Tab};
use tokio_tungstenite::tungstenite::Message;

use crate::server::{scene, scripted};

pub(crate) const WITHIN: Duration = Duration::from_secs(10);

/// Opens a tab, runs `what` on it, and gives what was recorded.
pub(crate) async fn observe(frames: Vec<Message>, what: impl AsyncFnOnce(&Tab)) -> Vec<What> {
    observe_with(frames, None, what).await
}

pub(crate) async fn observe_with(
    frames: Vec<Message>,
    meter: Option<Meter>,
    what: impl AsyncFnOnce(&Tab),
) -> Vec<What> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("history.jsonl");
    let (recorder, writing) =
        Recorder::start(&scene(), std::fs::File::create(&file).expect("a file")).expect("starts");
    {
        let site = scripted(frames).await;
        let browser = match meter {
            Some(meter) => Browser::metered(site, "desktop", recorder, meter),
            None => Browser::new(site, "desktop", recorder),
        };
        let Opened::Granted(tab) = Tab::open(&browser, "1", OpenOptions::default())
            .await
            .expect("opens")
        else {
            panic!("it was refused");
        };
        what(&tab).await;
        tab.close().await;
    }
    tokio::task::spawn_blocking(|| writing.finish())
        .await
        .expect("joins")
        .expect("written");
    let history =
        History::parse(&std::fs::read_to_string(&file).expect("text")).expect("a history");
    history
        .observations
        .into_iter()
        .map(|seen| seen.what)
        .collect()
}
