use super::*;
use crate::parse::KEYS;

fn keys(schema: &Value) -> Vec<&str> {
    let properties = schema["properties"].as_object().expect("a map");
    properties.keys().map(String::as_str).collect()
}

#[track_caller]
fn check(what: &str, schema: &Value, known: &[&str]) {
    let (mut schema, mut known) = (keys(schema), known.to_vec());
    schema.sort_unstable();
    known.sort_unstable();
    assert_eq!(schema, known, "{what}");
}

#[test]
fn each_map_has_the_keys_of_its_reader() {
    check("the file", &schema(), &KEYS);
    check("an action", &action(), &crate::file::action::KEYS);
    check("a socket", &parts::socket(), &crate::file::socket::KEYS);
    check("a start", &parts::start(), &crate::file::start::KEYS);
    check("a journey", &parts::journey(), &crate::file::journey::KEYS);
    check("a group", &group(), &crate::file::group::KEYS);
    check(
        "an event",
        &yielded()["anyOf"][1],
        &crate::file::yields::KEYS,
    );
    check("a step", &step(), &crate::language::step::keys());
    check(
        "a predicate",
        &predicate(),
        &crate::language::predicate::KEYS,
    );
    check(
        "a place",
        &place()["anyOf"][1],
        &crate::language::place::KEYS,
    );
}
