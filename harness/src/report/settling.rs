//! What the target file does not say and a scenario has to know: the lines that would settle it.

use super::count::counted;

/// What would settle whether one scenario can be tested: for each need, one of its lines.
pub(super) fn of_one(needs: &[Vec<String>]) -> Vec<String> {
    let mut told = Vec::new();
    for lines in needs {
        told.push(if told.is_empty() {
            "the target file does not say; one of these lines would settle it:".to_owned()
        } else {
            "and one of these:".to_owned()
        });
        told.extend(lines.iter().map(|line| format!("  {line}")));
    }
    told
}

/// What would settle all of them at once, where there are several: each need once, in the order in which they came.
pub(super) fn of_all<'a>(scenarios: impl Iterator<Item = &'a [Vec<String>]>) -> Vec<String> {
    let mut all: Vec<&[String]> = Vec::new();
    let mut n_scenarios = 0;
    for needs in scenarios {
        n_scenarios += 1;
        for lines in needs {
            if !all.contains(&lines.as_slice()) {
                all.push(lines);
            }
        }
    }
    if n_scenarios < 2 {
        return Vec::new();
    }
    let told = format!(
        "the target file does not say enough for {}; to settle all of them, write one of each of these lines:",
        counted(n_scenarios, "scenario")
    );
    let each = all
        .into_iter()
        .map(|lines| format!("  {}", lines.join("   or   ")));
    std::iter::once(told).chain(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(lines: &[&str]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_several_scenarios_need_is_told_once() {
        let (logout, prompt) = (
            need(&["logout: {…}", "without: [logout]"]),
            need(&["prompt: 2s"]),
        );
        let one = [logout.clone()];
        let two = [prompt, logout];
        assert!(of_all([&one[..]].into_iter()).is_empty());
        assert_eq!(
            of_all([&one[..], &two[..]].into_iter())[1..],
            ["  logout: {…}   or   without: [logout]", "  prompt: 2s"]
        );
    }
}
