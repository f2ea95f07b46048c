//! What something that came must be: `status`, `has`, `lacks`, `header`, `cookie`, `event`, `ack`, `close` and places.
//!
//! The same everywhere: for `granted` and `refused`, for `where`, for surfaces, and for what a scenario expects.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};
use serde_json::Value;

use super::came::Came;
use super::json::JsonTemplate;
use super::place::Place;
use super::template::{Lookup, Name, Template, Unset, as_text};
use super::words::{numbers, one_or_several, scalar, texts};

/// Clauses that must all be true.
#[derive(Clone, Debug)]
pub struct Predicate {
    /// Where it stands.
    pub at: Spot,
    clauses: Vec<Clause>,
}

#[derive(Clone, Debug)]
enum Clause {
    Status(Vec<u16>),
    Has(Vec<Template>),
    Lacks(Vec<Template>),
    Header(String, Wanted),
    Cookie(String, Wanted),
    Event(Vec<String>),
    /// Any acknowledgement, or one of this kind.
    Ack,
    AckPlace(Place, Wanted),
    Close(Vec<u16>),
    /// However it was closed.
    AnyClose,
    Place(Place, Wanted),
}

/// What must stand somewhere.
#[derive(Clone, Debug)]
enum Wanted {
    Present,
    Absent,
    OneOf(Vec<JsonTemplate>),
}

/// Whether what came is what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is.
    Yes,
    /// It is not, because of this.
    No(String),
}

/// The names of the clauses, for messages.
pub(crate) const KEYS: [&str; 8] = [
    "status", "has", "lacks", "header", "cookie", "event", "ack", "close",
];

impl Predicate {
    /// An answer with one of these statuses.
    pub(crate) fn of_statuses(statuses: std::ops::Range<u16>) -> Self {
        Self {
            at: Spot::NOWHERE,
            clauses: vec![Clause::Status(statuses.collect())],
        }
    }

    /// Reads a map of clauses.
    ///
    /// # Errors
    /// When a clause is none.
    pub fn read(node: &Node, what: &str) -> Result<Self, Wrong> {
        let fields = Fields::open(node, what)?;
        let predicate = Self::of(fields.rest(), node.at(), what)?;
        predicate.map_or_else(
            || {
                wrong(
                    node.at(),
                    format!("`{what}` says nothing"),
                    format!(
                        "write at least one of {}, or a place such as /ok",
                        KEYS.join(", ")
                    ),
                )
            },
            Ok,
        )
    }

    /// The clauses among the settings of something else; none where there is none.
    pub(crate) fn of(
        settings: Vec<(&str, &Node)>,
        at: Spot,
        what: &str,
    ) -> Result<Option<Self>, Wrong> {
        let mut clauses = Vec::new();
        for (key, node) in settings {
            read_clause(key, node, what, &mut clauses)?;
        }
        Ok((!clauses.is_empty()).then_some(Self { at, clauses }))
    }

    /// The events that it waits for, if it names any.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.clauses.iter().flat_map(|clause| match clause {
            Clause::Event(names) => names.iter().map(String::as_str).collect(),
            Clause::Place(place, _) => place.event().into_iter().collect(),
            _ => Vec::new(),
        })
    }

    /// Whether it looks at an acknowledgement, so that one must be asked for.
    #[must_use]
    pub fn wants_ack(&self) -> bool {
        let mut clauses = self.clauses.iter();
        clauses.any(|clause| matches!(clause, Clause::Ack | Clause::AckPlace(..)))
    }

    /// Whether it looks at how the socket was closed.
    #[must_use]
    pub fn wants_close(&self) -> bool {
        let mut clauses = self.clauses.iter();
        clauses.any(|clause| matches!(clause, Clause::Close(_) | Clause::AnyClose))
    }

    /// Hands out the names in it.
    pub fn each_name<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        for clause in &self.clauses {
            match clause {
                Clause::Has(texts) | Clause::Lacks(texts) => {
                    texts.iter().flat_map(Template::names).for_each(&mut *see);
                }
                Clause::Header(_, wanted)
                | Clause::Cookie(_, wanted)
                | Clause::AckPlace(_, wanted)
                | Clause::Place(_, wanted) => wanted.each_name(see),
                _ => {}
            }
        }
    }

    /// Whether what came fits.
    ///
    /// # Errors
    /// A name in the predicate that stands for nothing.
    pub fn fits(&self, came: &Came, lookup: &mut dyn Lookup) -> Result<Fit, Unset> {
        for clause in &self.clauses {
            if let Fit::No(why) = clause.fits(came, lookup)? {
                return Ok(Fit::No(why));
            }
        }
        Ok(Fit::Yes)
    }
}

