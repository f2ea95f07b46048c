//! Visits a system by its target file: logs two users in, opens a tab each, does each action in each way, stops it as
//! somebody else and as its owner, cuts each tab and lets it come back, and prints what came.
//! `cargo run -p walk --example visit -- FILE URL alice=SECRET bob=SECRET`

use std::collections::BTreeMap;
use std::sync::Arc;

use targets::needs::{Need, Wish};
use walk::{Browser, OpenWay, Sight, Site, Tab, Whereabouts, Witness};

#[derive(Debug)]
struct Printer;

impl Witness for Printer {
    fn see(&self, at: &Whereabouts, sight: &Sight<'_>) {
        let user = at.user.as_deref().unwrap_or("-");
        let tab = at.tab.as_deref().unwrap_or("-");
        let told = match sight {
            Sight::Answered { asked, came, .. } => format!("{asked}: {}", came.told()),
            Sight::Opened { socket, raw } => format!("opened {socket}: {raw}"),
            Sight::Heard {
                came, raw, waited, ..
            } => {
                let waited = if *waited { "missed " } else { "" };
                format!("{waited}{} ({raw})", came.told())
            }
            Sight::Malformed { why, raw, .. } => format!("malformed, {why}: {raw}"),
            Sight::Closed { close, .. } => format!("closed: {}", close.reason),
            Sight::Told { asked, granted, .. } => format!("{asked} granted: {granted}"),
            Sight::Silent { raw } => format!("nothing: {raw}"),
            Sight::Member { group, name, is } => format!("{group}/{name}: {is:?}"),
        };
        println!("  {user}/{}/{tab} {told}", at.session);
    }
}

/// Each tab is cut, misses an action that another tab of its session does, and comes back.
async fn come_back(site: &Arc<Site>, tabs: &[Tab]) -> Result<(), Box<dyn std::error::Error>> {
    let Need::Found((name, action)) = site.target.action_for(Wish::Any) else {
        return Ok(());
    };
    for tab in tabs {
        let (other, _) = tab.browser().open("2", &OpenWay::default()).await?;
        tab.cut().await?;
        let nothing = BTreeMap::new();
        let act = other.act(name, action, None, &nothing, "missed").await?;
        println!("{name} while a tab is cut: {:?}", act.told.answer);
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let told = tab.come_back(&OpenWay::default()).await?;
        println!("comes back: {:?}", told.answer);
        other.close().await;
    }
    Ok(())
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
            let ways = action.ways.iter().map(|(way, _)| Some(way.as_str()));
            for way in std::iter::once(None).chain(ways) {
                let act = tab
                    .act(name, action, way, &BTreeMap::new(), &marker)
                    .await?;
                println!("{name} {way:?}: {:?}, id {:?}", act.told.answer, act.id);
                if action.way.stop.is_empty() {
                    continue;
                }
                let others = tabs.iter().enumerate().filter(|(other, _)| *other != index);
                for (_, other) in others {
                    let told = other.stop(action, way, &act).await?;
                    println!(
                        "{name} {way:?}: stopped by somebody else: {:?}",
                        told.answer
                    );
                }
                let told = tab.stop(action, way, &act).await?;
                println!("{name} {way:?}: stopped: {:?}", told.answer);
            }
        }
    }
    come_back(&site, &tabs).await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    for tab in &tabs {
        tab.close().await;
    }
    Ok(())
}
