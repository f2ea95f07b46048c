//! What an answer must be, clause by clause: the predicates of target files in a scenario's `expect`.
//!
//! They are read and judged by the crate `targets`, so that a scenario calls refused what a property calls refused. Only
//! what stands in braces is a scenario's own: each text with braces becomes one name in the predicate, and what the
//! scenario's template makes of the text is what that name stands for.

use std::fmt;

use diagnostics::meant;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};
use serde_json::{Value, json};
use targets::language::came::Came;
use targets::language::predicate::{Fit, Predicate};
use targets::language::template::{Lookup, Made};

use super::schema_parts;
use super::template;

/// Letters of a claim that a clause may have.
const TOLD: usize = 200;

/// What an answer is, and so which clauses it may have. Each may have places beside them, as `/id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// To a request.
    Answer,
    /// To an event.
    Acknowledgement,
}

impl Of {
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Answer => &["status", "has", "lacks", "header", "cookie"],
            Self::Acknowledgement => &["ack", "has", "lacks"],
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Answer => "an answer to a request",
            Self::Acknowledgement => "an acknowledgement",
        }
    }

    /// The JSON Schema of a map of clauses.
    pub(crate) fn schema(self) -> Value {
        let text = schema_parts::text();
        let texts = json!({ "oneOf": [text, { "type": "array", "items": text, "minItems": 1 }] });
        // One name, or what each must be.
        let named = json!({ "oneOf": [text, { "type": "object", "minProperties": 1, "additionalProperties": true }] });
        let one = |key: &&str| {
            let schema = match *key {
                "status" => schema_parts::statuses(),
                "has" | "lacks" => texts.clone(),
                "header" | "cookie" => named.clone(),
                _ => json!(true),
            };
            ((*key).to_owned(), schema)
        };
        let clauses: serde_json::Map<_, _> = self.keys().iter().map(one).collect();
        json!({ "type": "object", "minProperties": 1, "properties": clauses, "patternProperties": { "^/": true }, "additionalProperties": false })
    }
}

/// Clauses that must all be true of an answer.
pub(crate) struct Clauses {
    /// As they stand in the file.
    written: Value,
    all: Vec<Clause>,
}

/// One of them.
pub(crate) struct Clause {
    /// In the words of a claim, after what was asked.
    told: String,
    predicate: Predicate,
    /// Texts of the scenario, by the number in their names.
    texts: Vec<String>,
    needs_body: bool,
    is_lacks: bool,
}

/// As they stand in the file, without the places of their words.
impl fmt::Debug for Clauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

impl Clauses {
    /// Reads a map of clauses.
    pub(crate) fn read(node: &Node, of: Of) -> Result<Self, Wrong> {
        let entries = node.map("expect")?;
        if entries.is_empty() {
            return wrong(
                node.at(),
                "`expect` is an empty map",
                format!("write at least one of {}", of.keys().join(", ")),
            );
        }
        let all = entries
            .iter()
            .map(|(key, value)| clause(node, key, value, of));
        Ok(Self {
            all: all.collect::<Result<_, _>>()?,
            written: node.json(),
        })
    }

    /// As they stand in the file.
    pub(crate) fn written(&self) -> Value {
        self.written.clone()
    }

    /// The texts in which references may stand.
    pub(crate) fn texts(&self) -> Vec<&str> {
        template::strings(&self.written)
    }

    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Clause> {
        self.all.iter()
    }
}

