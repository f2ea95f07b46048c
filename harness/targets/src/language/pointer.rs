//! Ways into a value, as `/p/0/q`: JSON pointers in which `*` is each element, and which go on through a text that holds
//! JSON.

use std::fmt;

use serde_json::Value;

/// Values that one pointer may find; a hostile list of lists would make any number of them.
const MOST: usize = 10_000;

/// A way into a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// `*`: each element.
    Each,
    Name(String),
}

impl Pointer {
    /// The value itself.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Reads one: nothing, or names with a `/` before each.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() || text == "/" {
            return Ok(Self::root());
        }
        let Some(names) = text.strip_prefix('/') else {
            return Err(format!("`{text}` does not begin with /"));
        };
        let segment = |name: &str| match name {
            "*" => Segment::Each,
            name => Segment::Name(name.replace("~1", "/").replace("~0", "~")),
        };
        Ok(Self(names.split('/').map(segment).collect()))
    }

    /// Whether it can find several values.
    #[must_use]
    pub fn is_each(&self) -> bool {
        self.0.contains(&Segment::Each)
    }

    /// All values that it finds, at most ten thousand.
    #[must_use]
    pub fn all(&self, value: &Value) -> Vec<Value> {
        let mut found = vec![value.clone()];
        for segment in &self.0 {
            let mut next = Vec::new();
            for value in found {
                segment.step(value, &mut next);
                if next.len() >= MOST {
                    break;
                }
            }
            found = next;
        }
        found.truncate(MOST);
        found
    }

    /// The first value that it finds.
    #[must_use]
    pub fn first(&self, value: &Value) -> Option<Value> {
        self.all(value).into_iter().next()
    }
}

impl Segment {
    fn step(&self, value: Value, next: &mut Vec<Value>) {
        match (self, value) {
            (Self::Each, Value::Array(items)) => next.extend(items.into_iter().take(MOST)),
            (Self::Each, Value::Object(entries)) => {
                next.extend(entries.into_iter().map(|(_, value)| value).take(MOST));
            }
            (Self::Name(name), Value::Object(mut entries)) => next.extend(entries.remove(name)),
            (Self::Name(name), Value::Array(mut items)) => {
                let at = name.parse().ok().filter(|at| *at < items.len());
                next.extend(at.map(|at: usize| items.swap_remove(at)));
            }
            // A text that holds JSON. JSON inside of it is a text of its own, so this ends.
            (segment, Value::String(text)) => {
                if let Ok(inner @ (Value::Array(_) | Value::Object(_))) =
                    serde_json::from_str(&text)
                {
                    segment.step(inner, next);
                }
            }
            (_, Value::Null | Value::Bool(_) | Value::Number(_)) => {}
        }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Each => f.write_str("/*"),
            Segment::Name(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(pointer: &str, value: &Value, found: &Value) {
        let read = Pointer::read(pointer).expect("a pointer");
        assert_eq!(Value::Array(read.all(value)), *found, "{pointer}");
    }

    #[test]
    fn a_pointer_finds_what_it_names_also_in_a_text() {
        let value = json!({ "a": [{ "b": 1 }, { "b": 2 }], "s": "{\"x\":[3]}", "/": 4, "n": null });
        check("", &value, &json!([value]));
        check("/a/0/b", &value, &json!([1]));
        check("/a/*/b", &value, &json!([1, 2]));
        check("/a/7/b", &value, &json!([]));
        check("/a/b", &value, &json!([]));
        check("/s/x/0", &value, &json!([3]));
        check("/~1", &value, &json!([4]));
        check("/n", &value, &json!([null]));
        check("/n/x", &value, &json!([]));
        check("/0", &json!("no JSON"), &json!([]));
        assert!(Pointer::read("a/b").is_err());
    }

    #[test]
    fn what_one_pointer_finds_has_a_bound() {
        let rows: Vec<Value> = (0..200).map(|_| json!(vec![0; 200])).collect();
        let found = Pointer::read("/*/*").expect("a pointer").all(&rows.into());
        assert_eq!(found.len(), MOST);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(names in prop::collection::vec("[a-z*~/]{0,4}", 1..4)) {
            let text: String = names.iter().map(|name| {
                format!("/{}", name.replace('~', "~0").replace('/', "~1"))
            }).collect();
            if text != "/" {
                let read = Pointer::read(&text).expect("a pointer");
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
