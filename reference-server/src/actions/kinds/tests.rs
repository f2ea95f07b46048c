use serde_json::json;

use super::Kind;

#[test]
fn good_parameters_are_read_and_wrong_ones_are_named() {
    for good in [
        json!({"kind": "countdown"}),
        json!({"kind": "countdown", "parameters": {"steps": 3, "text": "x"}}),
        json!({"kind": "log", "parameters": {"lines": 3}}),
        json!({"kind": "flood", "parameters": {"what": "modal", "count": 6}}),
        json!({"kind": "buttons", "parameters": {"sequence": ["disable", "enable"]}}),
    ] {
        assert!(Kind::read(good.clone()).is_ok(), "{good}");
    }
    for (bad, error) in [
        (json!({"kind": "dance"}), "unknown variant"),
        (json!([]), "not an action"),
        (
            json!({"kind": "countdown", "parameters": {"steps": 0}}),
            "`steps` is 0",
        ),
        (
            json!({"kind": "countdown", "parameters": {"step": 1}}),
            "unknown field",
        ),
        (
            json!({"kind": "countdown", "parameters": {"steps": -1}}),
            "invalid value",
        ),
        (
            json!({"kind": "endless", "parameters": {"text": "x".repeat(501)}}),
            "the number of characters in `text` is 501",
        ),
        (
            json!({"kind": "parallel", "parameters": {"children": 21}}),
            "`children` is 21",
        ),
    ] {
        let wrong = Kind::read(bad.clone()).expect_err("must be refused");
        assert!(wrong.error.contains(error), "{bad}: {}", wrong.error);
    }
}
