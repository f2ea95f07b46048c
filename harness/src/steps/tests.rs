//! What a step writes is read as the same step, for every kind of step.
//!
//! The settings are drawn by each kind's own schema, so that a new kind is tested without a case of its own.

use proptest::collection::{btree_map, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::{Union, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use super::entry::lines;
use super::step_trait::{Step, StepAt};
use super::{STEPS, reader};
use reading::node;

/// Settings that are drawn for each kind.
const DRAWS: usize = 4000;
/// How many of them must be right by the reader: the schema does not know that settings exclude each other.
const READ: usize = 64;
/// Levels of steps inside steps.
const DEPTH: usize = 2;

/// Texts that mean something to a reader, and some that a file can only have in quotes.
const TEXTS: [&str; 12] = [
    "s1",
    "alice.s1",
    "it's \"a\" #1",
    "a: b",
    "- no, {x}",
    "yes",
    "12",
    "~",
    "straße",
    "e\u{301}ve.é\u{7f}\u{2028}",
    "/",
    "/api/actions/{alice.s1}?x=[1]",
];
const PLACES: [&str; 8] = [
    "alice",
    "bob/phone",
    "o'x \"y\"/desktop/2",
    "שלום/desktop",
    "e\u{301}ve/phone/1",
    "everyone",
    "stranger/1/desktop",
    "stranger/2",
];

#[test]
fn what_a_step_writes_is_read_as_the_same_step() {
    for kind in STEPS {
        let drawn = by_schema(&(kind.schema)(), DEPTH);
        let mut runner = TestRunner::deterministic();
        let settings = (0..DRAWS).map(|_| drawn.new_tree(&mut runner).expect("drawn").current());
        let steps =
            settings.filter_map(|settings| read(&json!([{ kind.name: settings }]).to_string()));
        let steps: Vec<Vec<StepAt>> = steps.take(READ).collect();
        assert_eq!(steps.len(), READ, "`{}` is hardly ever read", kind.name);
        for step in steps.iter().flatten() {
            is_read_again(&*step.step);
        }
    }
}

#[track_caller]
fn is_read_again(step: &dyn Step) {
    let text = lines(&[step.written()], 2);
    let again = read(&text).unwrap_or_else(|| panic!("it cannot be read:\n{text}"));
    let [again] = again.as_slice() else {
        panic!("it is {} steps:\n{text}", again.len())
    };
    // `Debug` shows everything that a step has.
    assert_eq!(format!("{again:?}"), format!("{step:?}"), "{text}");
}

/// The steps of a list.
fn read(text: &str) -> Option<Vec<StepAt>> {
    reader().steps(&node::read(text).ok()?, "steps").ok()
}

/// Settings that this schema allows, with steps inside steps down to a depth.
fn by_schema(schema: &Value, depth: usize) -> BoxedStrategy<Value> {
    let list = |name: &str| schema[name].as_array();
    if let Some(schemas) = list("oneOf").or(list("anyOf")) {
        return Union::new(schemas.iter().map(|schema| by_schema(schema, depth))).boxed();
    }
    if let Some(words) = list("enum") {
        return select(words.clone()).boxed();
    }
    if let Some(word) = schema.get("const") {
        return Just(word.clone()).boxed();
    }
    let size = |name: &str, usual: u64| schema[name].as_u64().unwrap_or(usual);
    match schema["$ref"].as_str().or(schema["type"].as_str()) {
        Some("#/$defs/place") => select(&PLACES).prop_map(Value::from).boxed(),
        Some("#/$defs/step") => step(depth),
        Some("#/$defs/steps") => vec(step(depth), 1..3).prop_map(Value::from).boxed(),
        Some("integer") => (size("minimum", 0)..=size("maximum", u64::MAX))
            .prop_map(Value::from)
            .boxed(),
        Some("array") => {
            let least = usize::try_from(size("minItems", 0)).expect("a short list");
            let items = vec(by_schema(&schema["items"], depth), least..least + 3);
            items.prop_map(Value::from).boxed()
        }
        Some("object") => map(schema, depth),
        Some("string") if schema["pattern"].is_string() => (1..300, select(&["ms", "s", "m"]))
            .prop_map(|(number, unit)| json!(format!("{number}{unit}")))
            .boxed(),
        Some("string") => select(&TEXTS).prop_map(Value::from).boxed(),
        None if *schema == true => any_value(),
        _ => panic!("draw this as well: {schema}"),
    }
}

/// One step; at depth 0 one that has no steps inside.
fn step(depth: usize) -> BoxedStrategy<Value> {
    let kinds = STEPS.iter().filter_map(|kind| {
        let schema = (kind.schema)();
        let is_deep = schema.to_string().contains("#/$defs/step");
        let settings =
            (depth > 0 || !is_deep).then(|| by_schema(&schema, depth - usize::from(is_deep)));
        Some(settings?.prop_map(|settings| json!({ kind.name: settings })))
    });
    Union::new(kinds).boxed()
}

fn map(schema: &Value, depth: usize) -> BoxedStrategy<Value> {
    let required = schema["required"].as_array();
    let named = schema["properties"].as_object().into_iter().flatten();
    let mut settings: Vec<_> = named
        .map(|(name, schema)| {
            let is_needed = required.is_some_and(|all| all.iter().any(|other| other == name));
            let setting = (Just(name.clone()), by_schema(schema, depth));
            if is_needed {
                setting.prop_map(Some).boxed()
            } else {
                weighted(0.25, setting).boxed()
            }
        })
        .collect();
    for schema in schema["patternProperties"]
        .as_object()
        .into_iter()
        .flatten()
    {
        // Only places have a pattern.
        assert_eq!(schema.0, "^/");
        let name = select(&["/id", "/a/0/*", "/ä {b}"]).prop_map(str::to_owned);
        settings.push(weighted(0.5, (name, by_schema(schema.1, depth))).boxed());
    }
    match &schema["additionalProperties"] {
        Value::Bool(false) => {}
        Value::Null => {
            settings.push(weighted(0.5, (Just("a name".to_owned()), any_value())).boxed());
        }
        others => {
            let name = select(&["Cookie", "X-Y"]).prop_map(str::to_owned);
            settings.push(weighted(0.5, (name, by_schema(others, depth))).boxed());
        }
    }
    settings
        .prop_map(|all| all.into_iter().flatten().collect::<Map<_, _>>().into())
        .boxed()
}

fn any_value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        select(&TEXTS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let deeper = |inner: BoxedStrategy<Value>| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(select(&TEXTS), inner, 0..3).prop_map(|all| json!(all)),
        ]
    };
    leaf.prop_recursive(2, 6, 3, deeper).boxed()
}
