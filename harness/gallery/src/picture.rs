//! Who did what, and who got it: the picture of a leak, drawn from the history that shows it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Letters of a frame that are shown.
const FRAME: usize = 76;
/// Letters of what an arrow says.
const LABEL: usize = 30;
/// The largest history that is read for a picture.
const MOST_BYTES: u64 = 64 << 20;

/// A leak in three steps: somebody acts, whoever it is for gets it, and somebody else does too.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Picture {
    /// Whose it is, and the action.
    owner: String,
    action: String,
    /// What the owner got of it, if that came first.
    own: Option<String>,
    /// Who else got it, in which event or answer, and what stood there.
    other: String,
    what: String,
    frame: String,
}

impl Picture {
    /// The picture of the first of these observations that has somebody else's text in it.
    pub(crate) fn of(history: &Path, shown_by: &[u64]) -> Option<Self> {
        let file = first_history(history)?;
        if fs::metadata(&file).ok()?.len() > MOST_BYTES {
            return None;
        }
        let text = fs::read_to_string(file).ok()?;
        let lines: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        shown_by.iter().find_map(|seq| of_line(&lines, *seq))
    }

    /// As an image that a page can show.
    pub(crate) fn svg(&self) -> String {
        let mut rows = vec![Arrow {
            from: Lane::Owner,
            to: Lane::Server,
            label: self.action.clone(),
            is_leak: false,
        }];
        rows.extend(self.own.iter().map(|what| Arrow {
            from: Lane::Server,
            to: Lane::Owner,
            label: what.clone(),
            is_leak: false,
        }));
        rows.push(Arrow {
            from: Lane::Server,
            to: Lane::Other,
            label: self.what.clone(),
            is_leak: true,
        });
        drawn(self, &rows)
    }
}

/// The history of a call, wherever it stands below this folder.
fn first_history(folder: &Path) -> Option<PathBuf> {
    let mut inside: Vec<PathBuf> = { fs::read_dir(folder).ok()? }
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    inside.sort();
    inside.into_iter().find_map(|path| {
        let is_history = path.extension().is_some_and(|end| end == "jsonl");
        if path.is_dir() {
            first_history(&path)
        } else {
            is_history.then_some(path)
        }
    })
}

fn of_line(lines: &[Value], seq: u64) -> Option<Picture> {
    let at = lines
        .iter()
        .position(|line| line["seq"].as_u64() == Some(seq))?;
    let (leak, before) = (&lines[at], &lines[..at]);
    let frame = leak["frame"].as_str()?;
    let other = user(leak)?;
    let is_foreign = |line: &&Value| {
        let marker = line["marker"].as_str();
        line["what"] == "sent"
            && user(line).as_deref() != Some(&other)
            && marker.is_some_and(|it| frame.contains(it))
    };
    let sent = before.iter().find(is_foreign)?;
    let marker = sent["marker"].as_str()?;
    let owner = user(sent)?;
    let is_own = |line: &&Value| {
        line["what"] == "received"
            && user(line).as_deref() == Some(&owner)
            && line["frame"].as_str().is_some_and(|it| it.contains(marker))
    };
    Some(Picture {
        action: sent["doing"]["action"]
            .as_str()
            .unwrap_or("an action")
            .to_owned(),
        own: before.iter().find(is_own).map(named),
        what: named(leak),
        frame: around(frame, marker),
        owner,
        other,
    })
}

fn user(line: &Value) -> Option<String> {
    line["place"]["user"].as_str().map(str::to_owned)
}

/// The event that came, or what was asked.
fn named(line: &Value) -> String {
    let name = line["event"].as_str().or(line["asked"].as_str());
    name.unwrap_or("an answer").to_owned()
}

