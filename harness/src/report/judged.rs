//! One property's answer, and the rules that it breaks.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use evidence::{Finding, Scene, Verdict, properties};
use schemars::JsonSchema;
use serde::Serialize;

use super::count::counted;
use super::results::ClaimResult;

/// How many witnesses of one finding the screen shows; the JSON report has them all.
const SHOWN: usize = 3;

/// One property's answer.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Judged {
    pub(crate) property: &'static str,
    /// The rules that are broken: those that the target file names for the leaking events, or the one that the history
    /// names for the property, or else those of the scenario that the property can break. Empty unless violated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<String>,
    #[serde(flatten)]
    pub(crate) finding: Finding,
}

/// A frame as it came, but for what a terminal would obey or not show.
pub(crate) fn printable(frame: &str) -> String {
    let mut shown = String::with_capacity(frame.len());
    for character in frame.chars() {
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown
}

/// Letters of a frame that are shown. The history has all of it.
const FRAME: usize = 400;
/// Letters of a word of a finding by which its place in a frame is found: a marker has more.
const MARK: usize = 12;

/// A frame, or where it is long, what stands around the first word of the finding that is in it.
fn excerpt<'a>(frame: &'a str, says: &str) -> Cow<'a, str> {
    let length = frame.chars().count();
    if length <= FRAME {
        return Cow::Borrowed(frame);
    }
    let words = says.split(|letter: char| !letter.is_alphanumeric());
    let found = words
        .filter(|word| word.len() >= MARK)
        .find_map(|word| frame.find(word));
    let before = found.map_or(0, |at| frame[..at].chars().count());
    let begin = before.saturating_sub(FRAME / 4);
    let part: String = frame.chars().skip(begin).take(FRAME).collect();
    let start = if begin > 0 { "…" } else { "" };
    let end = if begin + FRAME < length { "…" } else { "" };
    Cow::Owned(format!("{start}{part}{end} ({length} letters)"))
}

/// Properties that are broken by what somebody gets.
const GOT: [&str; 6] = [
    "no_foreign_events",
    "others_actions_out_of_reach",
    "strangers_refused",
    "admitted_by_membership",
    "quiet_after_leaving",
    "silent_after_session_end",
];
/// Rules of what somebody does not get, or gets late, twice or in another order.
const NOT_GOT: [&str; 12] = [
    "DEL01", "DEL02", "DEL03", "DEL04", "DEL05", "DEL06", "ISO03", "ISO06", "ISO15", "ISO16",
    "ISO17", "ISO19",
];
/// Rules of what somebody gets.
const GETS: [&str; 9] = [
    "ISO04", "ISO05", "ISO08", "ISO10", "ISO20", "ISO22", "ISO24", "ISO25", "WEB10",
];
/// Properties that break one rule, whatever a scenario looks for.
const ONE: [(&str, &str); 2] = [
    ("new_session_at_login", "WEB01"),
    ("quiet_after_leaving", "ISO21"),
];
/// What each of these properties alone is about.
const OWN: [(&str, &str); 3] = [
    ("every_event_delivered", "DEL01"),
    ("every_event_once", "DEL02"),
    ("events_in_order", "DEL03"),
];

/// Whether a rule can be broken where this property is.
fn can_break(property: &str, rule: &str) -> bool {
    let is_known = OWN.iter().any(|(known, _)| *known == property);
    let is_of_another = { OWN.iter() }.any(|(known, own)| *own == rule && *known != property);
    match GOT.contains(&property) {
        true => !NOT_GOT.contains(&rule),
        false => !is_known || !(is_of_another || GETS.contains(&rule)),
    }
}

/// The scenario's rules that can be broken where this property is, or all of them where none can.
fn own_rules(scene: &Scene, property: &str) -> Vec<String> {
    if let Some((_, rule)) = ONE.iter().find(|(known, _)| *known == property) {
        return vec![(*rule).to_owned()];
    }
    let fitting = scene.rules.iter().filter(|rule| can_break(property, rule));
    let fitting: Vec<String> = fitting.cloned().collect();
    match fitting.is_empty() {
        true => scene.rules.clone(),
        false => fitting,
    }
}

/// The rule of each event that leaked; the scenario's own where one of them names none.
fn broken_rules(scene: &Scene, property: &str, finding: &Finding) -> Vec<String> {
    let own = scene
        .breaks
        .get(property)
        .map_or_else(|| own_rules(scene, property), |rule| vec![rule.clone()]);
    if property != "no_foreign_events" || finding.witnesses.is_empty() {
        return own;
    }
    let mut rules = BTreeSet::new();
    for witness in &finding.witnesses {
        let event = witness.event.as_ref();
        match event.and_then(|event| scene.leaks.get(event)) {
            Some(rule) => _ = rules.insert(rule.clone()),
            None => rules.extend(own.iter().cloned()),
        }
    }
    rules.into_iter().collect()
}

impl Judged {
    pub(crate) fn new(scene: &Scene, property: &'static str, finding: Finding) -> Self {
        let rules = match finding.verdict {
            Verdict::Violated => broken_rules(scene, property, &finding),
            _ => Vec::new(),
        };
        Self {
            property,
            rules,
            finding,
        }
    }

