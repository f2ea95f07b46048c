//! Surfaces: what the shipped scenarios need of a target, so that none of them names a path.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

use crate::language::place::Place;
use crate::language::predicate::Predicate;
use crate::language::step::{self, Act, Granted, Step, take};
use crate::language::words::is_none;

/// A page, a list, a file or an upload of the target.
#[derive(Clone, Debug)]
pub struct Surface {
    /// What leads to the request, and keeps what it needs.
    pub before: Vec<Step>,
    /// The request.
    pub step: Step,
    /// What a good answer looks like, beside `granted`.
    pub shows: Option<Predicate>,
    /// Where the entries stand, where it is a list.
    pub list: Option<Place>,
}

/// What a surface is for the file: `none` says that the target has no such thing.
pub type Surfaces = Vec<(String, Option<Surface>)>;

/// The surfaces that scenarios ask for.
pub const KNOWN: [&str; 7] = [
    "public page",
    "private page",
    "actions of mine",
    "static file",
    "unknown path",
    "upload",
    "health",
];

/// A body that is one text with a `/` first is the place of a list, in the wrong key.
fn is_no_place(node: &Node) -> Result<(), Wrong> {
    let Some(json) = node.setting("json") else {
        return Ok(());
    };
    match json.text("json") {
        Ok(text) if text.starts_with('/') => wrong(
            json.key(),
            format!("`json` is the body that is sent, and `{text}` is a place"),
            format!("write `list: {text}`"),
        ),
        _ => Ok(()),
    }
}

pub(crate) fn surface(node: &Node, name: &str) -> Result<Option<Surface>, Wrong> {
    if !KNOWN.contains(&name) {
        return wrong(
            node.key(),
            format!("there is no surface `{name}`"),
            diagnostics::meant(name, &KNOWN),
        );
    }
    if is_none(node) {
        return Ok(None);
    }
    let (before, node) = match &node.yaml {
        Yaml::List(items) => match items.split_last() {
            Some((last, before)) => (before, last),
            None => (&[][..], node),
        },
        _ => (&[][..], node),
    };
    let before = before.iter().map(|node| step::read(node, name));
    let before = before.collect::<Result<_, _>>()?;
    let mut fields = Fields::open(node, name)?;
    let list = fields
        .take("list")
        .map(|node| Place::read(node, "list"))
        .transpose()?;
    is_no_place(node)?;
    let mut step = take(&mut fields, node, name)?;
    if !matches!(step.act, Some(Act::Request(_))) {
        return wrong(
            node.key(),
            format!("the surface `{name}` has no request"),
            "add get, post, put, patch or delete with a path, or write `none`",
        );
    }
    let shows = Predicate::of(fields.rest(), node.at(), name)?;
    if shows.is_none() && step.granted.is_none() && step.refused.is_none() {
        // A redirect can lead to the page or to the login: it says neither.
        step.granted = Some(Granted::When(Predicate::of_statuses(200..300)));
        step.refused = Some(Predicate::of_statuses(400..600));
    }
    Ok(Some(Surface {
        before,
        step,
        shows,
        list,
    }))
}
