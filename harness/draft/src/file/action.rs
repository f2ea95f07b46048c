//! The part of the file that says what users do.

use super::lines::Lines;
use super::login::{body, request};
use crate::bounds::ACTIONS;
use crate::found::{Act, Action, Found};
use crate::visitor::in_one_line;
use reading::flow::{flow, scalar};

pub(super) fn write(found: &Found, lines: &mut Lines) {
    if found.actions.is_empty() {
        lines.say("What does a user do that others may, or may not, see? None was found. As:");
        lines.say(
            "  note: {do: {post: /notes, json: {text: \"{marker}\"}}, yields: {note: {to: owner}}}",
        );
        lines.add("actions: {}");
    } else {
        lines.say("Who may see what comes? `owner` is a careful guess: or everyone, {group: NAME}, {user: NAME}. How often: count: 1.");
        lines.add("actions:");
        for action in found.actions.iter().take(ACTIONS) {
            one(found, action, lines);
        }
    }
    let rest: Vec<&str> = found
        .actions
        .iter()
        .skip(ACTIONS)
        .map(|action| action.name.as_str())
        .collect();
    if !rest.is_empty() {
        lines.say(&format!(
            "Further actions that were seen: {}",
            in_one_line(&rest.join(", "))
        ));
    }
    let is_made = |event: &String| {
        found
            .actions
            .iter()
            .take(ACTIONS)
            .any(|action| action.yields.contains(event))
    };
    let heard: Vec<&str> = found
        .heard
        .iter()
        .filter(|event| !is_made(event))
        .map(String::as_str)
        .collect();
    if !heard.is_empty() {
        lines.say(&format!(
            "Events that are heard, and whose action is not known: {}",
            in_one_line(&heard.join(", "))
        ));
    }
}

fn one(found: &Found, action: &Action, lines: &mut Lines) {
    lines.add(format!(
        "  {}:  # {}",
        scalar(&action.name),
        in_one_line(&action.from)
    ));
    if !action.takes.is_empty() {
        let takes: Vec<String> = { action.takes.iter() }
            .map(|(name, usual)| match usual {
                Some(value) => format!("{}: {{value: {}}}", scalar(name), flow(value)),
                None => format!("{}: user", scalar(name)),
            })
            .collect();
        lines.add(format!("    takes: {{{}}}", takes.join(", ")));
    }
    let step = match &action.act {
        Act::Emit {
            event,
            arguments,
            is_acknowledged,
        } => {
            let all: Vec<String> = std::iter::once(scalar(event))
                .chain(arguments.iter().map(flow))
                .collect();
            let granted = if *is_acknowledged {
                "{ack: any}"
            } else {
                "none"
            };
            format!("emit: [{}], granted: {granted}", all.join(", "))
        }
        Act::Send(value) => format!("send: {}, granted: none", flow(value)),
        Act::Request(asked) => {
            let body = body(asked).map(|body| format!(", {body}"));
            format!("{}{}", request(asked), body.unwrap_or_default())
        }
    };
    lines.add(format!("    do: {{{step}}}"));
    if !action.is_marked {
        lines.add("    marked: false  # put \"{marker}\" where a user's own text stands, if there is such a place");
    }
    if !action.yields.is_empty() {
        let to = if found.logins.is_empty() {
            "everyone"
        } else {
            "owner"
        };
        let events: Vec<String> = action
            .yields
            .iter()
            .map(|event| format!("{}: {{to: {to}}}", scalar(event)))
            .collect();
        lines.add(format!("    yields: {{{}}}", events.join(", ")));
    }
}
