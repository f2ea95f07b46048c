//! The page: what was found, and a timeline of each history that has something to show.
//!
//! One file with no network in it. What was found is plain HTML and needs no scripts; the timeline is drawn
//! by a script from data in the page. What users and servers wrote is text everywhere, never HTML. The same
//! history gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use askama::Template;
use evidence::history::Lines;
use evidence::{Marker, Observation, Owners, Place, UserName, Verdict, What};
use serde::Serialize;

use super::results::{Results, ScenarioResult};

/// Events that all timelines of a page have together. The page says how many it leaves out.
const EVENTS: usize = 100_000;
/// Characters of a frame that the page keeps.
const FRAME: usize = 2000;

pub(super) fn render(results: &Results<'_>) -> io::Result<String> {
    let mut room = EVENTS;
    // What is broken is shown first, and whole as long as there is room.
    let mut order: Vec<&ScenarioResult<'_>> = results.scenarios.iter().collect();
    order.sort_by_key(|scenario| std::cmp::Reverse(worst(scenario)));
    let mut sections = Vec::new();
    for scenario in order {
        let shown = worst(scenario) != Verdict::Holds || results.scenarios.len() == 1;
        let timeline = match scenario.history.filter(|_| shown && room > 0) {
            Some(history) => Some(Timeline::read(history, leaks(scenario), room)?),
            None => None,
        };
        room -= timeline
            .as_ref()
            .map_or(0, |timeline| timeline.events.len());
        let json = timeline.as_ref().map(serde_json::to_string).transpose();
        sections.push(Section {
            scenario,
            verdict: worst(scenario),
            left_out: timeline.as_ref().map_or(0, |timeline| timeline.left_out),
            // Inside a script element, only `<` could end it.
            data: json
                .map_err(io::Error::other)?
                .map(|json| json.replace('<', "\\u003c")),
        });
    }
    let verdict = results
        .verdict
        .map_or_else(|| "could not run".to_owned(), |verdict| verdict.to_string());
    let page = Page {
        name: results.name,
        verdict,
        sections,
        style: include_str!("page/style.css"),
        script: include_str!("page/timeline.js"),
    };
    page.render().map_err(io::Error::other)
}

/// Where somebody saw what was not meant for them: the judge says so, because owners alone do not know.
fn leaks(scenario: &ScenarioResult<'_>) -> BTreeSet<u64> {
    let claims = scenario.claims.iter();
    claims
        .flat_map(|claim| claim.leaks.iter().copied())
        .collect()
}

fn worst(scenario: &ScenarioResult<'_>) -> Verdict {
    let stopped = scenario.error.map(|_| Verdict::Undecided);
    Verdict::worst(
        scenario
            .claims
            .iter()
            .map(|claim| claim.verdict)
            .chain(stopped),
    )
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    name: &'a str,
    verdict: String,
    sections: Vec<Section<'a>>,
    style: &'static str,
    script: &'static str,
}

struct Section<'a> {
    scenario: &'a ScenarioResult<'a>,
    verdict: Verdict,
    left_out: usize,
    /// The timeline as JSON.
    data: Option<String>,
}

/// What the script draws. Short names, as there may be many of each.
#[derive(Serialize)]
struct Timeline {
    users: Vec<UserName>,
    /// A session each, with its tabs.
    lanes: Vec<String>,
    events: Vec<Event>,
    /// From the making of a marker to whoever else saw it, by the events' places in the list.
    leaks: Vec<(Option<usize>, usize)>,
    #[serde(skip)]
    left_out: usize,
}

#[derive(Serialize)]
struct Event {
    /// Microseconds since the recorder started.
    t: u64,
    /// The lane.
    l: usize,
    /// The owner's place among the users, where a marker names one.
    o: Option<usize>,
    /// The line in the history.
    s: u64,
    /// What it is, in a word or two.
    w: String,
    /// The frame, or the rest of what was seen.
    f: String,
}