fn read_clause(key: &str, node: &Node, what: &str, clauses: &mut Vec<Clause>) -> Result<(), Wrong> {
    clauses.push(match key {
        "status" => Clause::Status(numbers(node, "status", 100, 599)?),
        "close" => match node.yaml {
            Yaml::Bool(true) => Clause::AnyClose,
            _ => Clause::Close(numbers(node, "close", 1000, 4999)?),
        },
        "has" => Clause::Has(templates(node, "has")?),
        "lacks" => Clause::Lacks(templates(node, "lacks")?),
        "event" => Clause::Event(texts(node, "event")?),
        "ack" => return read_ack(node, clauses),
        "header" => return read_named(node, "header", &str::to_lowercase, Clause::Header, clauses),
        "cookie" => return read_named(node, "cookie", &str::to_owned, Clause::Cookie, clauses),
        key if Place::is_key(key) => {
            let place = Place::from_text(key).or_else(|why| {
                wrong(
                    node.key(),
                    why,
                    "write a way from the root, as /id or $2/id",
                )
            })?;
            Clause::Place(place, Wanted::read(node)?)
        }
        _ => {
            return wrong(
                node.key(),
                format!("there is no `{key}` in `{what}`"),
                diagnostics::meant(key, &KEYS),
            );
        }
    });
    Ok(())
}

fn templates(node: &Node, what: &str) -> Result<Vec<Template>, Wrong> {
    let all = one_or_several(node).iter();
    all.map(|node| scalar(node, what)).collect()
}

/// `ack: true` or `ack: any` is any acknowledgement; a map has places in its first argument; anything else is that
/// argument itself.
fn read_ack(node: &Node, clauses: &mut Vec<Clause>) -> Result<(), Wrong> {
    match &node.yaml {
        Yaml::Bool(true) => clauses.push(Clause::Ack),
        Yaml::Text(text) if text == "any" => clauses.push(Clause::Ack),
        Yaml::Map(entries) => {
            for (key, node) in entries {
                let place = ack_place(key).or_else(|why| {
                    wrong(
                        node.key(),
                        why,
                        "write a way into the acknowledgement, as /ok",
                    )
                })?;
                clauses.push(Clause::AckPlace(place, Wanted::read(node)?));
            }
        }
        _ => {
            let place = Place::from_text("$1").or_else(|why| wrong(node.at(), why, ""))?;
            clauses.push(Clause::AckPlace(place, Wanted::read(node)?));
        }
    }
    Ok(())
}

/// Places in an acknowledgement are those of an event: `/ok` in its first argument, `$2` the second.
fn ack_place(key: &str) -> Result<Place, String> {
    if key.starts_with(['/', '$']) {
        Place::from_text(key)
    } else {
        Err(format!("`{key}` is no place"))
    }
}

/// A name alone must be there; a map says what each must be.
fn read_named(
    node: &Node,
    what: &str,
    name: &dyn Fn(&str) -> String,
    clause: fn(String, Wanted) -> Clause,
    clauses: &mut Vec<Clause>,
) -> Result<(), Wrong> {
    if let Yaml::Map(entries) = &node.yaml {
        for (key, node) in entries {
            clauses.push(clause(name(key), Wanted::read(node)?));
        }
        return Ok(());
    }
    clauses.push(clause(name(node.text(what)?), Wanted::Present));
    Ok(())
}

impl Wanted {
    fn read(node: &Node) -> Result<Self, Wrong> {
        match &node.yaml {
            Yaml::Text(text) if text == "present" => Ok(Self::Present),
            Yaml::Text(text) if text == "absent" => Ok(Self::Absent),
            Yaml::List(items) => {
                let items = items.iter().map(JsonTemplate::read);
                Ok(Self::OneOf(items.collect::<Result<_, _>>()?))
            }
            _ => Ok(Self::OneOf(vec![JsonTemplate::read(node)?])),
        }
    }

