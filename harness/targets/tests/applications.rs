//! The files of twelve kinds of application are accepted, and files that are wrong are refused with their mistakes.

use std::fs;
use std::path::Path;

use insta::{assert_snapshot, glob};
use serde_json::{Map, Value};
use targets::Target;
use targets::file::action::Action;
use targets::needs::{Need, WORDS};

fn mistakes(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("text");
    let wrong = targets::parse(&text).err().unwrap_or_default();
    let told = wrong.into_iter().map(|wrong| {
        let line = wrong
            .at
            .map_or_else(|| "file".to_owned(), |at| format!("line {}", at.line()));
        format!("{line}: {}\n    fix: {}", wrong.message, wrong.fix)
    });
    told.collect()
}

#[test]
fn each_application_can_be_said() {
    let mut count = 0;
    glob!("applications/*.yaml", |path| {
        count += 1;
        assert_eq!(mistakes(path), [""; 0], "{}", path.display());
    });
    assert_eq!(count, 12);
}

/// The files of the systems that the project brings along.
const SHIPPED: [&str; 2] = [
    "../../scenarios/targets/reference.yaml",
    "../../examples/helpdesk/tests/target.yaml",
];

#[test]
fn each_shipped_file_is_accepted() {
    for file in SHIPPED {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        assert_eq!(mistakes(&path), [""; 0], "{file}");
    }
}

#[test]
fn each_old_file_is_refused_and_written_anew() {
    glob!("old/*.yaml", |path| {
        let told = mistakes(path);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("airtight migrate"), "{told:?}");
        let old = fs::read_to_string(path).expect("text");
        let new = targets::migrate::migrate(&old).expect("a new file");
        if let Err(wrong) = targets::read("new.yaml", &new) {
            let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            panic!("{new}\n{}", wrong.join("\n"));
        }
        assert_snapshot!(new);
    });
}

/// What an old file means is what its new one means: checked on those that were written anew by hand as well.
#[test]
fn an_old_file_written_anew_means_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pairs = [("reference", SHIPPED[0]), ("helpdesk", SHIPPED[1])];
    for (old, by_hand) in pairs {
        let old = fs::read_to_string(folder.join(format!("tests/old/{old}.yaml"))).expect("text");
        let new = targets::migrate::migrate(&old).expect("a new file");
        let new = targets::parse(&new).expect("a target");
        let by_hand = fs::read_to_string(folder.join(by_hand)).expect("text");
        let by_hand = targets::parse(&by_hand).expect("a target");
        let names = |target: &Target| -> Vec<String> {
            target
                .actions
                .iter()
                .map(|(name, _)| name.clone())
                .collect()
        };
        assert_eq!(names(&new), names(&by_hand));
        for ((name, action), (_, same)) in new.actions.iter().zip(&by_hand.actions) {
            let usual = action.parameters(&Map::new(), "marker");
            assert_eq!(usual, same.parameters(&Map::new(), "marker"), "{name}");
            assert_eq!(action.due(&usual), same.due(&usual), "{name}");
            let ways = |action: &Action| -> Vec<String> {
                action.ways.iter().map(|(way, _)| way.clone()).collect()
            };
            assert_eq!(ways(action), ways(same), "{name}");
            assert_eq!(action.way.stop.len(), same.way.stop.len(), "{name}");
        }
        let carrier = |target: &Target| {
            target
                .session
                .as_ref()
                .map(|session| session.carrier.clone())
        };
        assert_eq!(carrier(&new), carrier(&by_hand));
        assert_eq!((new.owner, new.cadence), (by_hand.owner, by_hand.cadence));
        assert_eq!(
            (new.open.len(), new.leaks),
            (by_hand.open.len(), by_hand.leaks)
        );
        let (new, by_hand) = (new.start.expect("a start"), by_hand.start.expect("a start"));
        assert_eq!((new.command, new.fault), (by_hand.command, by_hand.fault));
        assert_eq!(
            (new.environment, new.add_users),
            (by_hand.environment, by_hand.add_users)
        );
    }
}

/// What the schema says against a file.
fn schema_says(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).expect("text");
    let options = serde_saphyr::options! { strict_booleans: true };
    let file: Value = serde_saphyr::from_str_with_options(&text, options).expect("YAML");
    let schema = targets::schema();
    jsonschema::validate(&schema, &file).map_err(|error| error.to_string())
}

#[test]
fn the_schema_accepts_what_is_accepted() {
    glob!("applications/*.yaml", |path| {
        assert_eq!(schema_says(path), Ok(()), "{}", path.display());
    });
    for file in SHIPPED {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        assert_eq!(schema_says(&path), Ok(()), "{file}");
    }
}

#[test]
fn the_schema_refuses_words_and_keys_that_are_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong");
    for file in ["keys.yaml", "values.yaml"] {
        assert!(schema_says(&folder.join(file)).is_err(), "{file}");
    }
    let whole: Value = serde_json::json!({
        "target": "x", "login": "none", "socket": {}, "actions": {},
    });
    let schema = targets::schema();
    assert!(jsonschema::is_valid(&schema, &whole));
    for part in [
        "logn: none",
        "strangers: wellcome",
        "socket: {protocol: ws}",
        "socket: {pth: /x}",
        "socket: {resume: {lst: /x}}",
        "actions: {a: {doo: {}}}",
        "actions: {a: {takes: {}}}",
        "actions: {a: {do: {pst: /a}}}",
        "actions: {a: {do: {get: a}}}",
        "actions: {a: {do: {get: /a, granted: {statsu: 200}}}}",
        "actions: {a: {do: {get: /a, keep: {x: {haeder: y}}}}}",
        "actions: {a: {do: {get: /a}, yields: {e: {to: {room: r}}}}}",
        "actions: {a: {do: {get: /a}, yields: {e: {count: a b}}}}",
        "surfaces: {front page: {get: /}}",
        "surfaces: {upload: {get: /, statsu: 200}}",
        "without: [everything]",
        "start: {command: node}",
        "groups: {room: {jion: {emit: a}}}",
    ] {
        let part: Value = serde_saphyr::from_str(part).expect("YAML");
        let mut file = whole.clone();
        let (file_map, part) = (file.as_object_mut(), part.as_object());
        file_map
            .expect("a map")
            .extend(part.expect("a map").clone());
        assert!(!jsonschema::is_valid(&schema, &file), "{file}");
    }
}

#[test]
fn each_wish_finds_its_action_in_the_reference_servers_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED[0]);
    let text = fs::read_to_string(path).expect("text");
    let target = targets::parse(&text).expect("a target");
    let found: Vec<String> = WORDS
        .iter()
        .map(|(word, wish)| match target.action_for(*wish) {
            Need::Found((name, _)) => format!("{word}: {name}"),
            Need::NotApplicable(why) => format!("{word}: not applicable, {why}"),
            Need::NotMentioned(_) => format!("{word}: not mentioned"),
        })
        .collect();
    assert_snapshot!(found.join("\n"), @r"
    any: countdown
    several events: modals
    takes long: endless
    can be stopped: endless
    floods: flood
    to a group: not applicable, groups: none
    to one member: not applicable, without: [to one member]
    fails: bad_message
    ");
}

#[test]
fn each_wrong_file_is_refused_with_all_its_mistakes() {
    glob!("wrong/*.yaml", |path| {
        let told = mistakes(path);
        assert!(!told.is_empty(), "{}", path.display());
        assert_snapshot!(told.join("\n"));
    });
}