/// A part of the frame with the marker in its middle.
fn around(frame: &str, marker: &str) -> String {
    let before = frame
        .find(marker)
        .map_or(0, |at| frame[..at].chars().count());
    let spare = FRAME.saturating_sub(marker.chars().count()) / 2;
    let begin = before.saturating_sub(spare);
    let part: String = frame.chars().skip(begin).take(FRAME).collect();
    let start = if begin > 0 { "…" } else { "" };
    let end = if begin + FRAME < frame.chars().count() {
        "…"
    } else {
        ""
    };
    let mut shown = String::from(start);
    for letter in part.chars() {
        match letter {
            '"' | '\'' | '\\' => shown.push(letter),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown + end
}

/// A label that fits between two lanes.
fn clipped(label: &str) -> String {
    match label.char_indices().nth(LABEL) {
        Some((at, _)) => format!("{}…", &label[..at]),
        None => label.to_owned(),
    }
}

#[derive(Clone, Copy)]
enum Lane {
    Owner,
    Server,
    Other,
}

impl Lane {
    const fn x(self) -> u32 {
        match self {
            Self::Owner => 90,
            Self::Server => 360,
            Self::Other => 630,
        }
    }
}

struct Arrow {
    from: Lane,
    to: Lane,
    label: String,
    is_leak: bool,
}

/// How far below each other the arrows are, and where the first one is.
const STEP: u32 = 44;
const TOP: u32 = 78;

fn drawn(picture: &Picture, arrows: &[Arrow]) -> String {
    let foot = arrows.iter().fold(TOP, |y, _| y + STEP);
    let mut parts = Vec::new();
    let lanes = [
        (Lane::Owner, picture.owner.as_str()),
        (Lane::Server, "the server"),
        (Lane::Other, picture.other.as_str()),
    ];
    for (lane, name) in lanes {
        let x = lane.x();
        parts.push(format!(
            "<line x1=\"{x}\" y1=\"44\" x2=\"{x}\" y2=\"{foot}\" stroke=\"#999\"/>\n\
             <text x=\"{x}\" y=\"30\" text-anchor=\"middle\" font-weight=\"bold\" fill=\"#222\">{}</text>",
            escaped(name)
        ));
    }
    for (arrow, y) in arrows.iter().zip((TOP..).step_by(STEP as usize)) {
        let (from, to) = (arrow.from.x(), arrow.to.x());
        let (color, head) = if arrow.is_leak {
            ("#c1121f", "leak")
        } else {
            ("#222", "right")
        };
        parts.push(format!(
            "<line x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\" stroke=\"{color}\" stroke-width=\"2\" marker-end=\"url(#{head})\"/>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{color}\">{}</text>",
            (from + to) / 2,
            y - 8,
            escaped(&clipped(&arrow.label))
        ));
    }
    let frame = escaped(&picture.frame);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 {}\" font-family=\"sans-serif\" font-size=\"14\">\n\
         <title>{} gets what {} did</title>\n\
         <defs>\n{}\n{}\n</defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}\n\
         <text x=\"360\" y=\"{}\" text-anchor=\"middle\" font-family=\"monospace\" font-size=\"12\" fill=\"#c1121f\">{frame}</text>\n</svg>\n",
        foot + 40,
        escaped(&picture.other),
        escaped(&picture.owner),
        head("right", "#222"),
        head("leak", "#c1121f"),
        parts.join("\n"),
        foot + 18,
    )
}

fn head(id: &str, color: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"5\" markerHeight=\"5\" orient=\"auto\">\
         <path d=\"M0 0 L8 4 L0 8 z\" fill=\"{color}\"/></marker>"
    )
}

/// Text between two tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HISTORY: &str = r#"{"airtight_history":2}
{"seq":1,"place":{"user":"alice"},"what":"sent","marker":"zMARK","doing":{"action":"whisper"}}
{"seq":2,"place":{"user":"alice"},"what":"received","event":"whispered","frame":"[\"whispered\",\"zMARK\"]"}
{"seq":3,"place":{"user":"bob"},"what":"received","event":"whispered","frame":"[\"whispered\",\"<zMARK>\"]"}
"#;

    #[test]
    fn a_leak_is_drawn_from_its_history() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("seed-1");
        fs::create_dir(&inside).expect("made");
        fs::write(inside.join("a.jsonl"), HISTORY).expect("written");
        let picture = Picture::of(folder.path(), &[9, 3]).expect("drawn");
        assert_eq!(
            (picture.owner.as_str(), picture.other.as_str()),
            ("alice", "bob")
        );
        assert_eq!(picture.own.as_deref(), Some("whispered"));
        let svg = picture.svg();
        assert!(
            svg.contains("&lt;zMARK&gt;") && svg.contains("whisper"),
            "{svg}"
        );
        assert_eq!(Picture::of(folder.path(), &[2]), None);
    }
}
