//! The help of the program and of each of its commands.

use clap::{Command, CommandFactory};

use super::steady::{WIDTH, snapshot};
use crate::cli::Cli;

/// The program, and each command below it, with the words that call it.
fn commands() -> Vec<(String, Command)> {
    let mut program = Cli::command().term_width(WIDTH).bin_name("airtight");
    program.build();
    let mut found = Vec::new();
    let mut open = vec![("airtight".to_owned(), program)];
    while let Some((words, command)) = open.pop() {
        let below = command
            .get_subcommands()
            .filter(|one| one.get_name() != "help");
        open.extend(below.map(|one| (format!("{words} {}", one.get_name()), one.clone())));
        found.push((words, command));
    }
    found
}

/// A new command has no snapshot, and fails here until it has one.
#[test]
fn every_command_says_what_it_does() {
    for (words, mut command) in commands() {
        let short = command.render_help().to_string();
        let long = command.render_long_help().to_string();
        let text = format!("$ {words} -h\n{short}\n$ {words} --help\n{long}");
        snapshot(&format!("help-{}", words.replace(' ', "-")), &text);
    }
}

#[test]
fn help_has_colours_on_a_terminal() {
    let (_, mut explain) = commands()
        .into_iter()
        .find(|(words, _)| words == "airtight explain")
        .expect("a command");
    let text = explain.render_help().ansi().to_string();
    snapshot("help-in-colours", &text);
}

#[test]
fn the_program_says_its_version() {
    snapshot("version", &Cli::command().render_version());
}
