//! Journeys: what the users of a load do, round by round.

use std::time::Duration;

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

use crate::language::words::time;

/// One way of working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    /// How many users go this way, in proportion to those of the other journeys.
    pub share: u64,
    /// What they do, in order.
    pub stops: Vec<Stop>,
    /// Where its name stands in the file.
    pub at: Spot,
}

/// One thing on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Starts this action with its usual parameters, and waits for all that it owes.
    Start(String),
    /// Looks at this surface.
    Read(String),
    /// Thinks.
    Pause(Duration),
}

pub(crate) const KEYS: [&str; 2] = ["share", "do"];
/// The words of a stop.
pub(crate) const STOPS: [&str; 3] = ["start", "read", "pause"];
/// The most shares of one journey: each is a user who goes that way.
const MOST: u64 = 1_000;
/// The most stops of one round.
const LONGEST_WAY: usize = 100;
/// The longest pause: a user who thinks for longer does nothing in a load.
const LONGEST: Duration = Duration::from_mins(10);

pub(crate) fn journey(node: &Node, name: &str) -> Result<Journey, Wrong> {
    const FIX: &str = "write `do: [{start: ACTION}, {read: SURFACE}, {pause: 300ms}]`";
    let mut fields = Fields::of(node, "a journey", &KEYS)?;
    let share = fields
        .take("share")
        .map_or(Ok(1), |node| node.number("share", 1, MOST))?;
    let stops = fields.need("do")?;
    let stops: Vec<Stop> = match &stops.yaml {
        Yaml::List(items) if (1..=LONGEST_WAY).contains(&items.len()) => {
            items.iter().map(stop).collect::<Result<_, _>>()?
        }
        Yaml::Map(_) => vec![stop(stops)?],
        _ => {
            let what = format!("the journey `{name}` has no list of 1 to {LONGEST_WAY} stops");
            return wrong(stops.at(), what, FIX);
        }
    };
    if !stops.iter().any(|stop| matches!(stop, Stop::Start(_))) {
        let what = format!("the journey `{name}` starts nothing that could reach anybody");
        return wrong(node.key(), what, "add a `start` with the name of an action");
    }
    let at = node.key();
    Ok(Journey { share, stops, at })
}

fn stop(node: &Node) -> Result<Stop, Wrong> {
    let entry = match &node.yaml {
        Yaml::Map(entries) if entries.len() == 1 => entries.first(),
        _ => None,
    };
    let Some((word, value)) = entry else {
        let fix = "write one of `{start: ACTION}`, `{read: SURFACE}`, `{pause: 300ms}`";
        return wrong(node.at(), "this is no stop of a journey", fix);
    };
    match word.as_str() {
        "start" => Ok(Stop::Start(value.text("start")?.to_owned())),
        "read" => Ok(Stop::Read(value.text("read")?.to_owned())),
        "pause" => {
            let pause = time(value, "pause")?;
            if pause > LONGEST {
                return wrong(
                    value.at(),
                    "this pause is too long for a load",
                    "write 10m or less",
                );
            }
            Ok(Stop::Pause(pause))
        }
        _ => wrong(
            value.key(),
            format!("a journey has no `{word}`"),
            diagnostics::meant(word, &STOPS),
        ),
    }
}
