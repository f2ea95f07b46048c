//! What two users see of each other, and by which transport.

use evidence::Verdict;

use super::Seen;
use crate::check::{Check, Found, Row};
use crate::conversation::{Conversation, Followed};

pub(super) static ORIGIN: Row<Seen> = Row {
    check: Check {
        name: "origin",
        rules: &["WEB09"],
        claim: "a page of somebody else opens no socket in a user's name",
        why: "the browser sends the cookie along, and the other page reads the events",
        fix: "pass Origin on unchanged, and set ALLOWED_ORIGINS to your own",
    },
    look: |seen| Box::pin(seen.judge(|seen| seen.foreign.clone())),
};

pub(super) static WEBSOCKET: Row<Seen> = Row {
    check: Check {
        name: "websocket",
        rules: &["NGX18", "NGX02"],
        claim: "a WebSocket upgrades and brings an action's events",
        why: "without it every client falls back to polling, at many times the cost",
        fix: "pass Upgrade and Connection $connection_upgrade on, for /socket.io/",
    },
    look: |seen| Box::pin(seen.judge(|seen| followed(&seen.websocket))),
};

pub(super) static POLLING: Row<Seen> = Row {
    check: Check {
        name: "polling",
        rules: &["NGX18"],
        claim: "polling brings an action's events",
        why: "some networks let nothing else through",
        fix: "let GET and POST of /socket.io/ through, without a cache",
    },
    look: |seen| Box::pin(seen.judge(|seen| followed(&seen.polling))),
};

fn followed(seen: &Followed) -> Found {
    match seen {
        Followed::Whole => Found::Holds,
        Followed::Wrong(why) => Found::Violated(vec![why.clone()]),
        Followed::Silent(why) => Found::Undecided(why.clone()),
    }
}

pub(super) static ISOLATION: Row<Seen> = Row {
    check: Check {
        name: "isolation",
        rules: &["ISO04", "ISO08", "ISO10", "WEB01"],
        claim: "of two users each sees only their own, and neither stops the other's",
        why: "this is what the rest is for",
        fix: "run airtight verify against this system to see which leak it is",
    },
    look: |seen| Box::pin(seen.judge(isolation)),
};

fn isolation(seen: &Conversation) -> Found {
    let mut faults = Vec::new();
    for (property, finding) in &seen.findings {
        let witnesses = finding.witnesses.iter().take(3);
        faults.extend(witnesses.map(|witness| format!("{property}: {}", witness.says)));
    }
    if !faults.is_empty() {
        return Found::Violated(faults);
    }
    let verdict = |name: &str| {
        let mut named = seen
            .findings
            .iter()
            .filter(|(property, _)| *property == name);
        named.next().map(|(_, finding)| finding)
    };
    match verdict("no_foreign_events") {
        Some(finding) if finding.verdict == Verdict::Holds => Found::Holds,
        Some(finding) => Found::Undecided(finding.reason.clone()),
        None => Found::Undecided("nothing was judged".to_owned()),
    }
}
