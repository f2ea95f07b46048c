//! JSON whose texts are templates.

use reading::node::{Node, Yaml};
use reading::wrong::Wrong;
use serde_json::{Map, Number, Value};

use super::template::{Lookup, Name, Template, Unset, as_text};
use super::words::template;

/// A value with names in its texts.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonTemplate {
    /// Null, true, false or a number.
    Plain(Value),
    /// A text.
    Text(Template),
    /// A list.
    List(Vec<Self>),
    /// A map; its keys may have names too.
    Map(Vec<(Template, Self)>),
}

impl JsonTemplate {
    /// Reads a value of the file.
    ///
    /// # Errors
    /// A text that is no template.
    pub fn read(node: &Node) -> Result<Self, Wrong> {
        Ok(match &node.yaml {
            Yaml::Null => Self::Plain(Value::Null),
            Yaml::Bool(value) => Self::Plain(Value::Bool(*value)),
            Yaml::Number(number) => Self::Plain(Value::Number(Number::clone(number))),
            Yaml::Text(text) => Self::Text(template(node, text)?),
            Yaml::List(items) => {
                let items = items.iter().map(Self::read);
                Self::List(items.collect::<Result<_, _>>()?)
            }
            Yaml::Map(entries) => {
                let entry =
                    |(key, value): &(String, Node)| Ok((template(value, key)?, Self::read(value)?));
                Self::Map(entries.iter().map(entry).collect::<Result<_, Wrong>>()?)
            }
        })
    }

    /// The value with all names filled in.
    ///
    /// # Errors
    /// The first name that stands for nothing.
    pub fn value(&self, lookup: &mut dyn Lookup) -> Result<Value, Unset> {
        Ok(match self {
            Self::Plain(value) => value.clone(),
            Self::Text(text) => text.value(lookup)?,
            Self::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(item.value(lookup)?);
                }
                Value::Array(list)
            }
            Self::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    let value = match value.value(lookup) {
                        Err(_) if lookup.leaves_out() => continue,
                        value => value?,
                    };
                    map.insert(key.text(lookup)?, value);
                }
                Value::Object(map)
            }
        })
    }

    /// The value as a text, for a header or a field of a form.
    ///
    /// # Errors
    /// The first name that stands for nothing.
    pub fn text(&self, lookup: &mut dyn Lookup) -> Result<String, Unset> {
        self.value(lookup).map(|value| as_text(&value))
    }

    /// Hands out the names in it.
    pub fn each_name<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        match self {
            Self::Plain(_) => {}
            Self::Text(text) => text.names().for_each(see),
            Self::List(items) => items.iter().for_each(|item| item.each_name(see)),
            Self::Map(entries) => {
                for (key, value) in entries {
                    key.names().for_each(&mut *see);
                    value.each_name(see);
                }
            }
        }
    }
}
