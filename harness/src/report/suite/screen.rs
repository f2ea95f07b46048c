//! What a run says on the screen beside its entries: what was not applicable, how much was looked at, and the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use probe::ClientKind;

use super::{Entry, NotTested, Suite};
use crate::report::count::counted;
use crate::report::settling;
use crate::report::timing::Timing;

impl Suite {
    /// Each scenario, and each threshold.
    pub(crate) fn write_entries(&self, out: &mut impl Write) -> io::Result<()> {
        self.scenarios
            .iter()
            .try_for_each(|entry| entry.write(out))?;
        self.load
            .iter()
            .try_for_each(|load| load.write_thresholds(out))
    }

    pub(crate) fn write_verdict(&self, out: &mut impl Write) -> io::Result<()> {
        match self.verdict {
            Some(verdict) => writeln!(out, "{verdict}"),
            None => writeln!(out, "could not run"),
        }
    }

    /// The scenarios that are not applicable, by the reason.
    fn write_not_applicable(&self, out: &mut impl Write) -> io::Result<()> {
        let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in &self.scenarios {
            let reason = match &entry.not_tested {
                Some(NotTested::NotApplicable(word)) => format!("the target file says `{word}`"),
                Some(NotTested::OfAnotherTarget(name)) => format!("about {name} alone"),
                _ => continue,
            };
            let names = by_reason.entry(reason).or_default();
            if !names.contains(&entry.name()) {
                names.push(entry.name());
            }
        }
        for (reason, names) in by_reason {
            let mut lines = in_lines(&names).into_iter();
            writeln!(out, "  not tested {}", lines.next().unwrap_or_default())?;
            lines.try_for_each(|line| writeln!(out, "             {line}"))?;
            writeln!(out, "             not applicable: {reason}")?;
        }
        Ok(())
    }

    /// The last lines of the screen.
    pub(crate) fn write_end(&self, out: &mut impl Write) -> io::Result<()> {
        let verdict = self
            .verdict
            .map_or("could not run".to_owned(), |verdict| verdict.to_string());
        self.write_not_applicable(out)?;
        write!(out, "\n{verdict}: ")?;
        match &self.load {
            Some(load) => load.write_end(out, self.deliveries)?,
            None => write!(
                out,
                "{}, {} observed",
                self.looked_at(),
                counted(self.deliveries, "delivery")
            )?,
        }
        writeln!(
            out,
            ", {} to leak, {:.1} s",
            counted(self.chances_to_leak, "chance"),
            self.took.as_secs_f64()
        )?;
        if self.chances_to_leak == 0 && self.scenarios.iter().any(Entry::is_all_for_everybody) {
            writeln!(
                out,
                "  who sees what was not tested: by the target file every event is for everybody"
            )?;
        }
        let reports = self.scenarios.iter().filter_map(Entry::report);
        let timing = reports.map(|report| report.timing);
        timing.fold(Timing::default(), Timing::and).write(out)?;
        let unmentioned = { self.scenarios.iter() }.filter_map(Entry::unmentioned);
        for line in settling::of_all(unmentioned) {
            writeln!(out, "{line}")?;
        }
        for entry in self.scenarios.iter().filter(|entry| entry.is_violated()) {
            if let Some(history) = &entry.history {
                writeln!(out, "judge again: airtight recheck {}", history.display())?;
            }
        }
        writeln!(
            out,
            "run again: --seed {}; histories: {}",
            self.seed,
            self.history.display()
        )
    }

    /// How many scenarios were run, by which clients, of how many.
    fn looked_at(&self) -> String {
        // Two clients play one scenario.
        let count = |is_so: &dyn Fn(&Entry) -> bool| {
            let entries = self.scenarios.iter().filter(|entry| is_so(entry));
            let paths: BTreeSet<&Path> = entries.map(|entry| entry.path.as_path()).collect();
            paths.len()
        };
        let words: Vec<&str> = ClientKind::ALL.map(ClientKind::word).to_vec();
        let by = |is_so: &dyn Fn(&Entry) -> bool| {
            let counts = words.iter().map(|client| {
                let of_client = |entry: &Entry| entry.client == *client && is_so(entry);
                (*client, count(&of_client))
            });
            counts.filter(|(_, count)| *count > 0).collect::<Vec<_>>()
        };
        let is_run = |entry: &Entry| entry.not_tested.is_none();
        let not_applicable = count(&Entry::is_not_applicable);
        let open =
            count(&|entry| !is_run(entry) && !entry.is_not_applicable() && !entry.lacks_client());
        let others = [
            (open, "not started".to_owned()),
            (not_applicable, "not applicable".to_owned()),
        ];
        let lacking = by(&Entry::lacks_client).into_iter();
        let lacking = lacking.map(|(client, count)| (count, format!("not played by {client}")));
        let others = others.into_iter().filter(|(count, _)| *count > 0);
        let others: String = { others.chain(lacking) }
            .map(|(count, why)| format!(", {count} {why}"))
            .collect();
        let ran = if others.is_empty() { "" } else { " run" };
        let all = counted(count(&is_run) as u64, "scenario");
        format!("{all}{ran}{}{others}", played_by(&by(&is_run)))
    }
}

/// By whom scenarios were played: how many by each, where some played fewer.
fn played_by(clients: &[(&str, usize)]) -> String {
    let Some(((first, most), rest)) = clients.split_first() else {
        return String::new();
    };
    if rest.iter().all(|(_, count)| count == most) {
        let names: Vec<&str> = clients.iter().map(|(client, _)| *client).collect();
        return match names.split_last() {
            Some((last, before)) if !before.is_empty() => {
                format!(" by {} and {last}", before.join(", "))
            }
            _ => format!(" by {first}"),
        };
    }
    let rest = rest
        .iter()
        .map(|(client, count)| format!(", {count} by {client}"));
    format!(" by {first}{}", rest.collect::<String>())
}

/// Letters of a line of names.
const WIDE: usize = 100;

/// The names with commas, as many in each line as fit.
fn in_lines(names: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let comma = if number + 1 < names.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.len() + name.len() < WIDE => {
                line.push_str(&format!(" {name}{comma}"));
            }
            _ => lines.push(format!("{name}{comma}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::played_by;

    #[test]
    fn the_clients_are_named_and_each_number_where_they_differ() {
        assert_eq!(played_by(&[]), "");
        assert_eq!(played_by(&[("observer", 3)]), " by observer");
        let all = [("observer", 3), ("js", 3), ("python", 3)];
        assert_eq!(played_by(&all), " by observer, js and python");
        let fewer = [("observer", 3), ("js", 2)];
        assert_eq!(played_by(&fewer), " by observer, 2 by js");
    }
}