impl Timeline {
    fn read(path: &Path, leaks: BTreeSet<u64>, room: usize) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let (mut line, mut text) = (Vec::new(), String::new());
        let mut next = |text: &mut String| -> io::Result<bool> {
            line.clear();
            file.read_until(b'\n', &mut line)?;
            *text = String::from_utf8_lossy(&line).trim_end().to_owned();
            Ok(line.last() == Some(&b'\n'))
        };
        next(&mut text)?;
        // The history was judged before: what cannot be read now ends the timeline.
        let Ok(mut lines) = Lines::begin(&text) else {
            return Err(io::Error::other("the history has changed meanwhile"));
        };
        let users = lines.scene().users.clone();
        let mut drawing = Drawing {
            owners: Owners::of(&users),
            leaks,
            made: BTreeMap::new(),
            lane_of: BTreeMap::new(),
            timeline: Self {
                users,
                lanes: Vec::new(),
                events: Vec::new(),
                leaks: Vec::new(),
                left_out: 0,
            },
        };
        while next(&mut text)? {
            let Ok(seen) = lines.next(&text) else { break };
            if drawing.timeline.events.len() < room {
                drawing.add(&seen)?;
            } else {
                drawing.timeline.left_out += 1;
            }
        }
        Ok(drawing.timeline)
    }
}

struct Drawing {
    owners: Owners,
    /// The observations that are leaks.
    leaks: BTreeSet<u64>,
    /// Where each marker was made.
    made: BTreeMap<Marker, usize>,
    lane_of: BTreeMap<String, usize>,
    timeline: Timeline,
}

impl Drawing {
    fn add(&mut self, seen: &Observation) -> io::Result<()> {
        let here = self.timeline.events.len();
        let (what, frame) = words(&seen.what)?;
        let mut markers: Vec<Marker> = match &seen.what {
            What::Sent { marker, .. }
            | What::Confirmed { marker, .. }
            | What::Unanswered { marker } => {
                vec![marker.clone()]
            }
            _ => Marker::find_all(frame.as_bytes()).collect(),
        };
        markers.dedup();
        if matches!(seen.what, What::Sent { .. }) {
            self.made
                .extend(markers.iter().map(|marker| (marker.clone(), here)));
        }
        let mut foreign = Vec::new();
        let mut owner = None;
        for marker in &markers {
            let name = self.owners.owner(marker);
            let is_foreign = name.is_none() || name != seen.place.user.as_ref();
            if is_foreign {
                foreign.push(marker);
            }
            if owner.is_none() || is_foreign {
                owner =
                    name.and_then(|name| self.timeline.users.iter().position(|user| user == name));
            }
        }
        if self.leaks.contains(&seen.seq) {
            // A marker of one's own leaks too, if another tab was to have it. A value of the server has no maker.
            if foreign.is_empty() {
                foreign.extend(markers.first());
            }
            let makers = foreign
                .into_iter()
                .map(|marker| self.made.get(marker).copied());
            let mut leaks: Vec<_> = makers.map(|maker| (maker, here)).collect();
            if leaks.is_empty() {
                leaks.push((None, here));
            }
            self.timeline.leaks.append(&mut leaks);
        }
        let lane = self.lane(&seen.place);
        self.timeline.events.push(Event {
            t: seen.at_us,
            l: lane,
            o: owner,
            s: seen.seq,
            w: what,
            f: cut(&frame),
        });
        Ok(())
    }

    fn lane(&mut self, place: &Place) -> usize {
        let name = Place {
            tab: None,
            ..place.clone()
        }
        .to_string();
        *self.lane_of.entry(name.clone()).or_insert_with(|| {
            self.timeline.lanes.push(name);
            self.timeline.lanes.len() - 1
        })
    }
}

/// What was seen in a word or two, and its frame.
fn words(what: &What) -> io::Result<(String, String)> {
    Ok(match what {
        What::Received {
            event,
            frame,
            number,
            ..
        } => (
            number.map_or_else(|| event.clone(), |number| format!("{event} #{number}")),
            frame.clone(),
        ),
        What::Answered { asked, frame, .. } => (asked.clone(), frame.clone()),
        What::Refused { reason, .. } => ("refused".to_owned(), reason.clone()),
        other => {
            let value = serde_json::to_value(other).map_err(io::Error::other)?;
            let word = value["what"].as_str().unwrap_or_default().replace('_', " ");
            (word, value.to_string())
        }
    })
}

fn cut(frame: &str) -> String {
    let length = frame.chars().count();
    if length <= FRAME {
        return frame.to_owned();
    }
    let start: String = frame.chars().take(FRAME).collect();
    format!("{start}… ({length} characters)")
}
