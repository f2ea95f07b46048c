//! Values that the server makes: which become markers of whoever got them, and which nobody may ever see.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

use crate::language::audience::Audience;
use crate::language::place::Place;
use crate::language::words::one_or_several;

/// A value that the server makes.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Where it comes from.
    pub from: SecretFrom,
    /// Whose it is.
    pub to: Audience,
}

/// Where such a value comes from.
#[derive(Clone, Debug)]
pub enum SecretFrom {
    /// A place in an event of this name.
    Event(String, Place),
    /// A value that a step keeps.
    Kept(String),
}

/// Places in events of this name, or in all.
#[derive(Clone, Debug)]
pub struct EventPlaces {
    /// The event; none where all are meant.
    pub event: Option<String>,
    /// The places.
    pub places: Vec<Place>,
}

/// `secrets: [{event: state, at: /you/hand/*/id, to: tab}, client]`.
pub(crate) fn secrets(node: &Node) -> Result<Vec<Secret>, Wrong> {
    one_or_several(node).iter().map(secret).collect()
}

fn secret(node: &Node) -> Result<Secret, Wrong> {
    if let Yaml::Text(name) = &node.yaml {
        let from = SecretFrom::Kept(name.clone());
        return Ok(Secret {
            from,
            to: Audience::owner(),
        });
    }
    let mut fields = Fields::of(node, "a secret", &["event", "at", "kept", "to", "but"])?;
    let from = match (fields.take("event"), fields.take("kept")) {
        (Some(event), None) => {
            let at = fields.need("at")?;
            SecretFrom::Event(event.text("event")?.to_owned(), Place::read(at, "at")?)
        }
        (None, Some(kept)) => SecretFrom::Kept(kept.text("kept")?.to_owned()),
        _ => {
            return wrong(
                node.at(),
                "a secret does not say where it comes from",
                "write {event: NAME, at: PLACE}, or the name of what a step keeps",
            );
        }
    };
    let (to, but) = (fields.take("to"), fields.take("but"));
    Ok(Secret {
        from,
        to: Audience::read(to, but)?,
    })
}

/// A list of places is for all events; a map has them by event.
pub(crate) fn event_places(node: &Node, what: &str) -> Result<Vec<EventPlaces>, Wrong> {
    let places = |node: &Node| -> Result<Vec<Place>, Wrong> {
        let all = one_or_several(node).iter();
        all.map(|node| Place::read(node, what)).collect()
    };
    match &node.yaml {
        Yaml::Map(entries) => {
            let one = |(event, node): &(String, Node)| {
                Ok(EventPlaces {
                    event: Some(event.clone()),
                    places: places(node)?,
                })
            };
            entries.iter().map(one).collect()
        }
        _ => Ok(vec![EventPlaces {
            event: None,
            places: places(node)?,
        }]),
    }
}

/// Names of events: a list, or a map whose values say more about each.
pub(crate) fn names(node: &Node, what: &str) -> Result<Vec<String>, Wrong> {
    match &node.yaml {
        Yaml::Map(entries) => Ok(entries.iter().map(|(name, _)| name.clone()).collect()),
        _ => crate::language::words::texts(node, what),
    }
}
