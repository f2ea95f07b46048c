//! Commands that another test runs: in a container, or on a machine that boots.

use std::fs;

use super::project::root;

/// Where the tests of a binary are.
const BINARIES: [(&str, &str); 3] = [
    ("deployment", "deploy/checks/tests/deployment"),
    ("server", "reference-server/tests/server"),
    ("command", "harness/tests/command"),
];

/// Whether `test`, as `deployment::installer::NAME`, is there and speaks of what the command needs: its program, its
/// subcommand and each of its flags.
pub(super) fn is_tested(command: &str, test: &str) -> Result<(), String> {
    let mut parts: Vec<&str> = test.split("::").collect();
    let (Some(name), Some(binary)) = (parts.pop(), parts.first().copied()) else {
        return Err(format!("`{test}` is no test"));
    };
    let folder = BINARIES.iter().find(|(known, _)| *known == binary);
    let (_, folder) = folder.ok_or_else(|| format!("there is no binary of tests `{binary}`"))?;
    let file = root().join(folder).join(parts[1..].join("/") + ".rs");
    let text = fs::read_to_string(&file).map_err(|error| format!("{test}: {error}"))?;
    if !text.contains(&format!("fn {name}(")) {
        return Err(format!("there is no test `{test}`"));
    }
    let missing = essential(command).find(|word| !text.contains(*word));
    missing.map_or(Ok(()), |word| {
        Err(format!(
            "`{test}` does not speak of `{word}` in `{command}`"
        ))
    })
}

/// The program without its folder, or the subcommand of one of ours; and every flag.
fn essential(command: &str) -> impl Iterator<Item = &str> {
    let mut words = command.split_whitespace().filter(|word| *word != "sudo");
    let program = words.next().unwrap_or_default();
    let first = match program.rsplit('/').next().unwrap_or_default() {
        "airtight" => words.next().unwrap_or_default(),
        name => name,
    };
    let flags = command.split_whitespace();
    let flags = flags.filter(|word| word.starts_with("--") && word.len() > 2);
    [first].into_iter().chain(flags)
}

#[test]
fn only_a_test_that_is_there_counts() {
    let here = "command::documents::elsewhere::only_a_test_that_is_there_counts";
    assert_eq!(is_tested("airtight smoke --user x", here), Ok(()));
    assert!(is_tested("airtight smoke", "command::smoke::nobody").is_err());
    assert!(is_tested("airtight smoke", "elsewhere::smoke::x").is_err());
    let flag = ["airtight smoke --", "nowhere"].concat();
    assert!(is_tested(&flag, here).is_err());
}
