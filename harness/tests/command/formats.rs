//! The schemas in `scenarios/contract` are those that the program prints, and an independent validator finds that the
//! scenarios of this project match theirs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::schema;
use serde_json::Value;

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

#[test]
fn the_committed_schemas_are_the_programs() {
    for format in ["scenario", "target", "history", "report", "selftest"] {
        let file = scenarios().join(format!("contract/{format}.schema.json"));
        assert_eq!(
            fs::read_to_string(&file).expect("the file"),
            schema(format),
            "run `make schemas`"
        );
    }
}

fn files(folder: &str) -> Vec<PathBuf> {
    yaml_in(&scenarios().join(folder))
}

fn yaml_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "yaml"))
        .collect()
}

fn valid(format: &str, path: &Path) -> bool {
    let schema: Value = serde_json::from_str(&schema(format)).expect("JSON");
    let text = fs::read_to_string(path).expect("text");
    let value: Value = serde_saphyr::from_str(&text).expect("YAML");
    jsonschema::is_valid(&schema, &value)
}

#[test]
fn scenarios_and_targets_match_their_schemas() {
    let mut rules: Vec<String> = Vec::new();
    for path in [
        "isolation",
        "delivery",
        "scheduler",
        "sessions",
        "noninterference",
        "groups",
        "pages",
    ]
    .iter()
    .flat_map(|folder| files(folder))
    {
        assert!(valid("scenario", &path), "{}", path.display());
        let value: Value =
            serde_saphyr::from_str(&fs::read_to_string(&path).expect("text")).expect("YAML");
        rules.extend(
            value["rules"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|rule| rule.as_str().expect("a text").to_owned()),
        );
    }
    for rule in [
        "ISO01", "ISO02", "ISO03", "ISO04", "ISO05", "ISO06", "ISO07", "ISO08", "ISO09", "ISO10",
        "ISO15", "ISO16", "ISO17", "ISO18", "ISO19", "ISO20", "ISO21", "ISO22", "ISO23", "ISO28",
        "WEB01", "WEB02", "WEB07", "WEB09", "WEB10",
    ] {
        assert!(
            rules.iter().any(|has| has == rule),
            "no scenario is about {rule}"
        );
    }
    assert!(valid("target", &scenarios().join("targets/reference.yaml")));
    let shipped = fs::read_dir(scenarios().join("targets")).expect("the targets");
    let shipped = shipped.map(|entry| entry.expect("an entry").path());
    for folder in shipped.filter(|path| path.is_dir()) {
        assert!(
            valid("target", &folder.join("target.yaml")),
            "{}",
            folder.display()
        );
        for path in yaml_in(&folder.join("scenarios")) {
            assert!(valid("scenario", &path), "{}", path.display());
        }
    }
    for wrong in [
        "unknown-step",
        "unknown-key",
        "no-steps",
        "wrong-type",
        "two-steps-in-one",
    ] {
        assert!(
            !valid(
                "scenario",
                &scenarios().join(format!("rejected/{wrong}.yaml"))
            ),
            "{wrong}"
        );
    }
}