fn clause(map: &Node, key: &str, value: &Node, of: Of) -> Result<Clause, Wrong> {
    if !of.keys().contains(&key) && !key.starts_with('/') {
        return wrong(
            value.key(),
            format!("there is no `{key}` in what {} must be", of.told()),
            format!("{}, or a place such as /id", meant(key, of.keys())),
        );
    }
    if let Yaml::List(_) = value.yaml {
        value.list(key)?;
    }
    let mut texts = Vec::new();
    let named = match &value.yaml {
        // The names of headers, cookies and places are no texts with references.
        Yaml::Map(entries) if matches!(key, "header" | "cookie" | "ack") => {
            let each = entries.iter();
            let each = each.map(|(name, value)| (name.clone(), with_names(value, &mut texts)));
            with(value, Yaml::Map(each.collect()))
        }
        _ => with_names(value, &mut texts),
    };
    let one = with(map, Yaml::Map(vec![(key.to_owned(), named)]));
    Ok(Clause {
        told: told(key, &value.json()),
        predicate: Predicate::read(&one, "expect")?,
        texts,
        is_lacks: key == "lacks",
        needs_body: matches!(key, "has" | "lacks") || key.starts_with('/'),
    })
}

/// The value with a name in place of each text that has braces.
fn with_names(node: &Node, texts: &mut Vec<String>) -> Node {
    let yaml = match &node.yaml {
        Yaml::Text(text) if text.contains(['{', '}']) => {
            texts.push(text.clone());
            Yaml::Text(format!("{{t{}}}", texts.len() - 1))
        }
        Yaml::List(items) => {
            let items = items.iter().map(|item| with_names(item, texts));
            Yaml::List(items.collect())
        }
        Yaml::Map(entries) => {
            // A name is a name, also one with braces.
            let literal = |name: &str| name.replace('{', "{{").replace('}', "}}");
            let each = entries.iter();
            let each = each.map(|(name, value)| (literal(name), with_names(value, texts)));
            Yaml::Map(each.collect())
        }
        other => other.clone(),
    };
    with(node, yaml)
}

/// Another value at the same place.
fn with(node: &Node, yaml: Yaml) -> Node {
    let mut node = node.clone();
    node.yaml = yaml;
    node
}

fn told(key: &str, value: &Value) -> String {
    let one = |value: &Value| match value {
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    };
    let any_of = |value: &Value, joint: &str| match value {
        Value::Array(items) => items.iter().map(one).collect::<Vec<_>>().join(joint),
        other => one(other),
    };
    let named = |value: &Value| match value {
        Value::Object(entries) => {
            let each = entries.iter();
            let each = each.map(|(name, value)| format!("{name}: {}", any_of(value, " or ")));
            each.collect::<Vec<_>>().join(", ")
        }
        other => one(other),
    };
    let mut told = match key {
        "status" => format!("answers {}", any_of(value, " or ")),
        "has" => format!("has {}", any_of(value, " and ")),
        "lacks" => format!("lacks {}", any_of(value, " and ")),
        "header" | "cookie" => format!("has the {key} {}", named(value)),
        "ack" if matches!(value, Value::Bool(true)) => "is acknowledged".to_owned(),
        "ack" => format!("is acknowledged with {}", named(value)),
        place => format!("has {place}: {}", any_of(value, " or ")),
    };
    if let Some((end, _)) = told.char_indices().nth(TOLD) {
        told.truncate(end);
        told.push('…');
    }
    told
}

/// What the scenario's texts are now.
struct Filled(Vec<String>);

impl Lookup for Filled {
    /// Names of target files do not get as far as a predicate.
    fn make(&mut self, _: Made) -> Value {
        Value::Null
    }

    fn kept(&self, _: Option<&str>, name: &str) -> Option<Value> {
        let number: usize = name.strip_prefix('t')?.parse().ok()?;
        self.0.get(number).cloned().map(Value::String)
    }
}

impl Clause {
    /// The texts that must not be there; none where it says something else.
    pub(crate) fn unwanted(&self) -> &[String] {
        if self.is_lacks { &self.texts } else { &[] }
    }

    /// In the words of a claim, after what was asked.
    pub(crate) fn told(&self) -> &str {
        &self.told
    }

    /// Whether it looks into the body.
    pub(crate) const fn needs_body(&self) -> bool {
        self.needs_body
    }

