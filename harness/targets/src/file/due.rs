//! What goes out with an action, and how many events are due for it.

use serde_json::{Map, Value};

use super::action::{Action, Takes};
use super::yields::{Amount, MOST, Yield};

/// How many events of a name are due at each place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// At least so many.
    pub least: u64,
    /// And no more.
    pub is_exact: bool,
}

impl Action {
    /// The parameters that go out: what a scenario gives over what the file says, and the marker in its places. Users,
    /// sessions, tabs and groups stand only as they are given.
    #[must_use]
    pub fn parameters(&self, given: &Map<String, Value>, marker: &str) -> Map<String, Value> {
        let mut all = Map::new();
        for (name, takes) in &self.takes {
            let value = match takes {
                Takes::Marker(_) => Some(Value::from(marker)),
                Takes::Value(value) => Some(value.clone()),
                Takes::User | Takes::Session | Takes::Tab | Takes::Group(_) => None,
            };
            all.extend(value.map(|value| (name.clone(), value)));
        }
        // What the file does not list goes out too: a target may know more than its file.
        all.extend(given.clone());
        all
    }

    /// What is due with these parameters, by event, in the order of the file.
    #[must_use]
    pub fn due(&self, parameters: &Map<String, Value>) -> Vec<(&str, Due)> {
        let yields = self.yields.iter();
        yields
            .map(|(event, made)| (event.as_str(), made.due(parameters)))
            .collect()
    }

    /// A parameter that says how many events are due, and is no whole number up to a thousand million.
    #[must_use]
    pub fn uncounted(&self, parameters: &Map<String, Value>) -> Option<&str> {
        let mut names = self.yields.iter().filter_map(|(_, made)| made.counted_by());
        names.find(|name| parameters.get(*name).and_then(whole).is_none())
    }
}

impl Yield {
    /// How many are due with these parameters; none at least, where the parameter that says it has no number.
    #[must_use]
    pub fn due(&self, parameters: &Map<String, Value>) -> Due {
        let least = match &self.count.least {
            Amount::Number(number) => Some(*number),
            Amount::Parameter(name) => parameters.get(name).and_then(whole),
        };
        Due {
            least: least.unwrap_or(0),
            is_exact: self.count.is_exact && least.is_some(),
        }
    }

    fn counted_by(&self) -> Option<&str> {
        match &self.count.least {
            Amount::Number(_) => None,
            Amount::Parameter(name) => Some(name),
        }
    }
}

/// The whole number in a parameter: a number (also `3.0`), or the text of a form field.
fn whole(value: &Value) -> Option<u64> {
    let number = match value {
        Value::Number(number) => number
            .as_u64()
            .or_else(|| number.to_string().strip_suffix(".0")?.parse().ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| *number <= MOST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn action(text: &str) -> Action {
        let file = format!("target: x\nlogin: none\nsocket: {{}}\nactions:\n  it: {text}\n");
        let target = crate::parse(&file).expect("a target");
        target.action("it").expect("there").clone()
    }

    fn map(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).expect("a map")
    }

    const COUNTED: &str = "{takes: {text: marker, steps: 3, way: {value: up}, to: user}, do: {emit: [go, \"{parameters}\"]}, \
                           yields: {step: steps+, done: steps, end: 1, typing: 0+}}";

    #[test]
    fn what_goes_out_is_given_or_usual() {
        let it = action(COUNTED);
        let usual = it.parameters(&Map::new(), "m");
        assert_eq!(usual, map(json!({ "text": "m", "steps": 3, "way": "up" })));
        let given = it.parameters(&map(json!({ "steps": 5, "pace": 20, "to": "bob" })), "m");
        assert_eq!(
            given,
            map(json!({ "text": "m", "steps": 5, "way": "up", "pace": 20, "to": "bob" }))
        );
        // A scenario that gives the text itself means it so.
        let own = it.parameters(&map(json!({ "text": "own" })), "m");
        assert_eq!(own["text"], "own");
    }

    #[test]
    fn what_is_due_is_counted_by_parameters() {
        let it = action(COUNTED);
        let due = |steps: Value| -> Vec<(String, u64, bool)> {
            let parameters = it.parameters(&map(json!({ "steps": steps })), "m");
            let due = it.due(&parameters).into_iter();
            due.map(|(event, due)| (event.to_owned(), due.least, due.is_exact))
                .collect()
        };
        let of = |steps: u64| {
            vec![
                ("step".to_owned(), steps, false),
                ("done".to_owned(), steps, true),
                ("end".to_owned(), 1, true),
                ("typing".to_owned(), 0, false),
            ]
        };
        for three in [json!(3), json!(3.0), json!("3"), json!(" 3 ")] {
            assert_eq!(due(three.clone()), of(3), "{three}");
        }
        assert_eq!(due(json!(0)), of(0));
        let nothing = due(json!("many"));
        assert_eq!(nothing[1], ("done".to_owned(), 0, false));
    }

    #[test]
    fn a_parameter_that_counts_and_is_no_number_is_named() {
        let it = action(COUNTED);
        let uncounted = |steps: Value| it.uncounted(&map(json!({ "steps": steps })));
        assert_eq!(uncounted(json!(3)), None);
        for bad in [
            json!("many"),
            json!(-1),
            json!(1.5),
            json!(null),
            json!(MOST + 1),
        ] {
            assert_eq!(uncounted(bad.clone()), Some("steps"), "{bad}");
        }
        assert_eq!(it.uncounted(&Map::new()), Some("steps"));
        assert_eq!(
            action("{do: {emit: [a, \"{marker}\"]}}").uncounted(&Map::new()),
            None
        );
    }
}