    fn each_name<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        if let Self::OneOf(values) = self {
            values.iter().for_each(|value| value.each_name(see));
        }
    }

    /// Whether one of the values that were found is one of those that are wanted.
    fn fits(&self, what: &str, found: &[Value], lookup: &mut dyn Lookup) -> Result<Fit, Unset> {
        let shown = |value: &Value| -> String { value.to_string().chars().take(80).collect() };
        let no = |why: String| Ok(Fit::No(why));
        match self {
            Self::Present if found.is_empty() => no(format!("there is no {what}")),
            Self::Absent => match found.first() {
                Some(value) => no(format!("{what} is {}", shown(value))),
                None => Ok(Fit::Yes),
            },
            Self::Present => Ok(Fit::Yes),
            Self::OneOf(wanted) => {
                let mut values = Vec::new();
                for value in wanted {
                    values.push(value.value(lookup)?);
                }
                let fits = |value: &Value| values.iter().any(|wanted| is_same(wanted, value));
                if found.iter().any(fits) {
                    return Ok(Fit::Yes);
                }
                match found.first() {
                    Some(value) => no(format!("{what} is {}", shown(value))),
                    None => no(format!("there is no {what}")),
                }
            }
        }
    }
}

/// The same value. A header, a cookie and a kept value are texts, whatever the file writes for them.
fn is_same(wanted: &Value, found: &Value) -> bool {
    let is_scalar = |value: &Value| !matches!(value, Value::Array(_) | Value::Object(_));
    wanted == found
        || (is_scalar(wanted)
            && is_scalar(found)
            && (wanted.is_string() || found.is_string())
            && as_text(wanted) == as_text(found))
}

impl Clause {
    fn fits(&self, came: &Came, lookup: &mut dyn Lookup) -> Result<Fit, Unset> {
        let yes =
            |fits: bool, why: &dyn Fn() -> String| Ok(if fits { Fit::Yes } else { Fit::No(why()) });
        let named = |all: &[(String, String)], name: &str| -> Vec<Value> {
            let all = all.iter().filter(|(known, _)| known == name);
            all.map(|(_, value)| Value::String(value.clone())).collect()
        };
        match self {
            Self::Status(wanted) => yes(
                came.status.is_some_and(|status| wanted.contains(&status)),
                &|| came.told(),
            ),
            Self::Has(texts) => look_for(texts, true, came, lookup),
            Self::Lacks(texts) => look_for(texts, false, came, lookup),
            Self::Header(name, wanted) => wanted.fits(
                &format!("header `{name}`"),
                &named(&came.headers, name),
                lookup,
            ),
            Self::Cookie(name, wanted) => wanted.fits(
                &format!("cookie `{name}`"),
                &named(&came.cookies, name),
                lookup,
            ),
            Self::Event(names) => yes(
                came.event
                    .as_ref()
                    .is_some_and(|event| names.contains(event)),
                &|| came.told(),
            ),
            Self::Ack => yes(came.ack.is_some(), &|| came.told()),
            Self::AckPlace(place, wanted) => {
                let Some(ack) = &came.ack else {
                    return Ok(Fit::No(came.told()));
                };
                let ack = Came {
                    event: Some(String::new()),
                    arguments: ack.clone(),
                    ..Came::default()
                };
                wanted.fits(
                    &format!("`{place}` in the acknowledgement"),
                    &place.all(&ack),
                    lookup,
                )
            }
            Self::Close(codes) => {
                let code = came.close.as_ref().and_then(|close| close.code);
                yes(code.is_some_and(|code| codes.contains(&code)), &|| {
                    came.told()
                })
            }
            Self::AnyClose => yes(came.close.is_some(), &|| came.told()),
            Self::Place(place, wanted) => {
                wanted.fits(&format!("`{place}`"), &place.all(came), lookup)
            }
        }
    }
}

fn look_for(
    texts: &[Template],
    wanted: bool,
    came: &Came,
    lookup: &mut dyn Lookup,
) -> Result<Fit, Unset> {
    let whole = came.text();
    for template in texts {
        let text = template.text(lookup)?;
        if whole.contains(&text) != wanted {
            let verb = if wanted { "lacks" } else { "has" };
            return Ok(Fit::No(format!("it {verb} `{text}`: {}", came.told())));
        }
    }
    Ok(Fit::Yes)
}

#[cfg(test)]
mod tests;
