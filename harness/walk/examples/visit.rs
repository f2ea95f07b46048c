//! Visits a system by its target file: logs two users in, opens a tab each, does each action, and prints what came.
//! `cargo run -p walk --example visit -- FILE URL alice=SECRET bob=SECRET`

use std::collections::BTreeMap;
use std::sync::Arc;

use walk::{Browser, OpenWay, Sight, Site, Whereabouts, Witness};

#[derive(Debug)]
struct Printer;

impl Witness for Printer {
    fn see(&self, at: &Whereabouts, sight: &Sight<'_>) {
        let user = at.user.as_deref().unwrap_or("-");
        let tab = at.tab.as_deref().unwrap_or("-");
        let told = match sight {
            Sight::Answered { asked, came, .. } => format!("{asked}: {}", came.told()),
            Sight::Opened { socket, raw } => format!("opened {socket}: {raw}"),
            Sight::Heard { came, raw, .. } => format!("{} ({raw})", came.told()),
            Sight::Malformed { why, raw, .. } => format!("malformed, {why}: {raw}"),
            Sight::Closed { close, .. } => format!("closed: {}", close.reason),
            Sight::Told { asked, granted, .. } => format!("{asked} granted: {granted}"),
            Sight::Member { group, name, is } => format!("{group}/{name}: {is:?}"),
        };
        println!("  {user}/{}/{tab} {told}", at.session);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, url, users @ ..] = arguments.as_slice() else {
        return Err("FILE URL NAME=PASSWORD…".into());
    };
    let text = std::fs::read_to_string(file)?;
    let target = targets::read(file, &text).map_err(|wrong| {
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        wrong.join("\n")
    })?;
    let site = Site::new(target, url.parse()?, Box::new(reqwest::Client::builder))?;
    let witness: Arc<dyn Witness> = Arc::new(Printer);
    let mut tabs = Vec::new();
    for user in users {
        let who = user.split_once('=').unwrap_or((user, ""));
        let browser = Browser::new(&site, "desktop", Some(who), &witness);
        println!("login {user}: {:?}", browser.login().await?.answer);
        let (tab, told) = browser.open("1", &OpenWay::default()).await?;
        println!("open {user}: {:?}", told.answer);
        tabs.push(tab);
    }
    for (number, (name, action)) in site.target.actions.iter().enumerate() {
        for (index, tab) in tabs.iter().enumerate() {
            let marker = format!("marker{number}of{index}");
            let act = tab
                .act(name, action, None, &BTreeMap::new(), &marker)
                .await?;
            println!("{name}: {:?}, id {:?}", act.told.answer, act.id);
        }
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    for tab in &tabs {
        tab.close().await;
    }
    Ok(())
}