    /// What was found, below each other, each line behind this indent.
    pub(super) fn write(&self, out: &mut impl Write, indent: &str) -> io::Result<()> {
        let Self {
            property,
            rules,
            finding,
        } = self;
        let broken = if rules.is_empty() {
            String::new()
        } else {
            format!("  breaks {}", rules.join(", "))
        };
        writeln!(
            out,
            "{indent}{:9} {property}  {}{broken}",
            finding.verdict,
            counted(finding.chances, "chance")
        )?;
        let indent = format!("{indent}          ");
        if !finding.reason.is_empty() {
            writeln!(out, "{indent}{}", finding.reason)?;
        }
        if !finding.note.is_empty() {
            writeln!(out, "{indent}{}", finding.note)?;
        }
        for witness in finding.witnesses.iter().take(SHOWN) {
            let line = witness
                .seq
                .map_or_else(String::new, |seq| format!("#{seq}: "));
            writeln!(out, "{indent}{line}{}", witness.says)?;
            if !witness.frame.is_empty() {
                let frame = excerpt(&witness.frame, &witness.says);
                writeln!(out, "{indent}frame: {}", printable(&frame))?;
            }
        }
        let more = (finding.witnesses.len() as u64 + finding.left_out).saturating_sub(SHOWN as u64);
        if more > 0 {
            writeln!(out, "{indent}and {more} more")?;
        }
        Ok(())
    }

    pub(super) fn claim(&self) -> ClaimResult {
        let named = properties::named(self.property);
        let first = self.finding.witnesses.first();
        ClaimResult {
            name: self.property,
            sentence: named.map_or(self.property, |named| named.claim),
            verdict: self.finding.verdict,
            rules: self.rules.clone(),
            summary: self.summary(),
            details: self.details(),
            // The header is the first line.
            line: first.and_then(|first| first.seq).map(|seq| seq + 1),
            leaks: self.leaks(),
        }
    }

    fn leaks(&self) -> Vec<u64> {
        let witnesses = self.finding.witnesses.iter();
        match self.property {
            "no_foreign_events" => witnesses.filter_map(|witness| witness.seq).collect(),
            _ => Vec::new(),
        }
    }

    /// What was found, in one line.
    fn summary(&self) -> String {
        let finding = &self.finding;
        match (finding.verdict, finding.witnesses.first()) {
            (Verdict::Violated, Some(first)) => {
                let more = finding.witnesses.len() as u64 + finding.left_out - 1;
                let more = if more > 0 {
                    format!(", and {more} more")
                } else {
                    String::new()
                };
                format!("{}{more}", first.says)
            }
            (Verdict::Undecided, _) => finding.reason.clone(),
            _ => counted(finding.chances, "chance"),
        }
    }

    /// Every witness that is kept, one a line, with its frame.
    fn details(&self) -> String {
        let mut text = String::new();
        if !self.rules.is_empty() {
            text += &format!("breaks {}\n", self.rules.join(", "));
        }
        for witness in &self.finding.witnesses {
            if let Some(seq) = witness.seq {
                text += &format!("#{seq}: ");
            }
            text += &witness.says;
            text.push('\n');
            if !witness.frame.is_empty() {
                let frame = excerpt(&witness.frame, &witness.says);
                text += &format!("frame: {}\n", printable(&frame));
            }
        }
        if self.finding.left_out > 0 {
            text += &format!("and {} more\n", self.finding.left_out);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use evidence::Witness;

    use super::*;

    #[test]
    fn of_a_long_frame_the_part_with_the_marker_is_shown() {
        assert_eq!(
            excerpt("a short one", "got z33aaaaaaaaaaaaaaaaaaaaaa"),
            "a short one"
        );
        let marker = "z33aaaaaaaaaaaaaaaaaaaaaa";
        let frame = format!("{}{marker}{}", "é".repeat(1000), "<".repeat(1000));
        let shown = excerpt(&frame, &format!("bob got {marker}, owned by alice"));
        assert!(shown.contains(marker), "{shown}");
        assert!(shown.chars().count() < 450, "{shown}");
        assert!(
            shown.starts_with('…') && shown.ends_with("(2025 letters)"),
            "{shown}"
        );
    }

    #[test]
    fn a_rule_is_named_only_by_what_can_break_it() {
        let scene = |rules: &[&str]| Scene {
            rules: rules.iter().map(ToString::to_string).collect(),
            ..Scene::default()
        };
        let all = scene(&["DEL01", "DEL02", "ISO03", "ISO04"]);
        assert_eq!(own_rules(&all, "no_foreign_events"), ["ISO04"]);
        assert_eq!(own_rules(&all, "every_event_delivered"), ["DEL01", "ISO03"]);
        assert_eq!(own_rules(&all, "every_event_once"), ["DEL02", "ISO03"]);
        assert_eq!(own_rules(&all, "expectations_met"), all.rules);
        assert_eq!(own_rules(&all, "new_session_at_login"), ["WEB01"]);
        // One that fits nothing still says what the scenario is about.
        assert_eq!(
            own_rules(&scene(&["DEL01"]), "no_foreign_events"),
            ["DEL01"]
        );
    }

    fn leaked(events: &[&str]) -> Vec<String> {
        let scene = Scene {
            airtight_history: 1,
            scenario: "s".to_owned(),
            rules: vec!["ISO01".to_owned()],
            leaks: BTreeMap::from([("threads".to_owned(), "ISO04".to_owned())]),
            ..Scene::default()
        };
        let witness = |event: &&str| Witness {
            seq: Some(1),
            says: "seen".to_owned(),
            frame: String::new(),
            event: Some((*event).to_owned()),
        };
        let finding = Finding {
            verdict: Verdict::Violated,
            chances: 1,
            reason: String::new(),
            note: String::new(),
            left_out: 0,
            witnesses: events.iter().map(witness).collect(),
        };
        Judged::new(&scene, "no_foreign_events", finding).rules
    }

    #[test]
    fn an_event_that_leaks_breaks_its_rule_and_hides_no_other() {
        assert_eq!(leaked(&["threads"]), ["ISO04"]);
        assert_eq!(leaked(&["popup"]), ["ISO01"]);
        assert_eq!(leaked(&["threads", "popup"]), ["ISO01", "ISO04"]);
    }
}