    /// Why it is not true of what came; none where it is. `shown` is the same without what must stay out of messages.
    /// `fill` knows what the references stand for.
    pub(crate) fn why_not<E>(
        &self,
        came: &Came,
        shown: &Came,
        fill: impl Fn(&str) -> Result<String, E>,
    ) -> Result<Option<String>, E> {
        let filled = self.texts.iter().map(|text| fill(text));
        let mut filled = Filled(filled.collect::<Result<_, _>>()?);
        // Each name in it is one of ours, so that none is unset.
        if self.predicate.fits(came, &mut filled) == Ok(Fit::Yes) {
            return Ok(None);
        }
        Ok(Some(match self.predicate.fits(shown, &mut filled) {
            Ok(Fit::No(why)) => why,
            _ => shown.told(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use reading::node;

    use super::*;

    fn read(text: &str, of: Of) -> Result<Clauses, String> {
        Clauses::read(&node::read(text).expect("YAML"), of).map_err(|wrong| wrong.message)
    }

    /// What of an answer is not so, where `{alice.x}` is 7.
    #[track_caller]
    fn check(clauses: &str, wrong: &[&str]) {
        let came = Came {
            status: Some(302),
            headers: vec![("location".into(), "/home".into())],
            cookies: vec![("sid".into(), "a b".into())],
            body: Some(r#"{"id": 7, "brace": "{", "items": [{"a{": "x"}]}"#.into()),
            ..Came::default()
        };
        let clauses = read(clauses, Of::Answer).expect("clauses");
        let fill =
            |text: &str| template::fill(text, &|_: &template::Reference| Some("7".to_owned()));
        let found = clauses.iter().filter_map(|clause| {
            let why = clause.why_not(&came, &came, fill).expect("filled");
            why.map(|why| format!("{}: {why}", clause.told()))
        });
        assert_eq!(found.collect::<Vec<_>>(), wrong);
    }

    #[test]
    fn each_clause_is_judged_by_itself_with_its_references_filled_in() {
        check(
            r#"{status: [200, 302], header: {Location: /home}, cookie: sid, has: '"id": {alice.x}', /id: "{alice.x}"}"#,
            &[],
        );
        check(
            "{has: ['{{', '\"id\"'], /brace: '{{', cookie: {sid: a b}}",
            &[],
        );
        check("{/items/0: {'a{': x}, /none: absent}", &[]);
        check(
            "{status: 200, header: {Location: '/{alice.x}'}, lacks: '{alice.x}', /id: [1, 8]}",
            &[
                "answers 200: status 302, `{\"id\": 7, \"brace\": \"{\", \"items\": [{\"a{\": \"x\"}]}`",
                "has the header Location: `/{alice.x}`: header `location` is \"/home\"",
                "lacks `{alice.x}`: it has `7`: status 302, `{\"id\": 7, \"brace\": \"{\", \"items\": [{\"a{\": \"x\"}]}`",
                "has /id: 1 or 8: `/id` is 7",
            ],
        );
    }

    #[test]
    fn an_answer_has_only_the_clauses_of_its_kind() {
        for (text, of, says) in [
            ("{stauts: 200}", Of::Answer, "there is no `stauts`"),
            ("{ack: true}", Of::Answer, "there is no `ack`"),
            ("{$2: 1}", Of::Answer, "there is no `$2`"),
            ("{status: 200}", Of::Acknowledgement, "there is no `status`"),
            ("{ack: {ok: true}}", Of::Acknowledgement, "`ok` is no place"),
            ("{}", Of::Answer, "`expect` is an empty map"),
            ("{status: []}", Of::Answer, "`status` is an empty list"),
            ("{status: 99}", Of::Answer, "`status` is 99"),
        ] {
            let message = read(text, of).expect_err(text);
            assert!(message.contains(says), "{text}: {message}");
        }
    }

    #[test]
    fn a_claim_has_a_bound() {
        let clauses = read(&format!("{{has: {}}}", "x".repeat(5000)), Of::Answer);
        let clauses = clauses.expect("clauses");
        let told = clauses.iter().map(|clause| clause.told().chars().count());
        assert_eq!(told.collect::<Vec<_>>(), [TOLD + 1]);
    }
}
