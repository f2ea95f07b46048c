//! The target files in the documentation are accepted, by the reader and by the schema, and every key is on the page of
//! the format.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(root().join("docs/reference/target.md")).expect("the page")
}

/// The blocks of the page with these words behind their fence.
fn blocks(page: &str, words: &str) -> Vec<String> {
    let fence = format!("```{words}\n");
    let blocks = page.split(&fence).skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap_or_default().to_owned());
    blocks.collect()
}

fn map(text: &str) -> Map<String, Value> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).expect("a map")
}

#[track_caller]
fn accepted(text: &str) {
    if let Err(wrong) = targets::read("target.md", text) {
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        panic!("{text}\n{}", wrong.join("\n"));
    }
    let file = Value::Object(map(text));
    if let Err(error) = jsonschema::validate(&targets::schema(), &file) {
        panic!("{text}\n{error}");
    }
}

#[test]
fn each_file_on_a_page_is_accepted() {
    let pages = [
        "README.md",
        "docs/reference/target.md",
        "docs/how-to/your-server.md",
    ];
    let pages = pages.map(|page| fs::read_to_string(root().join(page)).expect("a page"));
    let page = pages.join("\n");
    let mut whole = blocks(&page, "yaml target");
    whole.extend(blocks(&page, "yaml target=mine.yaml"));
    whole.iter().for_each(|text| accepted(text));
    let around = "scenarios/targets/reference.yaml";
    let around = map(&fs::read_to_string(root().join(around)).expect("text"));
    let parts = blocks(&page, "yaml target-part");
    for part in &parts {
        let mut file = around.clone();
        file.extend(map(part));
        accepted(&Value::Object(file).to_string());
    }
    assert!(whole.len() >= 4 && parts.len() >= 9);
}

#[test]
fn each_key_is_on_the_page() {
    let page = page();
    let schema = targets::schema();
    let keys = |part: &Value| -> Vec<String> {
        let properties = part["properties"].as_object().expect("a map");
        properties.keys().cloned().collect()
    };
    let definitions = &schema["$defs"];
    let parts = [
        &schema,
        &definitions["step"],
        &definitions["predicate"],
        &definitions["place"]["anyOf"][1],
        &definitions["action"],
        &definitions["group"],
        &definitions["yield"]["anyOf"][1],
        &schema["properties"]["start"],
        &schema["properties"]["socket"]["anyOf"][1]["anyOf"][0],
    ];
    for key in parts.into_iter().flat_map(keys) {
        let is_there = [format!("`{key}"), format!("{{{key}: "), format!("`{{{key}")];
        assert!(is_there.iter().any(|key| page.contains(key)), "{key}");
    }
}
