//! A block of commands with what they print.

use super::blocks::Block;
use super::compared::difference;
use super::elsewhere;
use super::scene::{Patience, Scene};

/// A command and what follows it on the page.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    command: String,
    says: String,
}

/// The words that may stand behind `console`.
const KNOWN: [&str; 6] = ["serves", "slow", "release", "exit", "stdin", "tested-by"];

pub(super) fn check(block: &Block, scene: &mut Scene) -> Result<(), String> {
    let unknown = block.words[1..].iter().find(|word| {
        let name = word.split('=').next().unwrap_or_default();
        !KNOWN.contains(&name)
    });
    if let Some(word) = unknown {
        return Err(format!("`{word}` says nothing of a console"));
    }
    let all = read(&block.text)?;
    if let Some(test) = block.value("tested-by") {
        return all
            .iter()
            .try_for_each(|said| elsewhere::is_tested(&said.command, test));
    }
    if block.has("release") {
        return all.iter().try_for_each(|said| scene.knows(&said.command));
    }
    if block.has("serves") {
        return all.iter().try_for_each(|said| {
            let printed = scene.serve(&said.command)?;
            holds(said, &printed)
        });
    }
    let patience = if block.has("slow") {
        Patience::Long
    } else {
        Patience::Usual
    };
    let last = all.len() - 1;
    let code = block.value("exit").unwrap_or("0");
    for (index, said) in all.iter().enumerate() {
        let expected = if index == last { code } else { "0" };
        let (printed, code) = scene.run(&said.command, block.value("stdin"), patience)?;
        if code != expected {
            return Err(format!(
                "`{}` ended with {code} and not with {expected}:\n{printed}",
                said.command
            ));
        }
        holds(said, &printed)?;
    }
    Ok(())
}

fn holds(said: &Said, printed: &str) -> Result<(), String> {
    match difference(&said.says, printed) {
        None => Ok(()),
        Some(difference) => Err(format!(
            "`{}` says something else:\n{difference}",
            said.command
        )),
    }
}

/// `$ ` begins a command, and a `\` at a line's end goes on with it.
fn read(text: &str) -> Result<Vec<Said>, String> {
    let mut all: Vec<Said> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        if goes_on {
            let said = all.last_mut().ok_or("nothing goes on")?;
            said.command += "\n";
            said.command += line;
        } else if let Some(command) = line.strip_prefix("$ ") {
            all.push(Said {
                command: command.to_owned(),
                says: String::new(),
            });
        } else {
            let said = all.last_mut().ok_or("there is no `$ command` first")?;
            said.says += line;
            said.says += "\n";
            continue;
        }
        goes_on = line.ends_with('\\');
    }
    if all.is_empty() {
        return Err("there is no `$ command`".to_owned());
    }
    Ok(all)
}

#[test]
fn commands_and_what_they_say_are_told_apart() {
    let all = read("$ one \\\n  more\nsays\n$ two\n").expect("two commands");
    assert_eq!(all[0].command, "one \\\n  more");
    assert_eq!(all[0].says, "says\n");
    assert_eq!((all[1].command.as_str(), all[1].says.as_str()), ("two", ""));
    assert!(read("says\n").is_err());
}
