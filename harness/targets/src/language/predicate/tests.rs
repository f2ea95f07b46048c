//! Clauses in, whether what came fits out.

use serde_json::json;

use super::*;
use crate::language::came::Close;
use crate::language::template::Made;

struct Nothing;

impl Lookup for Nothing {
    fn make(&mut self, _: Made) -> Value {
        Value::Null
    }

    fn kept(&self, _: Option<&str>, name: &str) -> Option<Value> {
        (name == "sub").then(|| json!("s1"))
    }
}

fn read(text: &str) -> Result<Predicate, String> {
    let node = reading::node::read(&format!("granted: {text}")).expect("YAML");
    let node = node.setting("granted").expect("there").clone();
    Predicate::read(&node, "granted").map_err(|wrong| wrong.message)
}

#[track_caller]
fn check(text: &str, came: &Came, fits: bool) {
    let fit = read(text).expect("a predicate").fits(came, &mut Nothing);
    assert_eq!(fit.map(|fit| fit == Fit::Yes), Ok(fits), "{text}");
}

#[test]
fn an_answer_fits_by_each_clause() {
    let came = Came {
        status: Some(200),
        headers: vec![("content-type".into(), "text/html".into())],
        cookies: vec![("sid".into(), "1".into())],
        body: Some("<p class=alert-danger>no".into()),
        ..Came::default()
    };
    for (text, fits) in [
        ("{status: 200}", true),
        ("{status: [201, 200]}", true),
        ("{status: 302}", false),
        ("{has: alert-danger}", true),
        ("{has: [alert-danger, yes]}", false),
        ("{lacks: alert-danger}", false),
        ("{lacks: welcome, status: 200}", true),
        ("{header: Content-Type}", true),
        ("{header: {Content-Type: text/html}}", true),
        ("{header: {Content-Type: text/plain}}", false),
        ("{header: {Location: absent}}", true),
        ("{cookie: sid}", true),
        ("{cookie: {sid: 1}}", true),
        ("{cookie: token}", false),
        ("{ack: true}", false),
        ("{close: true}", false),
    ] {
        check(text, &came, fits);
    }
}

#[test]
fn an_event_fits_by_its_name_places_and_acknowledgement() {
    let came = Came {
        event: Some("vote".into()),
        arguments: vec![json!({ "id": "s1", "n": 3, "x": null }), json!("b")],
        ack: Some(vec![json!({ "ok": true }), json!(4)]),
        close: Some(Close {
            code: Some(4401),
            reason: "Unauthorized".into(),
        }),
        ..Came::default()
    };
    for (text, fits) in [
        ("{event: vote}", true),
        ("{event: [note, vote]}", true),
        ("{event: note}", false),
        ("{/n: 3}", true),
        ("{/n: '3'}", true),
        ("{/n: [4, 5]}", false),
        ("{/id: '{sub}'}", true),
        ("{/x: null}", true),
        ("{/x: present}", true),
        ("{/y: absent}", true),
        ("{/n: absent}", false),
        ("{$2: b}", true),
        ("{ack: any}", true),
        ("{ack: {/ok: true}}", true),
        ("{ack: {/ok: false}}", false),
        ("{ack: {$2: 4}}", true),
        ("{ack: {/error: absent}}", true),
        ("{close: 4401}", true),
        ("{close: [4403]}", false),
        ("{close: true}", true),
    ] {
        check(text, &came, fits);
    }
    let unset = read("{/n: '{other}'}").expect("a predicate");
    assert!(unset.fits(&came, &mut Nothing).is_err());
}

#[test]
fn what_is_no_predicate_says_so() {
    for text in [
        "{}",
        "200",
        "{statsu: 200}",
        "{status: 99}",
        "{status: []}",
        "{event: []}",
        "{close: 1}",
        "{$0: 1}",
        "{ack: {ok: true}}",
        "{has: '{'}",
        "{has: {}}",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

/// The reason shows what came, in the target's words.
#[test]
fn the_reason_says_what_came_instead() {
    let came = Came {
        status: Some(403),
        body: Some("{\"error\":\"bad token\"}".into()),
        ..Came::default()
    };
    let fit = read("{status: 200}")
        .expect("a predicate")
        .fits(&came, &mut Nothing);
    let says = "status 403, `{\"error\":\"bad token\"}`".to_owned();
    assert_eq!(fit, Ok(Fit::No(says)));
    let nothing = read("{ack: {/ok: true}}").expect("a predicate");
    let fit = nothing.fits(&Came::default(), &mut Nothing);
    assert_eq!(fit, Ok(Fit::No("nothing came".to_owned())));
}
