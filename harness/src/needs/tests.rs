//! Which targets a scenario fits.

use super::*;

#[track_caller]
fn check(path: &str, is_applicable: bool) {
    let text = format!(
        "target: x\nlogin: {{post: /login, keep: {{key: /key}}}}\nsocket: none\nactions:\n  say: {{takes: {{room: [red], text: marker}}, do: {{post: \"{path}\", body: \"{{text}}\"}}}}\n"
    );
    let target = targets::parse(&text).expect("a target");
    let found = Trait::Requests.of(&target);
    assert_eq!(matches!(found, Need::Found(())), is_applicable, "{path}");
}

#[test]
fn a_stranger_can_send_what_has_nothing_of_a_login_in_its_path() {
    check("/say/{room}/{action}", true);
    check("/say/{key:none}", true);
    check("/say/{key}", false);
}
