//! `airtight explain [ID]`: what a rule means, or all of them with what checks each.

use std::io::{self, Write};

use super::screen::end;
use crate::failure::Failure;

pub(super) fn explain(id: Option<&str>) -> Result<u8, Failure> {
    let Some(id) = id else {
        return end(write!(io::stdout().lock(), "{}", rules::list()), 0);
    };
    let Some(rule) = rules::named(id) else {
        return Err(unknown(id));
    };
    end(write!(io::stdout().lock(), "{}", rules::explain(rule)), 0)
}

fn unknown(id: &str) -> Failure {
    let near: Vec<String> = rules::nearest(id)
        .iter()
        .map(|rule| format!("`{}` ({})", rule.id, rule.title))
        .collect();
    let fix = if near.is_empty() {
        "list all rules with `airtight explain`".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    let shown = probe::excerpt::start(id);
    Failure::input(format!("there is no rule `{shown}`"), "explain ID", fix)
}
