//! What a scenario needs of a target: its words for actions are looked up in the target file.

use targets::Target;
use targets::file::action::Action;
use targets::needs::{Need, Wish};

/// The action of this name, or the one that fits this wish best; else why there is none, in words.
pub(crate) fn action<'a>(target: &'a Target, name: &str) -> Result<(&'a str, &'a Action), String> {
    let mut actions = target.actions.iter();
    if let Some((name, action)) = actions.find(|(known, _)| known == name) {
        return Ok((name, action));
    }
    let Some(wish) = Wish::from_word(name) else {
        return Err(format!("there is no action `{name}` in the target file"));
    };
    match target.action_for(wish) {
        Need::Found(found) => Ok(found),
        Need::NotApplicable(word) => Err(format!("the target file says `{word}`")),
        Need::NotMentioned(lines) => Err(format!(
            "no action of the target file is called `{name}`; write {}",
            lines.join(" or ")
        )),
    }
}
